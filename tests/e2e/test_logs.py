"""The panel of logs in Chromium: lines as they come, searching, following, jumping, and who may see it."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.e2e.conftest import Endpoint, Server, playground
from tests.e2e.page import SECONDS, Tab

HOSTILE = "<img src=x onerror=alert(1)> \x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m \u202edrow"


@pytest.fixture(scope="module")
def logged(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """The app on the scripted endpoint, whose server's log is a file."""
    folder = tmp_path_factory.mktemp("logged")
    log = folder / "server.log"
    log.write_text("INFO 11-25 01:02:03 [x.py:1] up\n")
    (folder / "settings.toml").write_text(
        f'[[endpoints]]\nname = "Scripted"\nurl = "{endpoint.url}/v1"\napi_key = "sk-the-endpoints-own-key"\n'
        f'logs = {{ file = "{log}" }}\n'
    )
    server = playground(folder, PLAYGROUND_CONFIG=str(folder / "settings.toml"))
    server.start()
    yield server, log
    server.stop()


@pytest.fixture
def file(logged: tuple[Server, Path]) -> Path:
    return logged[1]


@pytest.fixture
def opened(context: BrowserContext, logged: tuple[Server, Path]) -> Iterator[Tab]:
    tab = Tab(context, logged[0].url)
    show(tab)
    yield tab
    assert tab.errors == []


def show(tab: Tab, options: str = "{}") -> None:
    expect(tab.page.locator("body[data-parts~=logs]")).to_be_attached(timeout=SECONDS)
    tab.page.evaluate(f"window.playground.drawer.show('logs', {options})")
    expect(panel(tab).locator(".pg-logs-view")).to_be_visible()


def panel(tab: Tab) -> Locator:
    return tab.panel("logs")


def lines(tab: Tab) -> Locator:
    return panel(tab).locator(".pg-log")


def texts(tab: Tab) -> list[str]:
    return panel(tab).locator(".pg-log-text").all_inner_texts()


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def search(tab: Tab, text: str) -> None:
    panel(tab).get_by_role("searchbox", name="Search the log").fill(text)


def press(tab: Tab, name: str) -> None:
    panel(tab).get_by_role("button", name=name, exact=True).click()


def count(tab: Tab) -> Locator:
    return panel(tab).locator(".pg-logs-count")


def test_lines_come_as_they_are_written_and_a_hostile_one_is_only_text(opened: Tab, file: Path) -> None:
    append(file, f"WARNING {HOSTILE}\n")
    line = lines(opened).filter(has_text="onerror").last
    expect(line).to_be_visible(timeout=SECONDS)
    expect(line.locator(".pg-log-text")).to_have_text("WARNING <img src=x onerror=alert(1)> red drow")
    expect(line).to_have_attribute("data-level", "warning")
    expect(line.locator('[data-colour="red"]')).to_have_text("red")
    assert panel(opened).locator("img").count() == 0


def test_a_key_never_reaches_the_page(opened: Tab, file: Path) -> None:
    append(file, "got key sk-the-endpoints-own-key and http://me:hunter22@host/\n")
    expect(lines(opened).filter(has_text="got key ********").last).to_be_visible(timeout=SECONDS)
    assert "hunter22" not in opened.page.content() and "own-key" not in opened.page.content()


def test_a_search_marks_counts_and_goes_through_what_it_finds(opened: Tab, file: Path) -> None:
    append(file, "".join(f"needle {number} in hay\nhay {number}\n" for number in range(30)))
    expect(lines(opened).filter(has_text="hay 29").last).to_be_visible(timeout=SECONDS)
    search(opened, "NEEDLE 1")
    expect(count(opened)).to_have_text("11 matches")
    expect(lines(opened).locator("mark").first).to_have_text("needle 1")
    assert all("needle 1" in text for text in texts(opened))
    panel(opened).get_by_label("Lines around each match").select_option("All lines")
    press(opened, "Match before")
    expect(count(opened)).to_have_text("11 of 11 matches")
    expect(panel(opened).locator("[data-target]")).to_contain_text("needle 19")
    press(opened, "Match before")
    expect(panel(opened).locator("[data-target]")).to_contain_text("needle 18")
    press(opened, "Next match")
    press(opened, "Next match")
    expect(panel(opened).locator("[data-target]")).to_contain_text("needle 1 in")
    search(opened, r"needle \d in|nothing$")
    expect(count(opened)).to_have_text("0 matches")
    press(opened, "Search by a regular expression")
    expect(count(opened)).to_have_text("10 matches")
    search(opened, "(needle")
    expect(panel(opened).locator(".pg-logs-note")).to_contain_text("no expression")
    search(opened, "(a+)+$")
    expect(count(opened)).to_have_text(re.compile(r"match"))
    # The browser's own console names each answer that is an error.
    opened.errors = [error for error in opened.errors if "400" not in error]


def test_levels_are_a_filter_and_a_traceback_stays_whole(opened: Tab, file: Path) -> None:
    append(file, 'Traceback (most recent call last):\n  File "zebra.py", line 1\nValueError: striped\n')
    append(file, "INFO 11-25 01:02:03 [x.py:1] ok\n")
    expect(lines(opened).filter(has_text="striped").last).to_be_visible(timeout=SECONDS)
    press(opened, "Show only: errors")
    expect(lines(opened).filter(has_text="ValueError: striped")).to_be_visible()
    expect(lines(opened).filter(has_text="[x.py:1] ok")).to_have_count(0)
    search(opened, "striped")
    expect(count(opened)).to_have_text("1 match")
    expect(lines(opened)).to_have_text([re.compile("Traceback"), re.compile("zebra"), re.compile("ValueError")])


def test_scrolling_up_pauses_and_a_button_leads_to_what_is_new(opened: Tab, file: Path) -> None:
    append(file, "".join(f"row {number}\n" for number in range(300)))
    expect(lines(opened).filter(has_text="row 299").last).to_be_visible(timeout=SECONDS)
    follow = panel(opened).get_by_role("button", name="Stay at the end of the log")
    expect(follow).to_have_text("Following")
    panel(opened).locator(".pg-logs-view").hover()
    opened.page.mouse.wheel(0, -1500)
    expect(follow).to_have_text("Paused")
    before = opened.page.evaluate("document.querySelector('.pg-logs-view').scrollTop")
    append(file, "new one\nnew two\n")
    fresh = panel(opened).get_by_role("button", name="Go to the end")
    expect(fresh).to_have_text("2 new lines ↓", timeout=SECONDS)
    assert opened.page.evaluate("document.querySelector('.pg-logs-view').scrollTop") == before
    fresh.click()
    expect(lines(opened).filter(has_text="new two").last).to_be_visible()
    expect(follow).to_have_text("Following")


def test_the_lines_between_two_moments_are_shown_with_their_day(opened: Tab, file: Path) -> None:
    append(file, "".join(f"2026-03-0{day}T10:00:00Z INFO of day {day}\n" for day in (1, 2, 3, 4)))
    expect(lines(opened).last).to_contain_text("of day 4")
    which = panel(opened).get_by_role("combobox", name="Which times")
    which.select_option("From … to …")
    begin, end = panel(opened).get_by_label("From"), panel(opened).get_by_label("to", exact=True)
    begin.fill("2026-03-01T12:00:00")
    end.fill("2026-03-03T12:00:00")
    expect(lines(opened)).to_have_count(2)
    expect(count(opened)).to_have_text("2 lines")
    assert [text.split(" ", 1)[1] for text in texts(opened)] == ["INFO of day 2", "INFO of day 3"]
    assert re.fullmatch(r"2026-03-0[23] \d\d:00:00", lines(opened).first.locator("time").inner_text())
    begin.fill("")
    expect(count(opened)).to_have_text("3 lines")
    which.select_option("All times")
    expect(begin).to_be_hidden()
    expect(lines(opened).last).to_contain_text("of day 4")


def test_only_what_has_come_since_is_called_new(opened: Tab, file: Path) -> None:
    append(file, "".join(f"count me {number}\n" for number in range(300)))
    expect(lines(opened).last).to_contain_text("count me 299")
    press(opened, "Stay at the end of the log")
    fresh = panel(opened).get_by_role("button", name="Go to the end")
    search(opened, "count me 17")
    expect(count(opened)).to_contain_text("matches")
    search(opened, "")
    expect(count(opened)).to_have_text("")
    append(file, "one more\n")
    expect(fresh).to_have_text("1 new line ↓")


def test_how_an_answers_lines_were_found_stands_there_again_after_a_bad_expression(opened: Tab, file: Path) -> None:
    append(file, "something\n")
    expect(lines(opened).last).to_contain_text("something")
    now = time.time()
    show(opened, f"{{around: {{from: {now - 5}, to: {now + 5}}}, find: 'no-such-id-anywhere'}}")
    note = panel(opened).locator(".pg-logs-note")
    expect(note).to_contain_text("Found by time")
    press(opened, "Search by a regular expression")
    search(opened, "some(")
    expect(note).to_contain_text("no expression")
    search(opened, "some(thing)")
    expect(count(opened)).to_contain_text("match")
    expect(note).to_contain_text("Found by time")
    # The browser lists the refusals.
    assert all("400" in error for error in opened.errors)
    opened.errors.clear()


def test_of_a_great_many_lines_only_those_in_sight_are_on_the_page(opened: Tab, file: Path) -> None:
    for part in range(20):
        append(file, "".join(f"INFO many {part * 10_000 + number} lines\n" for number in range(10_000)))
        time.sleep(0.02)
    last = lines(opened).filter(has_text="INFO many 199999 lines")
    expect(last.last).to_be_visible(timeout=120_000)
    search(opened, "many 1999")
    expect(count(opened)).to_have_text("111 matches")
    search(opened, "")
    expect(count(opened)).to_have_text("")
    expect(last.last).to_be_visible()
    assert lines(opened).count() <= 400
    opened.page.evaluate("document.querySelector('.pg-logs-view').scrollTop = 2000000")
    expect(lines(opened).filter(has_text=re.compile(r"many [19]\d{4,5} lines")).first).to_be_visible(timeout=SECONDS)
    top, height = opened.page.evaluate(
        "[document.querySelector('.pg-logs-view').scrollTop, document.querySelector('.pg-logs-view').clientHeight]"
    )
    assert abs(top - 2_000_000) < height
    assert lines(opened).count() <= 400


def test_long_lines_are_wrapped_and_what_is_in_sight_stays(opened: Tab, file: Path) -> None:
    append(file, "".join(f"wide {number} " + "word " * 60 + "\n" for number in range(50)))
    expect(lines(opened).filter(has_text="wide 49 ").last).to_be_visible(timeout=SECONDS)
    press(opened, "Break long lines")
    last = lines(opened).filter(has_text="wide 49 ").last
    opened.until(lambda: (last.bounding_box() or {"height": 0})["height"] > 30, "the line is wrapped")
    panel(opened).locator(".pg-logs-view").hover()
    opened.page.mouse.wheel(0, -900)
    expect(panel(opened).get_by_role("button", name="Stay at the end of the log")).to_have_text("Paused")
    seen = [text for text in texts(opened) if text.startswith("wide")]
    assert seen == sorted(seen, key=lambda text: int(text.split()[1]))


def test_what_is_shown_is_copied_and_downloaded_with_keys_masked(opened: Tab, file: Path) -> None:
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    append(file, "take <me> along sk-the-endpoints-own-key\n")
    search(opened, "take <me>")
    expect(count(opened)).to_have_text(re.compile(r"^\d+ match"), timeout=SECONDS)
    expect(lines(opened).filter(has_text="take <me>").last).to_be_visible(timeout=SECONDS)
    press(opened, "Copy what is selected, or the lines in sight")
    expect(panel(opened).get_by_text("Copied", exact=True)).to_be_visible()
    assert "take <me> along ********" in opened.page.evaluate("navigator.clipboard.readText()")
    with opened.page.expect_download() as caught:
        press(opened, "Download the lines that are shown as a text file")
    assert set(Path(caught.value.path()).read_text().splitlines()) == {"take <me> along ********"}


def test_from_an_answer_to_its_lines_by_its_id_and_by_its_time(opened: Tab, file: Path) -> None:
    # Those of the tests before this one are left alone: there may be a great many.
    time.sleep(1)
    began = time.time()
    append(file, "before it\nrequest id-47110815 came\nafter it\n")
    expect(lines(opened).filter(has_text="after it").last).to_be_visible(timeout=SECONDS)
    now = time.time()
    show(opened, f"{{ around: {{ from: {began}, to: {now} }}, find: 'id-47110815' }}")
    expect(panel(opened).locator(".pg-logs-note")).to_contain_text("Found by the request's id")
    expect(panel(opened).locator("[data-target]")).to_contain_text("request id-47110815 came")
    expect(lines(opened).filter(has_text="before it").last).to_be_visible()
    show(opened, f"{{ around: {{ from: {began}, to: {now} }}, find: 'id-0815' }}")
    expect(panel(opened).locator(".pg-logs-note")).to_contain_text("Found by time")
    expect(panel(opened).locator("[data-marked]").filter(has_text="after it").last).to_be_visible()
    press(opened, "Show the whole log")
    expect(panel(opened).locator("[data-marked]")).to_have_count(0)


def test_the_apps_own_log_has_a_line_for_each_request_and_never_its_text(opened: Tab) -> None:
    opened.send("[short] a question nobody else may read")
    opened.idle()
    panel(opened).get_by_label("Which log").select_option("Requests of this app")
    expect(lines(opened).filter(has_text=" done ").last).to_be_visible(timeout=SECONDS)
    [began, ended] = texts(opened)[-2:]
    assert re.match(r"run=\w{8} begins endpoint=Scripted", began)
    assert re.match(r"run=\w{8} done endpoint=Scripted .*first_token=\d", ended)
    assert "nobody" not in began + ended


def test_a_panel_that_is_closed_asks_for_nothing(opened: Tab) -> None:
    expect(lines(opened).first).to_be_visible(timeout=SECONDS)
    asked: list[str] = []
    opened.page.on("request", lambda request: asked.append(request.url) if "/playground/logs" in request.url else None)
    opened.until(lambda: len(asked) >= 2, "it asks while it is open")
    opened.page.keyboard.press("Escape")
    expect(panel(opened)).to_be_hidden()
    opened.page.wait_for_timeout(700)
    asked.clear()
    opened.page.wait_for_timeout(1_200)
    assert asked == []


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text.replace(",", ""))
    assert found is not None, text
    return int(found[1])


FLOOD = """
import pathlib, sys, time
print("ready", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.05)
line = b"INFO a line of a flood, " + b"x" * 80 + b"\\n"
for _ in range(30):
    sys.stdout.buffer.write(line * 5_000)
    sys.stdout.flush()
    time.sleep(0.1)
print("over", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_an_answer_comes_while_a_command_floods_and_what_was_dropped_is_counted(
    context: BrowserContext, endpoint: Endpoint, tmp_path: Path
) -> None:
    begin = tmp_path / "begin"
    command = json.dumps([sys.executable, "-c", FLOOD, str(begin)])
    (tmp_path / "settings.toml").write_text(
        f'[[endpoints]]\nname = "Flooded"\nurl = "{endpoint.url}/v1"\nlogs = {{ command = {command} }}\n'
    )
    app = playground(tmp_path, PLAYGROUND_CONFIG=str(tmp_path / "settings.toml"))
    app.start()
    try:
        tab = Tab(context, app.url)
        show(tab)
        expect(lines(tab).last).to_contain_text("ready", timeout=SECONDS)
        begin.touch()
        expect(lines(tab).last).to_contain_text("a line of a flood", timeout=SECONDS)
        tab.send("emit-200-400")
        expect(tab.answers.last).to_contain_text("END", timeout=SECONDS)
        tab.idle()
        assert "w398" in tab.answers.last.inner_text()
        expect(lines(tab).last).to_contain_text("over", timeout=60_000)
        expect(panel(tab)).to_contain_text(re.compile(r"[\d,]+ dropped"))
        search(tab, "dropped here")
        expect(lines(tab).locator("mark").first).to_be_visible()
        # Each line is either there or counted.
        said = panel(tab).locator(".pg-logs-bar .pg-quiet").last.inner_text().replace(",", "")
        notes = number(r"(\d+) match", count(tab).inner_text())
        assert number(r"(\d+) lines", said) + number(r"(\d+) dropped", said) - notes == 150_002
        assert tab.errors == []
    finally:
        app.stop()


@pytest.mark.slow
def test_the_built_in_servers_lines_appear_while_an_answer_streams(context: BrowserContext, tmp_path: Path) -> None:
    app = playground(tmp_path)
    app.start()
    try:
        tab = Tab(context, app.url)
        show(tab)
        expect(lines(tab).filter(has_text="loading model").first).to_be_attached(timeout=60_000)
        tab.send("Tell me a long story about the sea.")
        expect(tab.answers.last).to_contain_text(re.compile(r"\w{3}"), timeout=60_000)
        expect(lines(tab).filter(has_text=re.compile("slot|srv|task")).first).to_be_attached(timeout=SECONDS)
        search(tab, "load")
        expect(count(tab)).to_have_text(re.compile(r"^\d+ matches"))
        expect(lines(tab).locator("mark").first).to_be_visible()
        tab.stop()
        assert tab.errors == []
    finally:
        app.stop()


def test_a_visitor_reads_no_log_by_any_route(browser: Browser, endpoint: Endpoint, tmp_path: Path) -> None:
    app = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", PLAYGROUND_HOST="0.0.0.0")
    app.start()
    context = browser.new_context()
    try:
        tab = Tab(context, app.url)
        for path in ("/playground/logs", "/playground/logs/find", "/playground/logs/file"):
            status, said = tab.page.evaluate(
                f"window.playground.post('{path}', {{ from: 0, to: 9 }}).then(async (a) => [a.status, await a.text()])"
            )
            assert status == 403 and "Only the operator" in said
            assert httpx.post(app.url + path, json={}, trust_env=False).status_code == 403
        assert "logs" not in tab.page.evaluate("window.playground.drawer.offered()")
    finally:
        context.close()
        app.stop()


def test_on_a_phone_it_fills_the_screen(browser: Browser, logged: tuple[Server, Path]) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    try:
        tab = Tab(context, logged[0].url)
        show(tab)
        expect(lines(tab).first).to_be_visible(timeout=SECONDS)
        box = tab.page.locator("#playground-drawer").bounding_box()
        assert box is not None and (box["width"], box["height"]) == (390, 844)
        view = panel(tab).locator(".pg-logs-view").bounding_box()
        assert view is not None and view["height"] > 250 and view["y"] + view["height"] <= 844
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        context.close()
