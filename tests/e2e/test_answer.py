"""One answer opened: its figures, the call as a program that is run, its events; settings put back; a report."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.e2e.conftest import Endpoint, Server, playground
from tests.e2e.page import SECONDS, Tab
from tests.e2e.test_operator import link

KEY = "sk-the-endpoints-own-key"


def opened(tab: Tab, number: int = -1) -> Locator:
    """The panel of an answer, once it shows the answer."""
    tab.press("Details", number)
    panel = tab.panel("answer")
    expect(panel.locator(".pg-figures")).to_be_visible(timeout=SECONDS)
    return panel


def part(panel: Locator, name: str) -> Locator:
    """A part of it, opened."""
    found = panel.locator(f'[data-part="{name}"]')
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def asked(tab: Tab, text: str) -> None:
    count = tab.questions.count()
    tab.send(text)
    expect(tab.questions).to_have_count(count + 1)
    expect(tab.figures()).to_be_visible(timeout=SECONDS)
    tab.idle()


def test_one_click_opens_all_of_an_answer_without_asking_the_app_for_an_action(tab: Tab, endpoint: Endpoint) -> None:
    asked(tab, "emit-40-20 one")
    actions: list[str] = []
    tab.page.on("request", lambda request: actions.append(request.url) if "/action" in request.url else None)
    panel = opened(tab)
    expect(panel.locator(".pg-figures")).to_contain_text("finished")
    expect(panel.locator(".pg-figures")).to_contain_text("20")
    sent = endpoint.requests()[-1]
    expect(part(panel, "tries")).to_contain_text(f"Request id: {sent['headers']['x-request-id']}")
    expect(part(panel, "tries")).to_contain_text("Bearer ********")
    expect(part(panel, "request").locator("pre")).to_contain_text('"emit-40-20 one"')
    # What each event was, with its time, as text.
    events = part(panel, "events").locator("li")
    expect(events).to_have_count(23, timeout=SECONDS)
    expect(events.first).to_contain_text("0.")
    expect(events.first).to_contain_text('data: {"id"')
    assert actions == []
    assert KEY not in tab.page.content()


def test_the_timeline_is_drawn_and_told_in_figures_and_the_page_says_how_far_behind_it_was(tab: Tab) -> None:
    asked(tab, "emit-50-40 slowly")
    panel = opened(tab)
    shown = part(panel, "timeline")
    assert shown.locator("svg rect").count() >= 39
    expect(shown.locator("svg title").first).to_contain_text("Time from the request to the end")
    expect(shown).to_contain_text("40 arrivals")
    behind = shown.locator("tr", has_text="The page was behind, with the last text")
    expect(behind).to_contain_text("at most")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_panel_can_be_read_in_both_themes(browser: Browser, app: Server, theme: Any) -> None:
    context = browser.new_context(color_scheme=theme)
    tab = Tab(context, app.url)
    asked(tab, "emit-50-20 seen")
    panel = opened(tab)
    ground, *drawn = panel.evaluate(
        "(panel) => [getComputedStyle(document.querySelector('#playground-drawer')).backgroundColor,"
        " ...['.pg-plot-bar', '.pg-plot text'].map((each) => getComputedStyle(panel.querySelector(each)).fill),"
        " ...['dt', 'dd', '.pg-hint', 'summary', '.pg-code'].map((each) =>"
        " getComputedStyle(panel.querySelector(each)).color)]"
    )
    assert (brightness(ground) < 0.5) == (theme == "dark")
    assert all(contrast(ground, colour) >= 4.5 for colour in drawn), (ground, drawn)
    context.close()


def brightness(colour: str) -> float:
    """The relative luminance of "rgb(…)"."""
    parts = [int(float(each)) / 255 for each in re.findall(r"[\d.]+", colour)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((brightness(one), brightness(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_curl_is_copied_run_and_asks_the_same(
    browser: Browser, app: Server, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.reset()
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = Tab(context, app.url)
    asked(tab, 'It\'s "$HOME" `id` !x \\ 👋 emit-0-4')
    panel = opened(tab)
    panel.get_by_role("button", name="Copy the program").click()
    expect(panel.get_by_role("button", name="Copy the program")).to_have_text("Copied")
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert KEY not in copied
    done = subprocess.run(
        ["bash", "-c", copied], env={"ENDPOINT_API_KEY": KEY, "PATH": "/usr/bin:/bin", "NO_PROXY": "*"},
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    assert b"END" in done.stdout
    first, second = endpoint.requests()
    assert second["body"] == first["body"]
    assert second["headers"]["authorization"] == f"Bearer {KEY}"
    panel.get_by_label("Language").select_option("python-openai")
    expect(panel.locator("[data-program]")).to_contain_text("from openai import OpenAI")
    context.close()


def test_the_settings_of_an_answer_are_put_back(tab: Tab, endpoint: Endpoint) -> None:
    tab.page.get_by_role("button", name="Settings", exact=True).click()
    for name, value in (("temperature", "0.3"), ("stop", "never")):
        with tab.page.expect_response("**/playground/params"):
            tab.page.fill(f"#pg-param-{name}", value)
    asked(tab, "emit-0-3 with")
    tab.page.get_by_role("button", name="Reset all").click()
    asked(tab, "emit-0-3 without")
    assert "temperature" not in endpoint.requests()[-1]["body"]
    panel = opened(tab, 0)
    fates = part(panel, "fates")
    expect(fates.locator("tr", has_text="Temperature")).to_contain_text("Sent")
    panel.get_by_role("button", name="Use these settings again").click()
    expect(panel).to_contain_text("count from your next message on")
    expect(tab.page.locator(".pg-settings")).to_have_attribute("title", re.compile("2 changed"))
    asked(tab, "emit-0-3 again")
    body = endpoint.requests()[-1]["body"]
    assert (body["temperature"], body["stop"]) == (0.3, ["never"])


def downloaded(tab: Tab, panel: Locator, blind: bool) -> str:
    box = part(panel, "report")
    box.get_by_label("Leave out names and text").set_checked(blind)
    with tab.page.expect_download() as got:
        box.get_by_role("button", name="Make the file").click()
    assert got.value.suggested_filename.endswith(".md")
    return Path(got.value.path()).read_text(encoding="utf-8")


def test_a_report_is_one_file_without_keys_and_on_request_without_names_and_text(tab: Tab, app: Server) -> None:
    asked(tab, "emit-0-3 Tell Marguerite about the zeppelin")
    panel = opened(tab)
    whole = downloaded(tab, panel, blind=False)
    for heading in (
        "Versions",
        "Figures",
        "Timeline",
        "Request",
        "Parameters",
        "Try 1",
        "Events received",
        "Log",
        "Settings",
    ):
        assert f"\n## {heading}\n" in whole
    assert "zeppelin" in whole and KEY not in whole
    blind = downloaded(tab, panel, blind=True)
    for said in ("Marguerite", "zeppelin", "tiny-chat", "127.0.0.1", KEY):
        assert said not in blind
    assert "\n## Events received\n" in blind and "characters›" in blind


def test_an_error_is_opened_like_an_answer(tab: Tab) -> None:
    tab.send("scenario:bad_request")
    tab.idle()
    panel = opened(tab)
    expect(panel.locator(".pg-error")).to_be_visible()
    expect(part(panel, "tries")).to_contain_text("status 400")
    assert tab.errors == []


def test_it_is_all_there_after_a_reload(tab: Tab) -> None:
    asked(tab, "emit-0-6 stays")
    before = opened(tab).locator(".pg-figures").inner_text()
    tab.reload()
    expect(tab.figures()).to_be_visible(timeout=SECONDS)
    assert opened(tab).locator(".pg-figures").inner_text() == before


def test_what_a_server_sends_is_text(tab: Tab) -> None:
    asked(tab, '<img src=x onerror="window.harmed = 1"> scenario:echo')
    panel = opened(tab)
    for name in ("events", "request", "tries", "fates"):
        part(panel, name)
    expect(part(panel, "events")).to_contain_text("data:")
    assert panel.locator("img").count() == 0
    assert tab.page.evaluate("window.harmed") is None


def test_on_a_phone_it_fills_the_screen_and_nothing_is_wider(browser: Browser, app: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    tab = Tab(context, app.url)
    asked(tab, "emit-0-8 on a phone")
    panel = opened(tab)
    box: Any = tab.page.locator("#playground-drawer").bounding_box()
    assert (box["width"], box["height"]) == (390, 800)
    for name in ("request", "fates", "tries", "events"):
        part(panel, name)
    assert panel.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
    context.close()


def test_a_visitor_of_a_locked_app_has_no_button_and_no_answer_from_the_app(
    context: BrowserContext, endpoint: Endpoint, tmp_path: Path
) -> None:
    server = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", PLAYGROUND_LOCK="1")
    server.start()
    try:
        tab = Tab(context, server.url)
        with tab.page.expect_response("**/playground/parts"):
            tab.reload()
        asked(tab, "emit-0-3")
        button = tab.page.locator('button[id*=":details:"]')
        expect(button).to_have_count(1)
        expect(button).to_be_hidden()
        turn = str(button.get_attribute("id")).partition(":")[0]
        assert statuses(tab, turn=turn) == [403] * len(PATHS)
        assert tab.errors == []
    finally:
        server.stop()


PATHS = ("answer", "answer/events", "answer/lines", "answer/again", "answer/report")


def statuses(tab: Tab, **which: str) -> list[int]:
    """What each route answers this page about an answer."""
    found: list[int] = tab.page.evaluate(
        "async ([paths, which]) => Promise.all(paths.map(async (path) =>"
        " (await window.playground.post(`/playground/${path}`, which)).status))",
        [PATHS, which],
    )
    tab.errors = [error for error in tab.errors if not re.search("40[03]", error)]
    return found


def test_an_answer_is_its_browsers_own_and_others_are_the_operators(
    browser: Browser, endpoint: Endpoint, tmp_path: Path
) -> None:
    server = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", PLAYGROUND_SHOW_REQUESTS="operator")
    server.start()
    contexts = [browser.new_context() for _ in range(3)]
    try:
        mine, other, operator = (Tab(context, server.url) for context in contexts)
        operator.page.goto(link(server))
        operator.ready()
        asked(mine, "emit-0-3 mine")
        turn = str(mine.page.locator('button[id*=":details:"]').get_attribute("id")).partition(":")[0]
        run = mine.page.evaluate(
            "(turn) => window.playground.post('/playground/answer', { turn })"
            ".then((answer) => answer.json()).then((answer) => answer.run)",
            turn,
        )
        assert statuses(mine, turn=turn) == [200] * 5
        assert statuses(mine, run=run) == [200] * 5
        # By its turn it is in nobody else's tab; by its run it is somebody else's.
        assert statuses(other, turn=turn) == statuses(other, run=run) == [403] * 5
        assert statuses(operator, turn=turn) == [403] * 5
        # Everything but its settings, which are put into the tab of whoever had set them.
        assert statuses(operator, run=run) == [200, 200, 200, 400, 200]
        assert statuses(operator, run="nothing") == [403] * 5
        operator.page.evaluate("(run) => window.playground.drawer.show('answer', { run })", run)
        expect(operator.panel("answer").locator(".pg-figures")).to_be_visible(timeout=SECONDS)
        expect(operator.panel("answer").get_by_role("button", name="Use these settings again")).to_have_count(0)
        assert operator.errors == [] and other.errors == []
    finally:
        for context in contexts:
            context.close()
        server.stop()


def test_from_an_answer_to_its_lines_in_the_servers_log_by_its_requests_id(
    browser: Browser, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.reset()
    log = tmp_path / "server.log"
    log.write_text("INFO the server starts\n")
    (tmp_path / "settings.toml").write_text(
        f'[[endpoints]]\nname = "Logged"\nurl = "{endpoint.url}/v1"\nlogs = {{ file = "{log}" }}\n'
    )
    server = playground(tmp_path, PLAYGROUND_CONFIG=str(tmp_path / "settings.toml"))
    server.start()
    context = browser.new_context()
    try:
        tab = Tab(context, server.url)
        with tab.page.expect_response("**/playground/parts"):
            tab.reload()
        asked(tab, "emit-0-3 logged")
        id = endpoint.requests()[-1]["headers"]["x-request-id"]
        with log.open("a") as more:
            more.write(f"INFO Received request chatcmpl-{id}: prompt none\nINFO something else\n")
        panel = opened(tab)

        def found() -> bool:
            answer = tab.page.evaluate(
                "async () => (await window.playground.post('/playground/answer/lines', { turn: document.querySelector("
                "'button[id*=\":details:\"]').id.split(':')[0] })).json()"
            )
            return bool(answer["how"] == "id")

        tab.until(found, "the line is in the log")
        lines = part(panel, "log")
        expect(lines).to_contain_text("Found by the request's id")
        expect(lines.locator("li")).to_have_count(1)
        expect(lines.locator("li")).to_contain_text(id)
        panel.get_by_role("button", name="Show in the logs").click()
        expect(tab.panel("logs")).to_contain_text(f"chatcmpl-{id}", timeout=SECONDS)
        assert tab.errors == []
    finally:
        context.close()
        server.stop()
