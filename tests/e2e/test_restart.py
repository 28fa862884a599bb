"""What happens to an open page when the app ends and starts again."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Endpoint, playground
from tests.e2e.page import SECONDS, Tab


def test_after_a_restart_the_page_says_that_the_chat_is_gone_and_never_shortens_it_silently(
    context: BrowserContext, endpoint: Endpoint, tmp_path: Path
) -> None:
    app = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1")
    app.start()
    try:
        tab = Tab(context, app.url)
        tab.send("emit-0-9 before")
        tab.answered("END")
        tab.type("typed meanwhile")
        app.restart()
        expect(tab.notice).to_contain_text("no longer has the earlier messages", timeout=SECONDS)
        # What was said can still be read, and what was typed is there.
        expect(tab.answers).to_have_count(1)
        expect(tab.page.locator("#chat-input")).to_have_value("typed meanwhile")
        tab.send("emit-0-4 after")
        expect(tab.questions).to_have_count(1, timeout=SECONDS)
        tab.answered("END")
        expect(tab.questions).to_contain_text("after")
        assert len(endpoint.requests()[-1]["body"]["messages"]) == 1
        app.restart()
        tab.page.reload()
        tab.ready()
        expect(tab.notice).to_contain_text("no longer has the earlier messages", timeout=SECONDS)
        expect(tab.answers).to_have_count(0)
    finally:
        app.stop()


def test_a_page_that_does_not_come_back_has_its_request_closed_and_its_answer_kept(
    context: BrowserContext, endpoint: Endpoint, tmp_path: Path
) -> None:
    app = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", PLAYGROUND_ABANDON_AFTER="1")
    app.start()
    try:
        tab = Tab(context, app.url)
        tab.send("emit-50-2000 long")
        expect(tab.answers).to_contain_text("w10 ")
        tab.page.goto("about:blank")
        tab.until(lambda: bool(endpoint.requests()[-1]["hung_up"]), "the request is closed")
        tab.page.go_back()
        tab.ready()
        expect(tab.answers).to_contain_text("w10 ", timeout=SECONDS)
        expect(tab.figures()).to_contain_text("stopped because the page was closed")
    finally:
        app.stop()


def test_the_last_choice_of_a_model_outlives_the_app(
    context: BrowserContext, endpoint: Endpoint, tmp_path: Path
) -> None:
    app = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", PLAYGROUND_NAME="First")
    app.start()
    try:
        tab = Tab(context, app.url)
        tab.choose("tiny-adapter", "First")
        expect(tab.page.locator(".pg-model")).to_have_text("tiny-adapter")
        app.restart()
        again = Tab(context, app.url)
        expect(again.page.locator(".pg-model")).to_have_text("tiny-adapter")
        again.send("emit-0-4 one")
        again.answered("END")
        assert endpoint.requests()[-1]["body"]["model"] == "tiny-adapter"
    finally:
        app.stop()
