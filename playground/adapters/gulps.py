"""Joins what one network read has brought: a burst of a hundred HTTP chunks is handed on once, not a hundred times."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

# Bytes that may wait to be taken; reading then stops, and the sender with it.
ROOM = 2**20


async def gulps(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """All the bytes that have come since the last gulp. What breaks the source off is raised after the bytes before it.

    A task of its own reads on while the taker works: the libraries give one chunk at a time, without going back to the
    event loop while more of them lie ready. Closing the generator ends it.
    """
    held: list[bytes] = []
    came, taken = asyncio.Event(), asyncio.Event()

    async def read() -> None:
        size = 0
        async for chunk in chunks:
            size = size + len(chunk) if held else len(chunk)
            held.append(chunk)
            came.set()
            if size > ROOM:
                taken.clear()
                await taken.wait()

    task = asyncio.create_task(read())
    task.add_done_callback(lambda _task: came.set())
    try:
        while held or not task.done():
            if held:
                data = b"".join(held)
                held.clear()
                taken.set()
                yield data
            else:
                await came.wait()
                came.clear()
        await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
        if not task.cancelled():
            # Asked for, so that nobody is told of it later: it was raised above, or nobody wants it any more.
            task.exception()
