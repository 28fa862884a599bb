"""A command whose output is a log, such as `docker logs -f NAME`: run without a shell, started again when it ends."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time

from playground.adapters.log_intake import Intake
from playground.core import child_env
from playground.core.backoff import Backoff
from playground.core.log.sources import CommandLog

GRACE = 2.0
_PIECE = 65_536
# Seconds after the start in which what comes may be the log's past.
_PAST = 2.0


class CommandRunner:
    """Runs one command on a thread of its own, from `start()` to `close()`, which ends it with all its children."""

    def __init__(self, source: CommandLog, intake: Intake, *, backoff: Backoff | None = None) -> None:
        self.state = "not started yet"
        self.pid: int | None = None
        self._source = source
        self._intake = intake
        self._backoff = backoff or Backoff()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"log {self._source.argv[0]}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(3 * GRACE)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            began = time.monotonic()
            ending = self._live()
            if self._stop.is_set():
                return
            failures = self._backoff.count(failures, time.monotonic() - began)
            pause = self._backoff.pause(failures)
            self.state = f"{ending} It is started again after a pause of {pause:g} s."
            self._intake.note(self.state, "warning")
            self._stop.wait(pause)

    def _live(self) -> str:
        """One life of the command; how it ended, in words."""
        try:
            process = subprocess.Popen(
                self._source.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                # A group of its own, so that its children end with it.
                start_new_session=True,
            )
        except FileNotFoundError:
            return f"There is no command {self._source.argv[0]!r} on this machine."
        except OSError as error:
            return f"{self._source.argv[0]!r} cannot be run: {error.strerror or 'no reason given'}."
        self.pid, self.state = process.pid, "running"
        try:
            self._follow(process)
        finally:
            code = _end(process)
            self.pid = None
            self._intake.end()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"The command {self._source.title!r} ended ({how})."

    def _environment(self) -> dict[str, str]:
        return child_env.named(os.environ, *self._source.env) | dict(self._source.sets)

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        """Takes its output until it ends. A child of its own may hold the pipe for longer than it lives."""
        assert process.stdout is not None
        began = time.monotonic()
        pipe = process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not self._stop.is_set():
                if not selector.select(0.2):
                    if process.poll() is not None:
                        return
                    continue
                data = os.read(pipe, _PIECE)
                if not data:
                    return
                self._intake.put(data, old=time.monotonic() - began < _PAST)


def _end(process: subprocess.Popen[bytes]) -> int:
    """Ends the command's whole group: by asking, then by force. Its exit code, minus the signal where one ended it."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, how)
        if _gone(process):
            break
    if process.stdout is not None:
        process.stdout.close()
    return process.wait()


def _gone(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, with every child of its group, before long."""
    until = time.monotonic() + GRACE
    while time.monotonic() < until:
        if process.poll() is not None:
            try:
                os.killpg(process.pid, 0)
            except (ProcessLookupError, PermissionError):
                return True
        time.sleep(0.02)
    return False
