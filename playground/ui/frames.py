"""Paints what has come as frames, never token by token: the first text at once, then when a frame is due."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from playground.core.pacing import Pace


class Frames:
    """Calls `paint` soon after each `wake`, no oftener than a frame is due for a text of `chars()` characters.

    Leaving the block paints what is left, without waiting for the next frame.
    """

    def __init__(self, paint: Callable[[], Awaitable[None]], chars: Callable[[], int], pace: Pace) -> None:
        self._pace = pace
        self._paint = paint
        self._chars = chars
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        self._wake.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._wake.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        last = clock() - 1e9
        while True:
            await self._wake.wait()
            self._wake.clear()
            wait = last + self._pace.due(self._chars()) - clock()
            if wait > 0 and not self._over.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), wait)
            last = clock()
            await self._paint()
            if self._over.is_set() and not self._wake.is_set():
                return
