"""Waiting for what happens elsewhere: a condition is asked for until it holds, with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SECONDS = 10.0


async def until(true: Callable[[], bool]) -> None:
    """Raises TimeoutError where the condition does not come true in `SECONDS`."""
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.005)
