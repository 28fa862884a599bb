"""What the scripted endpoint's scenarios write, as the inputs that fuzzing starts from.

python -m tests.fuzz.corpus FOLDER
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any, cast

import tests.scenarios_wire  # noqa: F401 - which puts its scenarios beside the others
from tests.fake_endpoint import Asked
from tests.fuzz.checks import HEAD, KINDS
from tests.scenarios import SCENARIOS, Call, Headers

# Seconds of a scenario, and bytes of it: what takes longer has written all that is of use.
SECONDS, LONGEST = 0.05, 4096
_BODY = {
    "model": "tiny-chat",
    "messages": [{"role": "user", "content": "hi"}],
    "stream_options": {"include_usage": True},
}


class _Writer:
    """A connection on which nothing goes out."""

    def write(self, data: bytes) -> None:
        pass

    async def drain(self) -> None:
        # Some scenarios write for ever: the time limit gets its chance.
        await asyncio.sleep(0)

    def is_closing(self) -> bool:
        return True


class _Recorded(Call):
    """A call whose body is kept as it would be read: without HTTP's chunks, and unpacked."""

    def __init__(self) -> None:
        asked = Asked("POST", "/v1/chat/completions", {}, [], _BODY, 0.0)
        super().__init__(asked, cast(asyncio.StreamWriter, _Writer()), {})
        self.kind = KINDS[0]
        self.body_sent = bytearray()
        self.packed = False

    async def head(self, status: int, headers: Headers) -> None:
        self.kind = headers.get("Content-Type", "").partition(";")[0]
        self.packed = "Content-Encoding" in headers

    async def start_gzip(self) -> None:
        await self.start()

    async def bytes(self, data: bytes) -> None:
        self.body_sent += data
        await self.writer.drain()

    async def answer(self, status: int, kind: str, data: Any, headers: Headers | None = None) -> None:
        await self.head(status, {"Content-Type": kind} | (headers or {}))
        await self.bytes(data)


async def recorded() -> dict[str, bytes]:
    """An input for each scenario that writes a body of some size, by its name."""
    made: dict[str, bytes] = {}
    for name, scenario in SCENARIOS.items():
        call = _Recorded()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                await scenario(call)
        if call.body_sent and not call.packed and len(call.body_sent) <= LONGEST:
            kind = KINDS.index(call.kind) if call.kind in KINDS else 0
            made[name] = bytes([kind, 0]).ljust(HEAD, b"\0") + bytes(call.body_sent)
    return made


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in asyncio.run(recorded()).items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
