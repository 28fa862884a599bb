"""Our own sockets (`network`) as a network for httpcore and httpcore2, which want the same thing under two names.

What one read has brought is made one chunk (`core.chunks`) before the library sees it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from playground.adapters import network
from playground.core.addresses import Reach
from playground.core.chunks import Chunks


class Library(Protocol):
    """Either library: what it calls that which goes wrong on a network."""

    # Exceptions; a more exact type would have to be the very same in both.
    ConnectTimeout: type[Any]
    ConnectError: type[Any]
    ReadTimeout: type[Any]
    ReadError: type[Any]
    WriteTimeout: type[Any]
    WriteError: type[Any]


class Network:
    """The library's `AsyncNetworkBackend`. `reach` says where a connection may be made to; None is everywhere."""

    def __init__(self, library: Library, reach: Reach | None) -> None:
        self._library = library
        self._reach = reach

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the libraries' own parameter, here and below
        local_address: str | None = None,
        socket_options: Iterable[network.Option] | None = None,
    ) -> Stream:
        library = self._library
        async with _limit(timeout, library.ConnectTimeout, library.ConnectError):
            return Stream(library, await network.connect(host, port, local_address, socket_options, self._reach))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Stream:
    """The library's `AsyncNetworkStream`: one connection. What is read between two writes is one response."""

    def __init__(self, library: Library, wire: network.Wire) -> None:
        self._library = library
        self._wire = wire
        self._chunks = Chunks()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        async with _limit(timeout, self._library.ReadTimeout, self._library.ReadError):
            while received := await self._wire.read():
                # Nothing, where what came is no more than the beginning of a chunk: an empty read would be the end.
                if data := self._chunks.feed(received):
                    return data
            return self._chunks.end()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        self._chunks = Chunks()
        async with _limit(timeout, self._library.WriteTimeout, self._library.WriteError):
            await self._wire.write(buffer)

    async def aclose(self) -> None:
        self._wire.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> Stream:
        async with _limit(timeout, self._library.ConnectTimeout, self._library.ConnectError):
            return Stream(self._library, await network.secure(self._wire, ssl_context, server_hostname))

    def get_extra_info(self, info: str) -> Any:
        return network.about(self._wire, info)


@asynccontextmanager
async def _limit(seconds: float | None, late: type[Exception], broken: type[Exception]) -> AsyncIterator[None]:
    """What goes wrong on the network, and what takes too long, as the library calls it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
