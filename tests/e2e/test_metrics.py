"""The panel of metrics with the embedded server: true values, a cursor, both windows and themes, a marked span, and an
end of the asking when nobody looks. And who is not told."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.adapters.test_metrics_page import VLLM
from tests.e2e.conftest import Fakes, Server, playground
from tests.e2e.page import SECONDS, Tab
from tests.e2e.test_operator import link
from tests.fake_endpoint import FakeEndpoint

# A model's answer is asked for so many tokens, so that the server's counters can be held against it.
TOKENS = 40


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with its own small model."""
    server = playground(
        tmp_path_factory.mktemp("local"), PLAYGROUND_MAX_TOKENS=str(TOKENS), PLAYGROUND_METRICS_EVERY="1"
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tab(browser: Browser, local: Server) -> Iterator[Tab]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = Tab(context, local.url)
    expect(opened.page.locator('.pg-dot[data-state="running"]')).to_be_visible(timeout=60_000)
    yield opened
    assert opened.errors == [] and opened.outside == []
    context.close()


def show(tab: Tab, **options: Any) -> Locator:
    tab.page.evaluate("options => window.playground.drawer.show('metrics', options)", options)
    return tab.panel("metrics")


def plot(tab: Tab, name: str) -> Locator:
    return tab.page.locator(f'[data-plot="{name}"]')


def values(tab: Tab, name: str) -> str:
    return plot(tab, name).locator(".pg-values").inner_text()


def pointed(plot: Locator, how: str = "visible") -> None:
    """Whether a plot shows the cursor, a line without a width."""
    expect(plot.locator(".pg-cursor")).to_have_attribute("visibility", how)


def ask(tab: Tab, text: str) -> None:
    count = tab.answers.count()
    tab.send(text)
    expect(tab.figures(count)).to_be_visible(timeout=60_000)
    tab.idle()


def polls(tab: Tab) -> list[float]:
    """When the page asks for metrics, from now on."""
    times: list[float] = []
    tab.page.on(
        "request", lambda sent: times.append(time.monotonic()) if sent.url.endswith("/playground/metrics") else None
    )
    return times


def test_the_panel_shows_what_the_server_and_the_app_measure_while_an_answer_is_written(tab: Tab) -> None:
    expect(tab.page.locator(".pg-beside")).to_have_attribute("aria-label", re.compile("metrics"))
    panel = show(tab)
    expect(panel.get_by_role("heading", name="From the server")).to_be_visible()
    expect(plot(tab, "server.requests")).to_be_visible(timeout=SECONDS)
    expect(panel.locator(".pg-missing")).to_have_text(
        "Not told by this server: KV-cache use, Time to first token, Time between tokens, Time for the whole answer, "
        "Answers ended."
    )
    ask(tab, "Write a long story about a lighthouse.")
    # What the server counted in the last steps, times the step, is what it wrote.
    tab.until(lambda: written(tab, "server") == pytest.approx(TOKENS, abs=2), "the server's tokens")
    tab.until(lambda: written(tab, "app") == pytest.approx(TOKENS, abs=2), "the app's tokens")
    first = re.search(r"first token ([\d.]+) (m?s)", tab.figures().inner_text().replace("\u00a0", " "))
    assert first is not None
    seconds = float(first[1]) / (1000 if first[2] == "ms" else 1)
    plot(tab, "app.ttft").scroll_into_view_if_needed()
    tab.until(lambda: re.search(r"p50\s+\d", values(tab, "app.ttft")) is not None, "the time to the first token")
    said = re.search(r"p50\s+([\d.]+) (m?s)", values(tab, "app.ttft"))
    assert said is not None
    assert float(said[1]) / (1000 if said[2] == "ms" else 1) == pytest.approx(seconds, rel=0.1)
    expect(panel.locator(".pg-own")).to_have_text("In these 15 minutes: 1 answer, no errors.")
    plot(tab, "app.ttft").scroll_into_view_if_needed()
    expect(plot(tab, "app.ttft").locator("path.pg-curve.pg-line-2[d^=M]")).to_have_count(1)


def written(tab: Tab, source: str) -> float:
    """Tokens written, from all that the app tells: rates times how long each counts for."""
    found: float = tab.page.evaluate(
        """async (source) => {
            const answer = await window.playground.post("/playground/metrics", { window: "15m" });
            const { at, lines } = (await answer.json()).sources.find((each) => each.source === source);
            const out = lines["tokens.out"] ?? [];
            return out.reduce((sum, rate, n) => sum + (n ? (rate ?? 0) * (at[n] - at[n - 1]) : 0), 0);
        }""",
        source,
    )
    return found


def test_a_cursor_by_mouse_and_by_keys_says_the_time_and_the_values(tab: Tab) -> None:
    # Several plots are in sight.
    tab.page.set_viewport_size({"width": 1280, "height": 1800})
    show(tab)
    ask(tab, "Say something.")
    requests = plot(tab, "app.requests")
    area = requests.get_by_role("slider")
    requests.scroll_into_view_if_needed()
    tab.until(lambda: re.search(r"running\s+\d", values(tab, "app.requests")) is not None, "values")
    box = area.bounding_box()
    assert box is not None
    area.hover(position={"x": box["width"] - 14, "y": 40})
    expect(requests.locator(".pg-when")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    pointed(requests)
    # All plots show the same time.
    pointed(plot(tab, "app.tokens"))
    tab.page.mouse.move(10, 10)
    pointed(requests, "hidden")
    area.focus()
    tab.page.keyboard.press("ArrowLeft")
    last = area.get_attribute("aria-valuetext") or ""
    assert re.fullmatch(r"\d\d:\d\d:\d\d: running [\d.]+ requests, waiting [\d.]+ requests", last), last
    tab.page.keyboard.press("ArrowLeft")
    before = area.get_attribute("aria-valuetext") or ""
    assert before < last
    tab.page.keyboard.press("Home")
    assert (area.get_attribute("aria-valuetext") or "") <= before
    tab.page.keyboard.press("Escape")
    pointed(requests, "hidden")
    # The drawer is open still: the key was the cursor's.
    expect(tab.panel("metrics")).to_be_visible()


def test_by_touch_a_tap_sets_the_cursor(browser: Browser, local: Server) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    tab = Tab(phone, local.url)
    show(tab)
    requests = plot(tab, "app.requests")
    expect(requests.get_by_role("slider")).to_be_visible(timeout=SECONDS)
    requests.scroll_into_view_if_needed()
    tab.until(lambda: re.search(r"running\s+\d", values(tab, "app.requests")) is not None, "values")
    requests.get_by_role("slider").tap()
    pointed(requests)
    width = tab.panel("metrics").evaluate("body => body.scrollWidth - body.clientWidth")
    assert width == 0, "nothing sticks out on a phone"
    assert tab.errors == []
    phone.close()


def test_a_day_is_shown_by_the_minute_and_the_choice_is_kept(tab: Tab) -> None:
    panel = show(tab)
    panel.get_by_role("button", name="24 hours").click()
    expect(panel.get_by_role("button", name="24 hours")).to_have_attribute("aria-pressed", "true")
    plot(tab, "app.requests").scroll_into_view_if_needed()
    expect(plot(tab, "app.requests").locator("path.pg-curve[d^=M]").first).to_be_attached()
    expect(panel.locator(".pg-own")).to_contain_text("In these 24 hours")
    ticks = plot(tab, "app.requests").locator("text").all_text_contents()
    hours = [text for text in ticks if re.fullmatch(r"\d\d:00", text)]
    assert len(hours) in (4, 5), ticks
    panel.get_by_role("button", name="15 minutes").click()
    expect(panel.locator(".pg-own")).to_contain_text("In these 15 minutes")


def test_a_span_is_marked_on_every_curve_and_can_be_removed(tab: Tab) -> None:
    begun = time.time()
    ask(tab, "Say something.")
    panel = show(tab, span={"from": begun, "to": time.time()})
    expect(panel.locator(".pg-marked")).to_contain_text("Marked: this answer")
    plots = panel.locator(".pg-chart")
    expect(plots.first).to_be_visible(timeout=SECONDS)
    bands = panel.locator(".pg-band[visibility=visible]")
    for one in plots.all():
        # What is far out of sight is not drawn.
        one.scroll_into_view_if_needed()
        expect(one.locator(".pg-band")).to_have_attribute("visibility", "visible")
    plot(tab, "app.requests").scroll_into_view_if_needed()
    expect(plot(tab, "app.requests").locator(".pg-band-label")).to_have_text("this answer")
    box = plot(tab, "app.requests").locator(".pg-band").bounding_box()
    assert box is not None and box["width"] >= 3
    panel.get_by_role("button", name="Remove the mark").click()
    expect(panel.locator(".pg-marked")).to_be_hidden()
    for one in plots.all():
        one.scroll_into_view_if_needed()
        expect(one.locator(".pg-band")).to_have_attribute("visibility", "hidden")
    # One that is older than a quarter of an hour is looked for in the day; an older one is said to be.
    show(tab, span={"from": begun - 7200, "to": begun - 7190})
    expect(panel.get_by_role("button", name="24 hours")).to_have_attribute("aria-pressed", "true")
    expect(bands.first).to_be_attached()
    show(tab, span={"from": begun - 90000, "to": begun - 89990})
    expect(panel.locator(".pg-marked")).to_contain_text("is older than what is shown")
    expect(plots.first.locator(".pg-band")).to_have_attribute("visibility", "hidden")


CONTRAST = """body => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const rgb = (colour) => {
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (colour) => {
        const [r, g, b] = rgb(colour).map((part) => part / 255)
            .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const back = light(getComputedStyle(document.getElementById("playground-drawer")).backgroundColor);
    const ratio = (colour) => {
        const front = light(colour);
        return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    };
    const all = [];
    for (const text of body.querySelectorAll(".pg-area text")) all.push(ratio(getComputedStyle(text).fill));
    for (const line of body.querySelectorAll(".pg-curve")) all.push(ratio(getComputedStyle(line).stroke));
    const words = body.querySelectorAll(".pg-reading, .pg-reading b, .pg-hint");
    for (const word of words) all.push(ratio(getComputedStyle(word).color));
    return Math.min(...all);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_read_has_contrast_in_both_themes(
    browser: Browser, local: Server, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=scheme)
    tab = Tab(context, local.url)
    expect(tab.page.locator("html")).to_have_class(scheme)
    panel = show(tab)
    expect(plot(tab, "app.ttft")).to_be_visible(timeout=SECONDS)
    assert panel.evaluate(CONTRAST) >= 4.5
    # Three lines of one plot are told apart without their colours.
    curves = plot(tab, "app.ttft").locator(".pg-curve")
    dashes = curves.evaluate_all("all => all.map((each) => getComputedStyle(each).strokeDasharray)")
    assert len(set(dashes)) == 3
    context.close()


def test_nothing_is_asked_any_more_when_the_panel_is_closed(tab: Tab) -> None:
    times = polls(tab)
    show(tab)
    tab.until(lambda: len(times) >= 3, "it is asked for")
    tab.page.keyboard.press("Escape")
    expect(tab.panel("metrics")).to_be_hidden()
    count = len(times)
    tab.page.wait_for_timeout(2500)
    assert len(times) == count
    # Another panel in its place is the same.
    show(tab)
    tab.until(lambda: len(times) > count, "it is asked for again")
    tab.page.evaluate("window.playground.drawer.show('params')")
    count = len(times)
    tab.page.wait_for_timeout(2500)
    assert len(times) == count


def test_the_panel_is_there_in_a_moment_and_a_refresh_costs_little(tab: Tab) -> None:
    show(tab)
    expect(plot(tab, "server.requests")).to_be_visible(timeout=SECONDS)
    tab.page.keyboard.press("Escape")
    took = tab.page.evaluate(
        """async () => {
            const begun = performance.now();
            window.playground.drawer.show("metrics");
            const curve = '[data-plot="server.requests"] .pg-curve[d^=M]';
            while (!document.querySelector(curve)) await new Promise(requestAnimationFrame);
            return performance.now() - begun;
        }"""
    )
    # What was known is drawn at once. A busy machine is slow: the bench has the figure.
    assert took < 2000


@pytest.fixture(scope="module")
def vllm(fakes: Fakes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, FakeEndpoint]]:
    """An app that is served beyond this machine, on a server with all that there is on its page, asked by scenario."""
    fake = fakes.start(FakeEndpoint(routes={"/metrics": VLLM}))
    server = playground(
        tmp_path_factory.mktemp("wide-metrics"), PLAYGROUND_ENDPOINT_URL=fake.url, PLAYGROUND_HOST="0.0.0.0"
    )
    server.start()
    yield server, fake
    server.stop()


def metrics_status(context: BrowserContext, app: Server) -> int:
    tab = Tab(context, app.url)
    status: int = tab.page.evaluate("window.playground.post('/playground/metrics', {}).then((answer) => answer.status)")
    return status


def test_who_may_not_see_metrics_is_told_nothing_and_the_server_is_not_asked(
    browser: Browser, vllm: tuple[Server, FakeEndpoint]
) -> None:
    app, fake = vllm
    visitor, operator = browser.new_context(), browser.new_context()
    assert metrics_status(visitor, app) == 403
    assert not any(asked.path == "/metrics" for asked in fake.log)
    page = operator.new_page()
    page.goto(link(app))
    assert metrics_status(operator, app) == 200
    deadline = time.monotonic() + 5
    while not any(asked.path == "/metrics" for asked in fake.log):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    visitor.close()
    operator.close()


def test_a_server_with_all_of_it_has_a_plot_for_each(browser: Browser, vllm: tuple[Server, FakeEndpoint]) -> None:
    app, _ = vllm
    operator = browser.new_context(viewport={"width": 1280, "height": 900})
    page = operator.new_page()
    page.goto(link(app))
    tab = Tab(operator, app.url)
    show(tab)
    names = ["requests", "tokens", "kv", "prefix", "ttft", "itl", "e2e", "ended"]
    for name in names:
        expect(plot(tab, f"server.{name}")).to_be_visible(timeout=SECONDS)
    expect(tab.panel("metrics").locator(".pg-missing")).to_be_hidden()
    for name, said in (("server.requests", "running 5 requests waiting 2 requests"), ("server.kv", "50 %")):
        plot(tab, name).scroll_into_view_if_needed()
        # A space that does not break is one for this.
        expect(plot(tab, name).locator(".pg-values")).to_have_text(re.compile(said.replace(" ", r"\s*")))
    operator.close()


def test_a_server_without_a_page_is_said_to_have_none_and_what_to_do(browser: Browser, app: Server) -> None:
    context = browser.new_context()
    tab = Tab(context, app.url)
    panel = show(tab)
    expect(panel.locator(".pg-page")).to_contain_text("This server shows no metrics page.", timeout=SECONDS)
    expect(panel.locator(".pg-page")).to_contain_text("llama.cpp needs --metrics")
    expect(panel.locator('[data-source="server"] .pg-chart')).to_have_count(0)
    expect(plot(tab, "app.requests")).to_be_visible()
    context.close()
