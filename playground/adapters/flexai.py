"""The FlexAI command-line program as a source of details: run without a shell, within limits, at most every so often.

The endpoint's name comes from the operator's settings file and from nowhere else. Not tried against the live service;
built to what is publicly known of the program. Not here: reading what it prints (`core.flexai`).
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from playground.core import child_env
from playground.core.details import State
from playground.core.errors import CommandFailed
from playground.core.flexai import Inspected, inspected, names, needs_update, refused
from playground.core.secret import Secret

PROGRAM = "flexai"
# Seconds between two questions about one endpoint, for one question, and for a process to end when it is asked to.
EVERY, SECONDS, GRACE = 10.0, 20.0, 2.0
# Seconds for which what it said of a state counts: a program that has failed since says nothing of now.
COUNTS = 60.0
# Bytes that are read of what it prints, and of what it says beside.
MOST_OUT, MOST_ERR = 2**20, 2**16
MISSING = CommandFailed(
    "The FlexAI CLI is not installed where this app runs.",
    "Install it as FlexAI's documentation says (docs.flex.ai, CLI), so that flexai is found in PATH, and sign in with: "
    "flexai auth login. Then start the playground again.",
)


@dataclass(frozen=True, slots=True)
class Printed:
    """What one call printed. `code` is its exit code, None where it had to be ended. `cut`: there was more."""

    out: str
    said: str
    code: int | None
    cut: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an endpoint: what was said last, when (wall-clock seconds), and what went wrong since."""

    at: float
    inspected: Inspected | None = None
    error: CommandFailed | None = None


class FlexaiCli:
    """Asks for an endpoint by name: once for all who ask at a time, and no oftener than every `every` seconds. What it
    says of a state counts for `counts` seconds."""

    def __init__(
        self,
        *,
        every: float = EVERY,
        seconds: float = SECONDS,
        counts: float = COUNTS,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._every = every
        self._seconds = seconds
        self.counts = counts
        self._environ = environ
        self._known: dict[str, Known] = {}
        self._asked: dict[str, float] = {}
        self._looks: dict[str, asyncio.Task[None]] = {}

    def known(self, name: str) -> Known | None:
        """What is known now, without asking."""
        return self._known.get(name)

    def state(self, name: str) -> State | None:
        """What its last word means for an endpoint that does not answer; None where it means nothing, or is old."""
        known = self._known.get(name)
        if known is None or known.inspected is None or time.time() - known.at > self.counts:
            return None
        return known.inspected.state

    def asking(self, name: str) -> bool:
        return name in self._looks

    async def look(self, name: str, secrets: tuple[Secret, ...] = ()) -> None:
        """Asks, unless that was done a moment ago. Never raises for what the program does or leaves out. `secrets` are
        masked in what it prints."""
        now = asyncio.get_running_loop().time()
        if name not in self._looks:
            if now - self._asked.get(name, -self._every) < self._every:
                return
            self._asked[name] = now
            self._looks[name] = asyncio.create_task(self._look(name, secrets))
        await asyncio.shield(self._looks[name])

    async def close(self) -> None:
        """Ends what runs, and waits until it has ended."""
        tasks = list(self._looks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _look(self, name: str, secrets: tuple[Secret, ...]) -> None:
        before = self._known.get(name)
        try:
            found = await self._inspect(name, secrets)
            self._known[name] = Known(time.time(), found)
        except CommandFailed as error:
            # What was said before still stands, with its time.
            kept = before if before is not None and before.inspected is not None else Known(time.time())
            self._known[name] = Known(kept.at, kept.inspected, error)
        finally:
            del self._looks[name]

    async def _inspect(self, name: str, secrets: tuple[Secret, ...]) -> Inspected:
        program = shutil.which(PROGRAM, path=self._environ.get("PATH", ""))
        if program is None:
            raise CommandFailed(MISSING.what, MISSING.hint)
        printed = await self._run(program, "inference", "inspect", name, "-j")
        if printed.code is None:
            raise _too_slow(self._seconds) if not printed.cut else _too_much()
        if printed.code == 0 and not needs_update(printed.said):
            return await asyncio.to_thread(inspected, printed.out, name, secrets)
        others: tuple[str, ...] = ()
        if not needs_update(printed.said):
            listed = await self._run(program, "inference", "list")
            others = names(listed.out) if listed.code == 0 else ()
        raise refused(name, printed.code, printed.said, others)

    async def _run(self, program: str, *arguments: str) -> Printed:
        """One call, ended with all that it started once it is over, too slow or too long. Raises `CommandFailed`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(program, *arguments),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                # DEBUG makes what it prints uniform.
                env=child_env.named(self._environ, *child_env.FLEXAI) | {"DEBUG": "1"},
                start_new_session=True,
            )
        except OSError as error:
            why = error.strerror or "no reason given"
            raise CommandFailed(f"The FlexAI CLI cannot be started: {why}.", MISSING.hint) from None
        out, said = bytearray(), bytearray()
        assert process.stdout is not None and process.stderr is not None, "both are pipes"
        reads = [
            asyncio.create_task(_read(process.stdout, out, MOST_OUT, stop=True)),
            asyncio.create_task(_read(process.stderr, said, MOST_ERR, stop=False)),
        ]
        cut, code = False, None
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    # What is read ends with the process, unless it left another one behind that has the output open.
                    cut = await reads[0]
                    code = None if cut else await process.wait()
                    await asyncio.wait({reads[1]}, timeout=GRACE)
        finally:
            for read in reads:
                read.cancel()
            await asyncio.shield(asyncio.create_task(_end(process)))
        return Printed(out.decode("utf-8", "replace"), said.decode("utf-8", "replace"), code, cut)


async def _read(stream: asyncio.StreamReader, kept: bytearray, most: int, *, stop: bool) -> bool:
    """Reads to the end, or to the limit; whether there was more. Without `stop`, the rest is read and thrown away."""
    cut = False
    while data := await stream.read(65_536):
        kept += data[: max(0, most - len(kept))]
        cut = cut or len(kept) >= most
        if cut and stop:
            return True
    return cut


async def _end(process: Process) -> None:
    """Ends the process and its whole group: by asking, then by force. What it started may outlive it."""
    for how in (signal.SIGTERM, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM):
        with suppress(ProcessLookupError, PermissionError):
            _signal(process, how)
        if process.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await process.wait()
    # Its pipes may still be open in a process that left the group: nobody reads them any more.
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


def _signal(process: Process, how: signal.Signals) -> None:
    if sys.platform == "win32":
        if process.returncode is None:
            process.terminate()
    else:
        os.killpg(process.pid, how)


def _too_slow(seconds: float) -> CommandFailed:
    return CommandFailed(
        f"The FlexAI CLI did not answer within {seconds:.0f} s, and was ended.", "It is asked again in a moment."
    )


def _too_much() -> CommandFailed:
    return CommandFailed(
        "The FlexAI CLI printed more than a megabyte, and was ended.",
        "Run the same in a terminal: flexai inference inspect NAME -j",
    )
