"""Real processes for the browser tests: the scripted endpoint, the playground, Chromium. All on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.e2e.page import Tab
from tests.fake_endpoint import FakeEndpoint

ROOT = Path(__file__).parents[2]
# Nothing but loopback resolves, so that a test cannot reach outside by mistake.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """This machine's environment without anything that speaks to the app or the SDK."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PLAYGROUND_", "OPENAI_", "CHAINLIT_"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | more


class Server:
    """A process with an HTTP address; `alive` is the path that answers once it is up."""

    def __init__(self, argv: list[str], url: str, alive: str, log: Path, env: dict[str, str]) -> None:
        self.argv, self.url, self.alive, self.log, self.env = argv, url, alive, log, env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, cwd=self.log.parent, env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        until = time.monotonic() + 40
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(self.url + self.alive, trust_env=False, timeout=2).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"{self.argv[:4]} did not start:\n{self.log.read_text()}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def output(self) -> str:
        return self.log.read_text()


class Endpoint(Server):
    """The scripted endpoint, and what it was asked."""

    def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/log", trust_env=False).json()
        return found

    def reset(self) -> None:
        httpx.post(f"{self.url}/reset", trust_env=False).raise_for_status()


@pytest.fixture(scope="session")
def _browsers() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(_browsers: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    launched = _browsers.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    port = free_port()
    server = Endpoint(
        [sys.executable, str(ROOT / "tests" / "fake_endpoint.py"), "--port", str(port)],
        f"http://127.0.0.1:{port}",
        "/log",
        tmp_path_factory.mktemp("endpoint") / "log",
        environment(),
    )
    server.start()
    yield server
    server.stop()


def playground(folder: Path, **settings: str) -> Server:
    """The app, started as its users start it, in an empty folder with a state folder of its own."""
    port = free_port()
    env = environment(
        PLAYGROUND_PORT=str(port),
        PLAYGROUND_HEADLESS="1",
        XDG_STATE_HOME=str(folder / "state"),
        XDG_CONFIG_HOME=str(folder / "config"),
        XDG_DATA_HOME=str(folder / "data"),
        **settings,
    )
    return Server([sys.executable, "-m", "playground"], f"http://127.0.0.1:{port}", "/healthz", folder / "log", env)


@pytest.fixture(scope="session")
def app(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app on the scripted endpoint, which every test that does not restart it shares."""
    server = playground(
        tmp_path_factory.mktemp("app"),
        PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1",
        PLAYGROUND_API_KEY="sk-the-endpoints-own-key",
        PLAYGROUND_MAX_MESSAGE_CHARS="20000",
    )
    server.start()
    yield server
    server.stop()


class Fakes:
    """Scripted endpoints of one's own making, on a loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._up: list[FakeEndpoint] = []

    def start(self, fake: FakeEndpoint) -> FakeEndpoint:
        asyncio.run_coroutine_threadsafe(fake.__aenter__(), self._loop).result(10)
        self._up.append(fake)
        return fake

    def stop(self) -> None:
        for fake in self._up:
            asyncio.run_coroutine_threadsafe(fake.__aexit__(None, None, None), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="session")
def fakes() -> Iterator[Fakes]:
    made = Fakes()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def several(endpoint: Endpoint, fakes: Fakes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app on three endpoints: the scripted one, one with 200 models, and one that takes connections and says
    nothing."""
    models = [{"id": f"org/Model-{number}-Instruct-AWQ", "max_model_len": 8192} for number in range(200)]
    many = fakes.start(FakeEndpoint(models=models))
    folder = tmp_path_factory.mktemp("several")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        (folder / "settings.toml").write_text(
            f'[[endpoints]]\nname = "First"\nurl = "{endpoint.url}/v1"\napi_key = "sk-the-endpoints-own-key"\n'
            f'[[endpoints]]\nname = "Many"\nurl = "{many.url}"\n'
            f'[[endpoints]]\nname = "Silent"\nurl = "http://127.0.0.1:{silent.getsockname()[1]}/v1"\n'
        )
        server = playground(folder, PLAYGROUND_CONFIG=str(folder / "settings.toml"))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def context(browser: Browser, endpoint: Endpoint) -> Iterator[BrowserContext]:
    endpoint.reset()
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def tab(context: BrowserContext, app: Server) -> Iterator[Tab]:
    yield from _opened(context, app)


@pytest.fixture
def chooser(context: BrowserContext, several: Server) -> Iterator[Tab]:
    """A tab on the app with several endpoints."""
    yield from _opened(context, several)


def _opened(context: BrowserContext, app: Server) -> Iterator[Tab]:
    opened = Tab(context, app.url)
    yield opened
    assert opened.errors == []
    assert opened.outside == []
