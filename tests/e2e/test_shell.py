"""The page in a browser: its look, its policy, what a hostile answer can do, and what other sites' pages can.

Around an echo (tests/ui/shell_app.py): what is typed comes back as the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Server
from tests.ui.shell_server import shell_server

HOSTILE = """\
<img src=x onerror="window.owned=1"> <script>window.owned=2</script>

<script>window.owned=3</script>

[click](javascript:window.owned=4) [data](data:text/html,<script>parent.owned=5</script>) \
<a href="javascript:window.owned=6">raw</a>

![picture](http://outside.example/a.png) ![film](http://outside.example/a.mp4)

<iframe src="javascript:window.owned=7"></iframe><svg onload="window.owned=8">

$\\href{javascript:window.owned=9}{x}$ $\\htmlData{a=b}{x}$ $\\includegraphics{http://outside.example/b.png}$

The end."""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with shell_server(tmp_path_factory.mktemp("shell")) as server:
        yield server


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield made
    made.close()


def opened(context: BrowserContext, server: Server) -> Page:
    """The page, connected. Its complaints are kept in `window.violations`."""
    page = context.new_page()
    page.add_init_script(
        "window.violations = [];"
        "addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective + ' ' + e.blockedURI))"
    )
    page.goto(server.url)
    expect(page.locator("#starters button").first).to_be_enabled()
    return page


def said(page: Page, text: str) -> None:
    page.fill("#chat-input", text)
    expect(page.locator("#chat-submit")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.locator('.ai-message button[id$=":stats"]')).to_be_visible()


def test_the_page_keeps_to_its_own_policy_and_asks_no_other_host(desk: BrowserContext, shell: Server) -> None:
    hosts: set[str] = set()
    desk.on("request", lambda request: hosts.add(request.url.split("/")[2] if "://" in request.url else ""))
    page = opened(desk, shell)
    said(page, "Say `hello` with $E = mc^2$:\n\n```python\nprint(1)\n```\n\n| a |\n|---|\n| 1 |")
    assert page.evaluate("violations") == []
    assert hosts == {shell.url.removeprefix("http://")}


def test_hostile_markdown_does_nothing(desk: BrowserContext, shell: Server) -> None:
    page = opened(desk, shell)
    said(page, HOSTILE)
    answer = page.locator(".ai-message").last
    expect(answer).to_contain_text("The end.")
    for link in answer.locator("a").all():
        assert (link.get_attribute("href") or "") == ""
    assert answer.locator("script, iframe, svg[onload], img[onerror]").count() == 0
    assert page.evaluate("window.owned") is None
    # Asked for by the page, refused by the browser before anything goes out.
    blocked = page.evaluate("violations")
    assert {entry.split()[0] for entry in blocked} == {"img-src", "media-src"}
    assert all("outside.example" in entry for entry in blocked)
    expect(answer.get_by_alt_text("picture")).to_be_visible()


@pytest.mark.parametrize(
    "text",
    [
        "Meeting at 10:30am, note:this and std::vector, lambda x:x",
        '{"a":true} and key:value and a ::: b',
        "it costs $5 and then $10, or US$6",
        "echo $HOME/$USER and $PATH:$LD_PATH",
        "a $ alone, an open $x",
    ],
)
def test_no_character_of_an_answer_is_lost(desk: BrowserContext, shell: Server, text: str) -> None:
    page = opened(desk, shell)
    said(page, text)
    expect(page.locator(".ai-message .message-content")).to_have_text(text)


def test_a_block_of_colons_is_shown_as_written(desk: BrowserContext, shell: Server) -> None:
    page = opened(desk, shell)
    said(page, "before\n\n:::warning\ninside\n:::\n\nafter")
    expect(page.locator(".ai-message .message-content")).to_have_text(
        re.compile(r"before.*:::warning\s*inside\s*:::.*after", re.S)
    )


FORMULAS = [
    (r"so \(a+b\) is", "so $a+b$ is"),
    ("\\[\na^2\n\\]", "$$\na^2\n$$"),
    (r"in a line \[c\] of text", "in a line $$c$$ of text"),
    ("$$x$$", "$$\nx\n$$"),
    ("$$\nx\n$$", "$$\nx\n$$"),
    ("  - \\[x\\]", "  - $$x$$"),
    ("1. so\n\n   \\[x\\]\n", "1. so\n\n   $$\n   x\n   $$\n"),
    ("$x_1$, $y$", "$x_1$, $y$"),
    ("$5 and $10", r"\$5 and \$10"),
    (r"\$5 and $x$", r"\$5 and $x$"),
    (r"`\(a\)` and `$5` stay", r"`\(a\)` and `$5` stay"),
    ("``a ` $b`` $5", r"``a ` $b`` \$5"),
    ("```\n\\(a\\) $5\n```\n\\(b\\)", "```\n\\(a\\) $5\n```\n$b$"),
    ("```sh\necho $5", "```sh\necho $5"),
    ("~~~\n$5\n~~~", "~~~\n$5\n~~~"),
    ("> ```\n> $5\n> ```\n> $5", "> ```\n> $5\n> ```\n> \\$5"),
    ("https://a.example/?b=$c", "https://a.example/?b=$c"),
    (r"an open \( stays", r"an open \( stays"),
    (r"\( \text{\$5} \)", r"$$\text{\$5}$$"),
    ("two\n\nparts $x\n\ny$", "two\n\nparts \\$x\n\ny\\$"),
    ("no dollar", "no dollar"),
]


def test_formulas_are_found_as_models_write_them(desk: BrowserContext, shell: Server) -> None:
    page = opened(desk, shell)
    for written, meant in FORMULAS:
        assert page.evaluate("text => playgroundMarkdown(text)", written) == meant, written


def test_a_long_answer_is_prepared_within_a_frame_of_its_pace(desk: BrowserContext, shell: Server) -> None:
    """No input makes it slow out of proportion: a runaway would not end within the test's time."""
    page = opened(desk, shell)
    for piece in ("`", "$", "\\(", "\\[", "~~~ ", "$$", "a $x ", "`a ` "):
        page.evaluate("piece => playgroundMarkdown(piece.repeat(20000 / piece.length) + '\\\\$')", piece)


def test_a_formula_is_drawn_once_and_legibly(desk: BrowserContext, shell: Server) -> None:
    page = opened(desk, shell)
    said(page, "\\[\\frac{1}{2}\\]")
    expect(page.locator(".ai-message math mfrac")).to_be_visible()
    expect(page.locator(".ai-message .katex-html")).to_be_hidden()


def test_the_answer_is_copied_as_written_also_where_the_browser_offers_no_clipboard(
    browser: Browser, shell: Server
) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true});"
        "delete window.ClipboardItem"
    )
    page = opened(context, shell)
    said(page, "Costs:\n\n```\na $5 text\n```")
    for which, copied in ((0, "a $5 text\n"), (-1, "Costs:\n\n```\na $5 text\n```")):
        page.fill("#chat-input", "")
        page.locator(".ai-message button:has(.lucide-copy)").nth(which).click()
        expect(page.locator(".lucide-check")).to_be_visible()
        page.locator("#chat-input").press("Control+v")
        expect(page.locator("#chat-input")).to_have_value(copied)
        expect(page.locator(".lucide-check")).to_be_hidden()
    context.close()


def test_there_is_no_paperclip_and_a_pasted_picture_is_refused_in_words(desk: BrowserContext, shell: Server) -> None:
    page = opened(desk, shell)
    assert page.locator("#upload-button, #upload-button-loading").count() == 0
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File(["x"], "photo.png", {type: "image/png"}));
        const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true});
        document.getElementById("chat-input").dispatchEvent(paste);
    }""")
    expect(page.get_by_text("Not sent: photo.png: This playground takes text only")).to_be_visible()


def test_the_theme_follows_the_system_until_one_is_chosen_which_is_remembered(browser: Browser, shell: Server) -> None:
    context = browser.new_context(color_scheme="dark")
    page = opened(context, shell)
    html = page.locator("html")
    expect(html).to_have_class("dark")
    page.emulate_media(color_scheme="light")
    expect(html).to_have_class("light")
    page.click("#theme-toggle")
    page.get_by_role("menuitem", name="Dark").click()
    expect(html).to_have_class("dark")
    page.reload()
    expect(page.locator("#starters button").first).to_be_enabled()
    expect(html).to_have_class("dark")
    context.close()


def box(page: Page, selector: str) -> tuple[float, float, float, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return found["x"], found["y"], found["x"] + found["width"], found["y"] + found["height"]


@pytest.mark.parametrize("which", ["desk", "phone"])
def test_nothing_lies_over_anything_or_beyond_the_edge(
    which: str, shell: Server, request: pytest.FixtureRequest
) -> None:
    page = opened(request.getfixturevalue(which), shell)
    expect(page.locator("#playground-strip[data-ready]")).to_be_visible()
    new_chat, name, theme = (box(page, each) for each in ("#new-chat-button", ".pg-name", "#theme-toggle"))
    assert new_chat[2] <= name[0]
    assert name[2] <= theme[0]
    assert box(page, "#starters button:last-child")[3] <= box(page, "#playground-welcome")[1]
    said(
        page,
        "A long_word_" * 40
        + "\n\n```\n"
        + "long line " * 60
        + "\n```\n\n| a | b |\n|---|---|\n| "
        + "cell " * 60
        + "| 2 |",
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    width = page.viewport_size["width"] if page.viewport_size else 0
    for button in page.locator(".ai-message button").all():
        place = button.bounding_box()
        assert place is not None
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width
    assert box(page, "#message-composer")[3] <= (page.viewport_size or {"height": 0})["height"]


def test_on_a_phone_the_pencil_is_there_without_a_mouse(phone: BrowserContext, shell: Server) -> None:
    page = opened(phone, shell)
    said(page, "one")
    page.locator(".edit-message").tap()
    page.fill("#edit-chat-input", "two")
    expect(page.locator(".confirm-edit")).to_be_visible()


class Elsewhere(BaseHTTPRequestHandler):
    """Another site's page: it opens the playground and speaks to its window, or frames it."""

    def do_GET(self) -> None:
        where = self.path.partition("?")[2]
        body = f"<iframe src='{where}'></iframe>"
        if self.path.startswith("/opener"):
            speak = "setInterval(() => other.postMessage('from an opener', '*'), 20)"
            body = f"<script>var other = open('{where}'); {speak}</script>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests' output is read by people."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def heard(shell: Server) -> list[object]:
    messages: list[object] = httpx.get(f"{shell.url}/playground/heard", trust_env=False).json()
    return messages


def test_a_page_that_opens_the_playground_cannot_speak_to_it(
    desk: BrowserContext, shell: Server, elsewhere: str
) -> None:
    page = desk.new_page()
    with desk.expect_page() as popup:
        page.goto(f"{elsewhere}/opener?{shell.url}")
    expect(popup.value.locator("#starters button").first).to_be_enabled()
    assert popup.value.evaluate("window.opener") is None
    page.wait_for_function("other.closed")  # what it holds is no longer that window
    popup.value.evaluate("postMessage('from the page itself', '*')")
    while "from the page itself" not in heard(shell):
        page.wait_for_timeout(20)
    assert "from an opener" not in heard(shell)


def test_another_sites_page_cannot_frame_the_playground(desk: BrowserContext, shell: Server, elsewhere: str) -> None:
    page = desk.new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"{elsewhere}/frame?{shell.url}")
    [frame] = page.frames[1:]
    assert frame.locator("#root").count() == 0
