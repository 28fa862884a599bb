"""The ways to start it: without a model, with several endpoints, by Chainlit's command; and a model that dies."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import ROOT, Endpoint, Server, environment, free_port, playground
from tests.e2e.page import SECONDS, Tab


def test_without_a_model_the_page_says_what_to_do_and_loses_nothing(context: BrowserContext, tmp_path: Path) -> None:
    app = playground(tmp_path, PLAYGROUND_LOCAL="0")
    app.start()
    try:
        tab = Tab(context, app.url)
        expect(tab.page.locator("#playground-welcome")).to_contain_text("No model is connected")
        expect(tab.page.locator(".pg-dot")).to_have_attribute("data-state", "missing")
        tab.send("hello")
        expect(tab.trouble).to_contain_text("No endpoint is set", timeout=SECONDS)
        expect(tab.questions).to_have_text("hello")
        assert tab.errors == []
    finally:
        app.stop()


def test_a_file_that_is_no_model_is_said_so(context: BrowserContext, tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.gguf"
    wrong.write_bytes(b"PK\x03\x04 not a model")
    app = playground(tmp_path, PLAYGROUND_GGUF=str(wrong))
    app.start()
    try:
        tab = Tab(context, app.url)
        tab.send("hello")
        expect(tab.trouble).to_contain_text(re.compile("not a .*GGUF", re.IGNORECASE), timeout=SECONDS)
    finally:
        app.stop()


def test_a_model_that_dies_is_started_again_and_the_user_told(context: BrowserContext, tmp_path: Path) -> None:
    app = playground(tmp_path)
    app.start()
    try:
        tab = Tab(context, app.url)
        running = tab.page.locator('.pg-dot[data-state="running"]')
        expect(running).to_be_visible(timeout=60_000)
        assert app.process is not None
        [child] = Path(f"/proc/{app.process.pid}/task/{app.process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        expect(tab.notice).to_contain_text("ended", timeout=SECONDS)
        expect(running).to_be_visible(timeout=60_000)
        tab.send("Say hello.")
        expect(tab.figures()).to_contain_text("tokens out", timeout=60_000)
    finally:
        app.stop()


def test_each_endpoint_gets_its_own_key_and_the_chat_goes_on_after_a_switch(
    context: BrowserContext, endpoint: Endpoint, tmp_path: Path
) -> None:
    port = free_port()
    other = Endpoint(
        [sys.executable, str(ROOT / "tests" / "fake_endpoint.py"), "--port", str(port)],
        f"http://127.0.0.1:{port}",
        "/log",
        tmp_path / "other-log",
        environment(),
    )
    settings = tmp_path / "settings.toml"
    settings.write_text(
        f'[[endpoints]]\nname = "First"\nurl = "{endpoint.url}/v1"\napi_key = "sk-first-first-first"\n'
        f'[[endpoints]]\nname = "Second"\nurl = "{other.url}/v1"\napi_key = "sk-second-second"\n'
        'system_prompt = "Be brief."\n'
    )
    app = playground(tmp_path, PLAYGROUND_CONFIG=str(settings))
    other.start()
    app.start()
    try:
        tab = Tab(context, app.url)
        frames: list[str] = []
        tab.page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))))
        tab.reload()
        tab.send("emit-0-4 one")
        tab.answered("END")
        tab.choose("tiny-chat", "Second")
        expect(tab.page.locator(".pg-name")).to_have_attribute("title", re.compile("^Second"))
        tab.send("emit-0-5 two")
        tab.answered("END", 1)
        [first], [second] = endpoint.requests(), other.requests()
        assert first["headers"]["authorization"] == "Bearer sk-first-first-first"
        assert second["headers"]["authorization"] == "Bearer sk-second-second"
        assert [message["role"] for message in second["body"]["messages"]] == ["system", "user", "assistant", "user"]
        assert "sk-second-second" not in str(first) and "sk-first-first-first" not in str(second)
        seen = "".join(frames) + tab.page.content() + app.output
        assert "sk-first" not in seen and "sk-second" not in seen
        assert frames
    finally:
        app.stop()
        other.stop()


def test_chainlits_own_command_serves_the_same_app(context: BrowserContext, endpoint: Endpoint, tmp_path: Path) -> None:
    for name in ("app.py", ".chainlit", "public"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    port = free_port()
    argv = [sys.executable, "-m", "chainlit", "run", "app.py", "--headless", "--host", "127.0.0.1", "--port", str(port)]
    env = environment(PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", XDG_CONFIG_HOME=str(tmp_path / "none"))
    app = Server(argv, f"http://127.0.0.1:{port}", "/healthz", tmp_path / "log", env)
    app.start()
    try:
        tab = Tab(context, app.url)
        tab.send("emit-50-40")
        expect(tab.answers).to_contain_text("w5 ", timeout=SECONDS)
        tab.reload()
        tab.answered("END")
        tab.press("Regenerate")
        expect(tab.versions()).to_have_text("2 / 2", timeout=SECONDS)
        assert tab.errors == []
        assert tab.outside == []
    finally:
        app.stop()
