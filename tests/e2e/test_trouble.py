"""When it goes wrong: our own words, what to try, a way to try again, and nothing lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Endpoint, free_port, playground
from tests.e2e.page import SECONDS, Tab

KEY = "sk-the-endpoints-own-key"
# Scenario of the scripted endpoint → what the page says.
REFUSALS = {
    "unauthorized": "key",
    "forbidden": "key",
    "unknown_model": "model",
    "bad_request": "refused",
    "context_too_long": "too long",
    "server_error": "failed",
    "html_page": "web page",
    "not_sse": "not",
}


@pytest.mark.parametrize(("scenario", "words"), REFUSALS.items())
def test_an_error_is_said_in_our_words_with_a_way_to_try_again(
    tab: Tab, endpoint: Endpoint, scenario: str, words: str
) -> None:
    tab.send(f"scenario:{scenario}")
    expect(tab.trouble).to_contain_text(re.compile(words, re.IGNORECASE), timeout=SECONDS)
    expect(tab.buttons().filter(has_text="Try again")).to_be_visible()
    body = tab.page.inner_text("body")
    assert KEY not in body and "<html" not in body.lower() and "Traceback" not in body
    # The browser's own notice of a failed request is none: the page asked nobody but the app.
    asked = len(endpoint.requests())
    tab.press("Try again")
    tab.until(lambda: len(endpoint.requests()) > asked, "it is asked again")
    expect(tab.versions()).to_have_text("2 / 2", timeout=SECONDS)


@pytest.mark.parametrize("scenario", ["error_in_stream", "broken_stream", "cut_off_stream"])
def test_what_came_before_an_error_is_kept(tab: Tab, scenario: str) -> None:
    tab.send(f"scenario:{scenario}")
    expect(tab.trouble).to_be_visible(timeout=SECONDS)
    assert tab.answers.first.inner_text().strip()
    expect(tab.figures(0)).to_contain_text("cut off")
    expect(tab.copies()).to_have_count(1)
    kept = tab.answers.first.inner_text()
    tab.reload()
    expect(tab.trouble).to_be_visible(timeout=SECONDS)
    assert tab.answers.first.inner_text() == kept


def test_a_rate_limit_is_waited_out_visibly(tab: Tab) -> None:
    tab.send("scenario:rate_limited_once")
    expect(tab.waiting).to_contain_text(re.compile(r"Trying again in \d+ s"), timeout=SECONDS)
    expect(tab.figures()).to_contain_text("attempt 2", timeout=SECONDS)


def test_a_model_that_loads_is_waited_for_and_the_wait_can_be_stopped(tab: Tab) -> None:
    tab.send("scenario:loading_for_ever")
    expect(tab.waiting).to_contain_text("loading", timeout=SECONDS)
    tab.stop()
    expect(tab.waiting).to_be_hidden()
    expect(tab.figures()).to_contain_text("stopped by you")


def test_an_endpoint_that_is_not_there_is_said_so_and_reached_when_it_is(
    context: BrowserContext, tmp_path: Path
) -> None:
    port = free_port()
    app = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"http://127.0.0.1:{port}/v1")
    app.start()
    try:
        tab = Tab(context, app.url)
        expect(tab.page.locator(".pg-dot")).to_have_attribute("data-state", "unreachable", timeout=SECONDS)
        tab.send("hello")
        expect(tab.trouble).to_contain_text("Nothing answers", timeout=SECONDS)
        expect(tab.questions).to_have_text("hello")
    finally:
        app.stop()


def test_a_hostile_answer_does_nothing(tab: Tab) -> None:
    tab.page.evaluate("window.harmed = false")
    tab.send("scenario:hostile_markdown")
    tab.answered("the end")
    assert tab.page.evaluate("window.harmed") is False
    assert tab.page.locator(".message-content script, .message-content iframe").count() == 0
    assert tab.page.evaluate(
        "[...document.querySelectorAll('.message-content a')].every((a) => !a.href.startsWith('javascript'))"
    )
    # A picture from outside is not fetched: the page's own policy refuses it, and says so in the console.
    assert all("Content Security Policy" in error for error in tab.errors)
    tab.errors.clear()
    tab.outside.clear()
