"""What has come is handed on together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from playground.adapters.gulps import ROOM, gulps


async def chunks(*given: bytes | Exception) -> AsyncIterator[bytes]:
    """Each as it stands; an empty one waits for the event loop as a network read does."""
    for each in given:
        if isinstance(each, Exception):
            raise each
        if each:
            yield each
        else:
            await asyncio.sleep(0.001)


async def taken(*given: bytes | Exception) -> list[bytes]:
    return [data async for data in gulps(chunks(*given))]


async def test_what_lies_ready_is_one_gulp() -> None:
    assert await taken(b"a", b"b", b"", b"c", b"", b"", b"d", b"e") == [b"ab", b"c", b"de"]


async def test_nothing_gives_nothing() -> None:
    assert await taken() == []
    assert await taken(b"") == []


async def test_what_breaks_off_comes_after_the_bytes_before_it() -> None:
    source = gulps(chunks(b"a", b"", b"b", ConnectionError()))
    assert [await anext(source), await anext(source)] == [b"a", b"b"]
    with pytest.raises(ConnectionError):
        await anext(source)


async def test_reading_stops_while_nothing_is_taken() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * (ROOM // 4)

    source = gulps(endless())
    assert len(await anext(source)) > ROOM
    for _ in range(20):
        await asyncio.sleep(0)
    assert read <= 12
    assert len(await anext(source)) > ROOM
    await source.aclose()


async def test_closing_ends_the_reading_and_closes_the_source() -> None:
    closed = asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            await asyncio.Event().wait()
        finally:
            closed.set()

    source = gulps(silent())
    assert await anext(source) == b"a"
    await source.aclose()
    assert closed.is_set()
    assert len(asyncio.all_tasks()) == 1


async def test_an_error_that_nobody_waits_for_is_told_to_nobody() -> None:
    source = gulps(chunks(b"a", ConnectionError()))
    assert await anext(source) == b"a"
    await source.aclose()
