"""The processes that are measured: how each is started, how long that takes, what time of the processor it uses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession

from tests.e2e.conftest import ROOT, Endpoint, Server, environment, free_port, playground

# Adds to the file that it is told for a minute at most, a thousand lines every 20 ms, and begins it anew at 100 MB.
FLOOD = """
import itertools, sys, time
ends, due = time.monotonic() + 60, time.monotonic()
with open(sys.argv[1], "ab", buffering=0) as file:
    for number in itertools.count():
        line = f"INFO 01-01 00:00:00 [engine.py:1] request {number} took 12.5 ms, 41.2 % of the cache used\\n"
        file.write(1000 * line.encode())
        if file.tell() > 100_000_000:
            file.truncate(0)
        due += 0.02
        if time.monotonic() > ends:
            break
        time.sleep(max(0, due - time.monotonic()))
"""
# Seconds between two looks whether a process answers, and for how long one is waited for.
LOOK_EVERY, START_LIMIT = 0.005, 60.0


def scripted_endpoint(folder: Path) -> Endpoint:
    port = free_port()
    argv = [sys.executable, str(ROOT / "tests" / "fake_endpoint.py"), "--port", str(port)]
    return Endpoint(argv, f"http://127.0.0.1:{port}", "/log", folder / "log", environment())


def ours(folder: Path, endpoint: Endpoint) -> Server:
    return playground(folder, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1")


def ours_with_a_log(folder: Path, endpoint: Endpoint, log: Path) -> Server:
    """The same with a log beside the chat: a file."""
    log.touch()
    settings = folder / "settings.toml"
    settings.write_text(
        f'[[endpoints]]\nurl = "{endpoint.url}/v1"\nlogs = {{ file = {json.dumps(str(log))} }}\n', encoding="utf-8"
    )
    return playground(folder, PLAYGROUND_CONFIG=str(settings))


@contextmanager
def flooded(log: Path) -> Iterator[None]:
    """Lines come into the file, 50,000 a second, from a process of their own."""
    with subprocess.Popen([sys.executable, "-c", FLOOD, str(log)]) as process:
        try:
            yield
        finally:
            process.kill()
            # What has not been read yet would go on costing whoever is measured next.
            log.write_bytes(b"")


def plain(folder: Path, endpoint: Endpoint, file: Path = ROOT / "bench" / "plain.py") -> Server:
    port = free_port()
    env = environment(OPENAI_BASE_URL=f"{endpoint.url}/v1", OPENAI_API_KEY="none")
    argv = [sys.executable, "-m", "chainlit", "run", str(file), "--headless", "--port", str(port)]
    return Server(argv, f"http://127.0.0.1:{port}", "/health", folder / "log", env)


def floor(folder: Path, endpoint: Endpoint) -> Server:
    port = free_port()
    argv = [sys.executable, str(ROOT / "bench" / "floor.py"), str(port), str(urlsplit(endpoint.url).port)]
    return Server(argv, f"http://127.0.0.1:{port}", "/", folder / "log", environment())


def llama_ui(folder: Path, endpoint: Endpoint) -> Server:
    port = free_port()
    argv = [sys.executable, str(ROOT / "bench" / "llama_ui.py"), str(port), str(urlsplit(endpoint.url).port)]
    return Server(argv, f"http://127.0.0.1:{port}", "/health", folder / "log", environment())


@contextmanager
def group(argv: list[str], cwd: Path, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has been started; it and whatever it started itself have ended afterwards."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            argv, cwd=cwd, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        yield process
    finally:
        # Its process group is its own, by start_new_session.
        for how in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)


@dataclass(frozen=True, slots=True)
class Started:
    """Milliseconds from the start of a process to the first 200 at its address, and its resident megabytes then."""

    took: float
    memory: float | None


def start(server: Server) -> Started:
    """Starts the process, and ends it again."""
    began = time.perf_counter()
    with group(server.argv, server.log.parent, server.env, server.log) as process:
        took = seconds_until_answer(process, server.url + server.alive, began, START_LIMIT, server.log)
        return Started(1000 * took, _resident(process.pid))


def seconds_until_answer(process: subprocess.Popen[bytes], url: str, began: float, limit: float, log: Path) -> float:
    """Seconds from `began` (time.perf_counter) until the address answers. Raises TimeoutError, with the log's end."""
    parts = urlsplit(url)
    while time.perf_counter() - began < limit and process.poll() is None:
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=5)
        try:
            connection.request("GET", parts.path)
            if connection.getresponse().status == 200:
                return time.perf_counter() - began
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(LOOK_EVERY)
    raise TimeoutError(f"no answer at {parts.path} within {limit:.0f} s:\n{log.read_text()[-2000:]}")


def cpu_seconds(server: Server) -> float | None:
    """What all threads of the process have used so far; None but on Linux, whose way of asking this is."""
    return None if server.process is None or sys.platform != "linux" else _cpu(server.process.pid)


class Chromium:
    """What all processes of one browser use."""

    def __init__(self, browser: Browser) -> None:
        self._session: CDPSession = browser.new_browser_cdp_session()

    def cpu_seconds(self) -> float | None:
        """Of those that live now; None but on Linux."""
        if sys.platform != "linux":
            return None
        found = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(_cpu(int(each["id"])) for each in found if Path(f"/proc/{each['id']}").exists())


def _cpu(pid: int) -> float:
    # The clock of another process's time, as clock_getcpuclockid(3) makes it: to the nanosecond, where /proc has 10 ms.
    return time.clock_gettime(~pid << 3 | 2)


def _resident(pid: int) -> float | None:
    if sys.platform != "linux":
        return None
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
