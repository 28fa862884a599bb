"""What stands beside the chat, together: from one panel to the next and from an answer to all of it, on real models."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from playground.adapters.local import LocalServer, Options
from playground.core.endpoint import Endpoint
from tests.e2e.conftest import Server, playground
from tests.e2e.page import SECONDS, Tab

PATIENT = 60_000


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = playground(tmp_path_factory.mktemp("built-in"), PLAYGROUND_MAX_TOKENS="40")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def llama() -> Iterator[Endpoint]:
    """A real server whose key is known, on a loop in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = LocalServer(Options())

    async def start() -> Endpoint:
        await server.start()
        return await asyncio.wait_for(server.wait_ready(), PATIENT / 1000)

    yield asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENT / 1000)
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def asked(tab: Tab, text: str) -> None:
    expect(tab.page.locator('.pg-dot[data-state="running"]')).to_be_visible(timeout=PATIENT)
    tab.send(text)
    expect(tab.figures()).to_be_visible(timeout=PATIENT)
    tab.idle()


def test_from_an_answer_to_its_lines_and_its_span_and_between_the_panels(
    context: BrowserContext, built_in: Server
) -> None:
    tab = Tab(context, built_in.url)
    asked(tab, "Count to five.")
    tab.press("Details")
    answer = tab.panel("answer")
    answer.get_by_role("button", name="Show in the logs").click()
    expect(tab.panel("answer")).to_be_hidden()
    logs = tab.panel("logs")
    expect(logs).to_contain_text("eval time", timeout=SECONDS)
    tab.press("Details")
    answer.get_by_role("button", name="Show on the curves").click()
    expect(tab.panel("metrics")).to_contain_text("Marked: this answer", timeout=SECONDS)
    expect(tab.panel("metrics")).to_contain_text("From the server")
    # By keys from one tab to the next, and around.
    tab.page.get_by_role("tab", name="Metrics").focus()
    tab.page.keyboard.press("ArrowLeft")
    expect(tab.panel("details")).to_contain_text("--model SmolLM2-135M-Instruct", timeout=SECONDS)
    tab.page.keyboard.press("ArrowLeft")
    expect(logs).to_be_visible()
    expect(tab.page.get_by_role("tab", name="Logs")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator("#playground-drawer")).to_be_hidden()
    # The button opens the tab that was seen last, and closes it.
    tab.page.locator(".pg-beside").click()
    expect(tab.page.locator("#playground-drawer")).to_be_visible()
    tab.page.locator(".pg-beside").click()
    expect(tab.page.locator("#playground-drawer")).to_be_hidden()
    assert tab.errors == [] and tab.outside == []


def test_the_curl_of_an_answer_asks_the_real_server(browser: Browser, llama: Endpoint, tmp_path: Path) -> None:
    assert llama.key is not None
    key = llama.key.reveal()
    app = playground(
        tmp_path, PLAYGROUND_ENDPOINT_URL=llama.base_url, PLAYGROUND_API_KEY=key, PLAYGROUND_MAX_TOKENS="20"
    )
    app.start()
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    try:
        tab = Tab(context, app.url)
        asked(tab, 'Name a "colour", it\'s $HOME.')
        tab.press("Details")
        tab.panel("answer").get_by_role("button", name="Copy the program").click(timeout=SECONDS)
        copied = tab.page.evaluate("navigator.clipboard.readText()")
        assert key not in copied
        done = subprocess.run(
            ["bash", "-c", copied], env={"ENDPOINT_API_KEY": key, "PATH": "/usr/bin:/bin", "NO_PROXY": "*"},
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        assert '"delta"' in done.stdout and "[DONE]" in done.stdout
    finally:
        context.close()
        app.stop()


def test_on_a_phone_every_panel_is_a_sheet_of_the_whole_height(browser: Browser, built_in: Server) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        tab = Tab(phone, built_in.url)
        asked(tab, "Hello.")
        tab.page.locator(".pg-beside").tap()
        for name in ("details", "metrics", "logs"):
            tab.page.get_by_role("tab", name=name.title()).tap()
            expect(tab.panel(name)).to_be_visible()
            assert tab.page.locator("#playground-drawer").bounding_box() == {
                "x": 0,
                "y": 0,
                "width": 390,
                "height": 844,
            }
            assert tab.page.evaluate("document.documentElement.scrollWidth") == 390
        tab.page.get_by_role("button", name="Close").tap()
        expect(tab.page.locator("#playground-drawer")).to_be_hidden()
    finally:
        phone.close()
