"""The first run: no endpoint anywhere, a real model, a real chat; and the phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.conftest import Server, playground
from tests.e2e.page import Tab

MODEL_SECONDS = 60_000


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = playground(tmp_path_factory.mktemp("first-run"))
    server.start()
    yield server
    server.stop()


def test_a_newcomer_asks_and_a_real_model_answers(context: BrowserContext, first_run: Server) -> None:
    tab = Tab(context, first_run.url)
    expect(tab.page.locator("#playground-welcome")).to_contain_text("very small model")
    tab.send("What is the capital of France? Answer in one word.")
    expect(tab.figures()).to_contain_text("tokens out", timeout=MODEL_SECONDS)
    assert re.search(r"\w", tab.answers.inner_text())
    expect(tab.page.locator(".pg-model")).to_contain_text("SmolLM2-135M")
    expect(tab.page.locator(".pg-dot")).to_have_attribute("data-state", "running")
    assert tab.errors == []
    assert tab.outside == []


def test_the_real_model_is_stopped_and_asked_again(context: BrowserContext, first_run: Server) -> None:
    tab = Tab(context, first_run.url)
    tab.send("Write a long story about a dragon.")
    expect(tab.answers).to_have_text(re.compile(r"\w+ \w+ \w+"), timeout=MODEL_SECONDS)
    tab.stop()
    expect(tab.figures()).to_contain_text("stopped by you")
    kept = tab.answers.inner_text()
    tab.press("Continue")
    tab.until(lambda: len(tab.answers.inner_text()) > len(kept), "the answer goes on", seconds=60)
    assert tab.answers.inner_text().startswith(kept[:20])
    tab.stop()
    tab.idle()


def test_nothing_is_written_where_the_user_stands(first_run: Server) -> None:
    here: Path = first_run.log.parent
    assert {path.name for path in here.iterdir()} <= {"log", "state", "config", "data"}


def test_on_a_phone_everything_is_under_the_thumb(browser: Browser, app: Server) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = Tab(phone, app.url)
    tab.send("emit-0-30 hello from a phone")
    tab.answered("END")
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pencil = tab.page.locator(".edit-message")
    expect(pencil).to_be_visible()
    pencil.tap()
    tab.page.locator("#edit-chat-input").fill("emit-0-12 edited")
    tab.page.locator(".confirm-edit").tap()
    expect(tab.versions()).to_have_text("2 / 2")
    tab.answered("w10")
    for part in (tab.page.locator("#playground-strip"), tab.page.locator("#message-composer"), tab.figures()):
        shape = part.bounding_box()
        assert shape is not None and shape["x"] >= 0 and shape["x"] + shape["width"] <= 390
    phone.close()
