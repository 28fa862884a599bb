"""Our sockets: what a connection tells of itself, and how each of its ends is called."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from playground.adapters import network
from playground.adapters.network import KEPT_BYTES, Wire
from tests.certificates import self_signed

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            await serve(reader, writer)
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls) as server:
        wire = await network.connect("127.0.0.1", server.sockets[0].getsockname()[1], None, None)
        try:
            yield wire
        finally:
            wire.close()


async def test_what_comes_is_read_until_the_other_side_ends() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello" + await reader.readexactly(2))

    async with connected(serve) as wire:
        await wire.write(b"!?")
        got = b""
        while data := await wire.read():
            got += data
        assert got == b"hello!?"
        assert wire.readable


async def test_a_reset_is_an_error_and_not_an_end() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        # With what it has not read still in the system, closing is a reset.
        writer.transport.abort()

    async with connected(serve) as wire:
        with pytest.raises(ConnectionError):
            await wire.write(b"x" * 2**23)
            await wire.read()
        with pytest.raises(ConnectionError):
            await wire.write(b"x")


async def test_what_nobody_reads_is_not_kept_without_end() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while True:
            writer.write(b"x" * 2**16)
            await writer.drain()
            sent += 2**16

    async with connected(serve) as wire:
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.05)
        kept = len(await wire.read())
        assert kept < 2 * KEPT_BYTES
        # And goes on where it is read.
        got = kept
        while got <= before:
            got += len(await wire.read())


async def test_a_reader_that_is_cancelled_loses_nothing() -> None:
    may = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await may.wait()
        writer.write(b"late")

    async with connected(serve) as wire:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await wire.read()
        may.set()
        assert await wire.read() == b"late"


async def test_a_certificate_that_nobody_vouches_for_closes_the_connection(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with connected(serve, self_signed(tmp_path)[1]) as wire:
        with pytest.raises(ssl.SSLCertVerificationError):
            await network.secure(wire, ssl.create_default_context(), "localhost")
        assert wire.transport is not None
        assert wire.transport.is_closing()
