"""One answer opened: its figures, the call as a program that is run, its events; settings put back; a report."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Response, Route, expect

from playground.core.report import SECTIONS
from tests.core.test_views import TIMES
from tests.e2e.conftest import Endpoint, Server, playground
from tests.e2e.page import SECONDS, Tab
from tests.e2e.test_operator import link
from tests.stage import HOLD

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
    expect(shown.locator("tr", has_text="Arrivals of text")).to_contain_text("40, of about 40 tokens")
    behind = shown.locator("tr", has_text="The page was behind, with the last text")
    expect(behind).to_contain_text("at most")


def test_lengths_of_time_are_written_on_the_page_as_the_app_writes_them(tab: Tab) -> None:
    shown = tab.page.evaluate("(values) => values.map(window.playground.time)", [value for value, _ in TIMES])
    assert shown == [said for _, said in TIMES]


STATE = """() => {
  const panel = document.querySelector('[data-panel="answer"]');
  return {
    same: window.marked.every((each) => each.isConnected),
    selected: String(getSelection()),
    focus: document.activeElement.ariaLabel,
    language: document.activeElement.value,
    top: panel.scrollTop,
    blind: [...panel.querySelectorAll('[data-part="report"] input')].map((each) => each.checked),
    open: [...panel.querySelectorAll('details')].filter((each) => each.open).map((each) => each.dataset.part),
  };
}"""


def test_an_answer_that_streams_is_looked_at_without_disturbing_whoever_reads(tab: Tab, endpoint: Endpoint) -> None:
    def let_go() -> None:
        httpx.post(f"{endpoint.url}/release", trust_env=False).raise_for_status()

    text = f"one two three {HOLD}four five {HOLD}six"
    httpx.post(f"{endpoint.url}/stage", json={"text": text}, trust_env=False).raise_for_status()
    looks: list[Response] = []
    tab.page.on("response", lambda got: looks.append(got) if "/playground/answer" in got.url else None)
    tab.send(f"markdown-given-0 {'a long prompt ' * 1000}")
    expect(tab.answers.last).to_contain_text("three", timeout=SECONDS)
    turn = str(tab.questions.last.evaluate("(each) => each.closest('[id^=step-]').id.slice(5)"))
    tab.page.evaluate("(turn) => window.playground.drawer.show('answer', { turn })", turn)
    panel = tab.panel("answer")
    expect(panel.locator(".pg-figures")).to_contain_text("still under way", timeout=SECONDS)
    listed = part(panel, "events").locator("li")
    expect(listed.first).to_contain_text("data:", timeout=SECONDS)
    part(panel, "report").get_by_label("Leave out names and text").check()
    panel.get_by_label("Language").select_option("python-openai")
    panel.get_by_label("Language").focus()
    tab.page.evaluate(
        """() => {
          const panel = document.querySelector('[data-panel="answer"]');
          const program = panel.querySelector('[data-program]');
          getSelection().selectAllChildren(program);
          panel.scrollTop = 300;
          window.marked = [program, panel.querySelector('[data-part="report"]'), panel.querySelector('.pg-events li')];
        }"""
    )
    before: Any = tab.page.evaluate(STATE)
    assert before["top"] > 0 and before["selected"].startswith("import os") and before["blind"] == [True]
    assert before["focus"] == "Language" and before["same"]

    def live() -> int:
        return sum(got.url.endswith("/live") for got in looks)

    wholes, events = len(looks) - live(), listed.count()
    arrivals = part(panel, "timeline").locator("tr", has_text="Arrivals of text")
    came = arrivals.inner_text()
    let_go()
    expect(arrivals).not_to_have_text(came, timeout=SECONDS)
    asked = live()
    tab.until(lambda: live() > asked + 1, "it is looked at once a second")
    # Figures and times only, and nothing else moved.
    assert len(looks) - live() == wholes
    assert max(len(got.body()) for got in looks if got.url.endswith("/live")) < 20_000
    assert tab.page.evaluate(STATE) == before
    let_go()
    expect(panel.locator(".pg-figures")).to_contain_text("finished", timeout=SECONDS)
    # Then the rest of it, as often as it has to be: what was listed goes on.
    expect(listed.last).to_contain_text("[DONE]", timeout=SECONDS)
    assert listed.count() > events
    assert tab.page.evaluate(STATE) == before
    asked = len(looks)
    tab.page.wait_for_timeout(1500)
    assert len(looks) == asked


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
    for heading, _ in SECTIONS:
        assert (f"\n## {heading}\n" in whole) is (heading != "Error"), heading
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


PATHS = ("answer", "answer/live", "answer/events", "answer/lines", "answer/again", "answer/report")


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
        assert statuses(mine, turn=turn) == [200] * 6
        assert statuses(mine, run=run) == [200] * 6
        # By its turn it is in nobody else's tab; by its run it is somebody else's.
        assert statuses(other, turn=turn) == statuses(other, run=run) == [403] * 6
        assert statuses(operator, turn=turn) == [403] * 6
        # Everything but its settings, which are put into the tab of whoever had set them.
        assert statuses(operator, run=run) == [200, 200, 200, 200, 400, 200]
        assert statuses(operator, run="nothing") == [403] * 6
        operator.page.evaluate("(run) => window.playground.drawer.show('answer', { run })", run)
        expect(operator.panel("answer").locator(".pg-figures")).to_be_visible(timeout=SECONDS)
        expect(operator.panel("answer").get_by_role("button", name="Use these settings again")).to_have_count(0)
        assert operator.errors == [] and other.errors == []
    finally:
        for context in contexts:
            context.close()
        server.stop()


def test_beyond_this_machine_a_visitor_opens_an_answer_of_his_own_and_reads_no_line_of_a_log(
    browser: Browser, endpoint: Endpoint, tmp_path: Path
) -> None:
    log = tmp_path / "server.log"
    log.write_text("INFO the server starts\n")
    (tmp_path / "settings.toml").write_text(
        f'[[endpoints]]\nname = "Logged"\nurl = "{endpoint.url}/v1"\nlogs = {{ file = "{log}" }}\n'
    )
    server = playground(tmp_path, PLAYGROUND_CONFIG=str(tmp_path / "settings.toml"), PLAYGROUND_HOST="0.0.0.0")
    server.start()
    contexts = [browser.new_context() for _ in range(2)]
    try:
        visitor, operator = (Tab(context, server.url) for context in contexts)
        operator.page.goto(link(server))
        operator.ready()
        for tab, lines in ((visitor, 403), (operator, 200)):
            asked(tab, "emit-0-3 mine")
            turn = str(tab.page.locator('button[id*=":details:"]').get_attribute("id")).partition(":")[0]
            with log.open("a") as more:
                more.write("INFO something of the server's own\n")
            assert statuses(tab, turn=turn) == [200, 200, 200, lines, 200, 200]

            def report(tab: Tab = tab, turn: str = turn) -> str:
                made: str = tab.page.evaluate(
                    "async (turn) => (await window.playground.post('/playground/answer/report', { turn })).text()", turn
                )
                return made

            if tab is operator:
                tab.until(lambda: "INFO something of the server's own" in report(), "the operator's report has the log")
            else:
                assert "INFO" not in report() and "The log is not shown" in report()
                expect(opened(tab).locator('[data-part="log"]')).to_have_count(0)
                expect(tab.panel("answer").get_by_role("button", name="Show in the logs")).to_have_count(0)
    finally:
        for context in contexts:
            context.close()
        server.stop()


def test_what_the_app_says_no_to_is_told_in_its_words(tab: Tab) -> None:
    asked(tab, "emit-0-3 here")
    panel = opened(tab)
    no = {"detail": "Not you."}
    for path in ("again", "report"):
        tab.page.route(f"**/playground/answer/{path}", lambda route: route.fulfill(status=403, json=no))
    part(panel, "report").get_by_role("button", name="Make the file").click()
    expect(tab.notice).to_contain_text("The report was not made. Not you.")
    panel.get_by_role("button", name="Use these settings again").click()
    expect(tab.notice).to_contain_text("Nothing was changed. Not you.")
    tab.errors = [error for error in tab.errors if "403" not in error]


def test_an_app_that_answers_nonsense_is_asked_again(tab: Tab) -> None:
    asked(tab, "emit-0-3 here")
    answers = iter(["nonsense", ""])

    def nonsense(route: Route) -> None:
        if (body := next(answers, None)) is not None:
            route.fulfill(status=200, body=body)
        else:
            route.continue_()

    tab.page.route("**/playground/answer", nonsense)
    tab.press("Details")
    expect(tab.panel("answer")).to_contain_text("The app does not answer. Try again.", timeout=SECONDS)
    expect(tab.panel("answer").locator(".pg-figures")).to_contain_text("finished", timeout=SECONDS)


def test_each_part_of_a_continued_answer_is_opened_with_its_own_request(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("scenario:cut_at_limit")
    expect(tab.figures()).to_contain_text("stopped at", timeout=SECONDS)
    tab.press("Continue")
    expect(tab.figures()).to_contain_text("finished", timeout=SECONDS)
    panel = opened(tab)
    first, last = (panel.get_by_role("button", name=f"Part {number} of 2") for number in (1, 2))
    expect(last).to_have_attribute("aria-pressed", "true")
    ids = [sent["headers"]["x-request-id"] for sent in endpoint.requests() if "x-request-id" in sent["headers"]]
    expect(part(panel, "tries")).to_contain_text(ids[-1])
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(part(panel, "tries")).to_contain_text(ids[-2])
    assert first.evaluate("(each) => each === document.activeElement")


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
