"""The events for one page, in their order; what belongs together can be held back for a moment and sent together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

# Sends one event to the page.
Emit = Callable[[str, Any], Awaitable[Any]]


class Outbox:
    """`emit` sends one event; it is never called twice at a time."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._waiting: deque[tuple[str, Any]] = deque()
        self._held: asyncio.Task[None] | None = None
        self._sending = False

    async def put(self, event: str, data: Any) -> None:
        """Sends it, or keeps it where all is held."""
        self._waiting.append((event, data))
        if self._held is None:
            await self._send()

    def hold(self, seconds: float) -> None:
        """From now on nothing is sent, until `release` or for so long."""
        if self._held is None:
            self._held = asyncio.create_task(self._later(seconds))

    async def release(self) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None
            await self._send()

    async def _later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._held = None
        await self._send()

    async def _send(self) -> None:
        if self._sending:
            # Whoever is at it sends this too.
            return
        self._sending = True
        try:
            while self._waiting:
                await self._emit(*self._waiting.popleft())
        finally:
            self._sending = False
