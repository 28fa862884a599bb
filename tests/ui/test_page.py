"""The page as it is served: what it names, what it says, and that it is still made from the page Chainlit ships."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from playground.ui.page.html import Page, PageChanged, build_page
from playground.ui.page.own import SCRIPTS, STYLES, own_files
from tests.e2e.conftest import ROOT, Server
from tests.ui.shell_server import shell_server

PUBLIC = ROOT / "public"
WORDS = ROOT / ".chainlit" / "translations" / "en-US.json"


def chainlit_folder() -> Path:
    spec = find_spec("chainlit")  # finds it without importing it
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


DIST = chainlit_folder() / "frontend" / "dist"


OWN = own_files(PUBLIC)


def page(dist: Path = DIST, theme: Path = PUBLIC / "theme.json", address: str = "") -> Page:
    return build_page(dist=dist, theme=theme, own=OWN, name="Mine", description="Chat", address=address)


def built(address: str = "") -> str:
    return page(address=address).html


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with shell_server(tmp_path_factory.mktemp("page")) as running:
        yield running


def get(server: Server, path: str) -> httpx.Response:
    return httpx.get(server.url + path, trust_env=False)


def test_the_page_names_no_outside_address() -> None:
    assert re.findall(r"(?:https?:)?//\w[\w-]*\.\w", built()) == []


def test_only_the_address_given_is_named() -> None:
    html = built(address="https://chat.example.org/")
    assert set(re.findall(r"https?://[\w.-]+", html)) == {"https://chat.example.org"}
    assert 'property="og:image" content="https://chat.example.org/public/card.png"' in html
    assert 'property="og:url" content="https://chat.example.org/"' in html


def test_nothing_of_chainlits_name_or_brand_is_on_the_page() -> None:
    assert "chainlit" not in built().lower()


def test_the_style_stands_last_and_the_scripts_before_the_apps() -> None:
    html = built()
    script, style = OWN
    assert html.rfind(f"/assets/{style}") == html.rfind('href="/') + len('href="')
    assert html.index(f"/assets/{script}") < html.index('<script type="module"')


def test_our_scripts_come_whole_and_in_their_order() -> None:
    script, style = OWN.values()
    places = [script.index((PUBLIC / name).read_bytes()) for name in SCRIPTS]
    assert places == sorted(places)
    assert style == b"\n".join((PUBLIC / name).read_bytes() for name in STYLES)


@pytest.mark.parametrize("packed", [True, False])
def test_our_own_files_are_sent_and_may_be_kept_for_good(server: Server, packed: bool) -> None:
    encoding = "gzip" if packed else "identity"
    for name, content in OWN.items():
        path = re.search(rf"/assets/\w+/{name}", get(server, "/").text)
        assert path is not None
        answer = httpx.get(server.url + path[0], headers={"accept-encoding": encoding}, trust_env=False)
        assert answer.content == content
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers.get("content-encoding") == ("gzip" if packed else None)


def test_every_inline_script_is_in_the_policy() -> None:
    made = page()
    assert len(made.scripts) == made.html.count("<script>") == 2


def test_a_theme_cannot_end_the_script_it_is_written_into(tmp_path: Path) -> None:
    theme = {"variables": {"light": {"--background": "</script><b>"}, "dark": {"--background": "0 0% 0%"}}}
    (tmp_path / "theme.json").write_text(json.dumps(theme))
    assert "</script><b>" not in page(theme=tmp_path / "theme.json").html


@pytest.mark.parametrize(
    "shipped",
    [
        "<html><head></head><body></body></html>",
        '<head></head><body><div id="root"></div></body>',
        '<head><script type="module" src="/a.js"></script></head><div id="root"></div><img src="https://a.example/b.png">',
    ],
)
def test_a_page_that_has_changed_is_not_served(tmp_path: Path, shipped: str) -> None:
    (tmp_path / "index.html").write_text(shipped)
    with pytest.raises(PageChanged):
        page(dist=tmp_path)


def test_the_page_bears_the_apps_name_whatever_is_in_it(server: Server) -> None:
    html = get(server, "/").text
    assert "<title>Tom &amp; Jerry&#x27;s &lt;Playground&gt;</title>" in html
    mark = get(server, "/logo?theme=dark")
    assert mark.headers["content-type"] == "image/svg+xml"
    assert ">Tom &amp; Jerry</text>" in mark.text
    assert mark.text != get(server, "/logo?theme=light").text != ""
    assert get(server, "/logo?theme=nonsense").text == get(server, "/logo").text


def test_the_words_are_ours_in_every_language(server: Server) -> None:
    ours = {"translation": json.loads(WORDS.read_text(encoding="utf-8"))}
    for language in ("en-US", "de-DE", "not a language"):
        assert get(server, f"/project/translations?language={language}").json() == ours


def leaves(tree: dict[str, object], at: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= leaves(value, f"{at}{key}.") if isinstance(value, dict) else {at + key: str(value)}
    return found


def test_the_words_cover_every_place_of_chainlits_page_and_no_other() -> None:
    theirs = leaves(json.loads((chainlit_folder() / "translations" / "en-US.json").read_text(encoding="utf-8")))
    ours = leaves(json.loads(WORDS.read_text(encoding="utf-8")))
    assert ours.keys() == theirs.keys()
    assert "chainlit" not in WORDS.read_text(encoding="utf-8").lower()
    assert ours["chat.messages.status.using"] == ours["chat.messages.status.used"] == ""


def test_there_is_no_readme_no_upload_and_the_four_starters(server: Server) -> None:
    settings = get(server, "/project/settings?language=fr-FR").json()
    assert settings["markdown"] is None
    assert settings["features"]["spontaneous_file_upload"]["enabled"] is False
    assert settings["features"]["unsafe_allow_html"] is False
    labels = [starter["label"] for starter in settings["starters"]]
    assert len(labels) == 4
    assert "Why do koalas eat eucalyptus leaves?" in labels
    for starter in settings["starters"]:
        assert get(server, starter["icon"]).headers["content-type"] == "image/svg+xml"


def test_the_theme_begins_with_the_systems(server: Server) -> None:
    answer = get(server, "/auth/config").json()
    assert answer["default_theme"] == "system"
    assert not answer["requireLogin"]


def test_the_mark_is_ours_wherever_it_is_asked_for(server: Server) -> None:
    ours = (PUBLIC / "favicon.svg").read_text(encoding="utf-8")
    for path in ("/favicon", "/avatars/assistant", "/avatars/default", "/avatars/anybody"):
        assert get(server, path).text == ours


def test_the_app_is_healthy_once_it_serves(server: Server) -> None:
    assert get(server, "/healthz").json() == {"status": "ok"}


def luminance(hsl: str) -> float:
    """WCAG 2's relative luminance of "h s% l%"."""
    hue, saturation, light = (float(part.rstrip("%")) for part in hsl.split())
    saturation, light = saturation / 100, light / 100

    def channel(shift: float) -> float:
        k = (shift + hue / 30) % 12
        value = light - saturation * min(light, 1 - light) * max(-1.0, min(k - 3, 9 - k, 1.0))
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(0) + 0.7152 * channel(8) + 0.0722 * channel(4)


PAIRS = [
    ("foreground", "background"),
    ("foreground", "accent"),
    ("card-foreground", "card"),
    ("popover-foreground", "popover"),
    ("primary-foreground", "primary"),
    ("primary", "background"),
    ("primary", "card"),
    ("muted-foreground", "background"),
    ("muted-foreground", "card"),
    ("muted-foreground", "accent"),
    ("muted-foreground", "muted"),
    ("destructive", "background"),
    ("destructive-foreground", "destructive"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_text_is_legible_in_light_and_dark(scheme: str, front: str, back: str) -> None:
    colours = json.loads((PUBLIC / "theme.json").read_text(encoding="utf-8"))["variables"][scheme]
    bright, dim = sorted((luminance(colours[f"--{front}"]), luminance(colours[f"--{back}"])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_no_panel_gives_another_one_its_style() -> None:
    """All styles are one file: a class that two panels have for different things would look like the later one's."""
    panels = [name for name in STYLES if name != "playground.css"]
    shared = set(re.findall(r"\.pg-[a-z-]+", (PUBLIC / "playground.css").read_text(encoding="utf-8")))
    own = {
        name: set(re.findall(r"\.pg-[a-z-]+", (PUBLIC / name).read_text(encoding="utf-8"))) - shared for name in panels
    }
    for one, other in itertools.combinations(panels, 2):
        assert not own[one] & own[other], (one, other)
