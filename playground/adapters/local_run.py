"""One life of the embedded server's process: started, given its configuration, listened to, ended.

Not here: whether and when it is started (`local.py`), what it does (`llama_child.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import cast

from playground.adapters.llama_child import Config
from playground.adapters.log_intake import Intake
from playground.core import child_env
from playground.core.ending import Ending, cause
from playground.core.secret import Secret

# Seconds given to the child at each step of ending it: by itself, on SIGTERM, on SIGKILL.
GRACE = 2.0


class Life:
    """Runs the child once; `live()` returns when it has ended, and ends it when cancelled.

    `program` is the child's. `on_loading()` and `on_ready(port, version, devices)` are called as it reports them,
    `on_gone()` once a ready one has hung up; `log` gets its output, the key masked.
    """

    def __init__(
        self,
        config: Config,
        log: Intake,
        *,
        program: Path,
        on_loading: Callable[[], None],
        on_ready: Callable[[int, str, str], None],
        on_gone: Callable[[], None],
    ) -> None:
        self.pid: int | None = None
        self._config = config
        self._key = Secret(config["key"])
        self._log = log
        self._program = program
        self._on_loading = on_loading
        self._on_ready = on_ready
        self._on_gone = on_gone
        self._ending = Ending()

    async def live(self) -> Ending:
        """From the start to the end. A process that cannot be started at all is an ending too."""
        began = time.time()
        try:
            process = await self._start()
        except OSError as error:
            return Ending(said=error.strerror or "the process could not be started")
        self.pid = process.pid
        try:
            async with asyncio.TaskGroup() as group:
                # There is a stream at each end, as each was to be a pipe.
                group.create_task(self._keep_log(cast(StreamReader, process.stderr)))
                group.create_task(self._hand_over(cast(StreamWriter, process.stdin)))
                group.create_task(self._follow(cast(StreamReader, process.stdout)))
            if self._ending.ready:
                self._on_gone()
        finally:
            await _end(process)
            self.pid = None
        self._ending.code = process.returncode
        self._ending.said = await asyncio.to_thread(self._cause, began)
        return self._ending

    def _cause(self, began: float) -> str:
        self._log.settle()
        return cause([line.text for line in self._log.lines() if line.arrived >= began])

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            # -P: the script's own folder stays off sys.path, where its neighbours would hide standard modules.
            *(sys.executable, "-P", str(self._program)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=child_env.native(os.environ),
            # Ctrl-C in a terminal is for the app, which ends the child itself.
            start_new_session=True,
        )

    async def _hand_over(self, stdin: StreamWriter) -> None:
        stdin.write(json.dumps(self._config).encode() + b"\n")
        # A child that has already ended says so by its exit code.
        with contextlib.suppress(ConnectionError):
            await stdin.drain()

    async def _follow(self, stdout: StreamReader) -> None:
        async for line in stdout:
            report = json.loads(line)
            match report["state"]:
                case "loading":
                    self._on_loading()
                case "ready":
                    self._ending.ready = True
                    self._on_ready(report["port"], report.get("version", ""), report.get("devices", ""))
                case verdict:
                    self._ending.verdict = verdict

    async def _keep_log(self, stderr: StreamReader) -> None:
        while data := await stderr.read(65_536):
            self._log.put(data, secrets=(self._key,))
        self._log.end()


async def _end(process: Process) -> None:
    """Ends the child, unless it has ended: by closing its input, then by asking, then by force."""
    cast(StreamWriter, process.stdin).close()
    steps: tuple[Callable[[], None] | None, ...] = (None, process.terminate, process.kill)
    for step in steps:
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            if step is not None:
                step()
            async with asyncio.timeout(GRACE):
                await process.wait()
        if process.returncode is not None:
            return
