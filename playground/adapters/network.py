"""The sockets below httpcore2: an asyncio protocol that keeps what comes until it is read.

httpcore2's own network waits in several layers for each read and asks the system anew each time, which costs three
quarters of reading an answer that comes token by token. Here a read is one look, or one wait.

Every connection is made in `connect`, a proxy's too. That is where an address is judged that a visitor has typed: the
ones a name leads to are looked up once, and those that are judged are those that are connected to.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from typing import Any

import aiohappyeyeballs

from playground.core.addresses import Reach, not_allowed

# What is set on a socket, as `setsockopt` takes it.
Option = tuple[int, int, int | bytes]
# What `getaddrinfo` gives for each address.
Found = tuple[int, int, int, str, tuple[Any, ...]]
# Bytes that are kept for a reader; then the connection is not read until they are taken.
KEPT_BYTES = 2**20
# Seconds after which the next of a name's addresses is tried beside the one before (RFC 8305, section 5).
NEXT_ADDRESS_SECONDS = 0.25
# A burst is read once in so many seconds, and brings more at once.
BURST_SECONDS = 0.002
# Reads in a row, each sooner than that after the one before, that make a burst: the head of an answer and its first
# text are often two.
BURST_READS = 2


class Wire(asyncio.Protocol):
    """One connection's bytes, in both directions."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.ended = False
        self.error: Exception | None = None
        self._came = bytearray()
        self._paused = False
        self._reader: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._clock = asyncio.get_running_loop().time
        self._last = 0.0
        self._quick = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        if len(self._came) >= KEPT_BYTES:
            self._pause()
        self._wake()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.error = exc
        self._wake()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    @property
    def readable(self) -> bool:
        """Whether a read would give something at once; for a connection that rests, that it is of no use any more."""
        return self.ended or bool(self._came)

    async def read(self) -> bytes:
        """All that has come, at least a byte; nothing is the end. Raises OSError where the connection broke."""
        if self._quick > BURST_READS and not self.ended:
            # What comes meanwhile stays with the system, which hands it over at once.
            self._pause()
            await asyncio.sleep(BURST_SECONDS)
        self._resume()
        if not self._came and not self.ended:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        if self._came:
            data = bytes(self._came)
            self._came.clear()
            now = self._clock()
            self._quick = self._quick + 1 if now - self._last < BURST_SECONDS else 0
            self._last = now
            return data
        if self.error is not None:
            raise self.error
        return b""

    async def write(self, data: bytes) -> None:
        """Returns once the system has room for more. Raises OSError where the connection is gone."""
        if self.error is not None:
            raise self.error
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self.transport.write(data)
        await self._writable.wait()
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """At once: nothing that is still to be sent matters to anybody."""
        if self.transport is not None:
            self.transport.abort()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _pause(self) -> None:
        if not self._paused and self.transport is not None and not self.ended:
            self.transport.pause_reading()
            self._paused = True

    def _resume(self) -> None:
        if self._paused and self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
        self._paused = False


async def connect(
    host: str, port: int, local_address: str | None, options: Iterable[Option] | None, reach: Reach | None = None
) -> Wire:
    """A connection to the first of a name's addresses that answers, of those that `reach` allows (None: all of them).

    Raises OSError, UnicodeError, and `NotAllowed` where it allows none.
    """
    loop = asyncio.get_running_loop()
    found = await look_up(host, port, reach)
    local = None if local_address is None else await loop.getaddrinfo(local_address, 0, type=socket.SOCK_STREAM)
    sock = await aiohappyeyeballs.start_connection(
        found, local_addr_infos=local, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS, interleave=1
    )
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        for option in options or ():
            sock.setsockopt(*option)
    except OSError:
        sock.close()
        raise
    _, wire = await loop.create_connection(Wire, sock=sock)
    return wire


async def look_up(host: str, port: int, reach: Reach | None) -> Sequence[Found]:
    """A name's addresses, of those that `reach` allows. Raises OSError, UnicodeError, and `NotAllowed` for none."""
    loop = asyncio.get_running_loop()
    if reach is None:
        return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        if reach.private:
            raise
        # A name that is not known looks like one that leads into the operator's network: which of them there are is
        # nobody's business.
        raise not_allowed(host, reach) from None
    # Others of the same name are left out: a machine's own name often has a link-local address beside the useful one.
    allowed = [each for each in found if _may(reach, host, str(each[4][0]))]
    if not allowed:
        raise not_allowed(host, reach)
    return allowed


def _may(reach: Reach, host: str, address: str) -> bool:
    return reach.allows(address, host, own=is_own(address))


def is_own(address: str) -> bool:
    """Whether an address is one of this machine's: what is sent there would come from it. Nothing is sent."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.connect((address, 9))
            return str(asked.getsockname()[0]) == address
    except OSError:
        return False


async def secure(wire: Wire, context: ssl.SSLContext, name: str | None) -> Wire:
    """The same connection under TLS. Raises OSError (ssl's errors are such), and the connection is closed then."""
    if wire.transport is None or wire.transport.is_closing():
        raise wire.error or ConnectionResetError("the connection is closed")
    inner = Wire()
    try:
        transport = await asyncio.get_running_loop().start_tls(
            wire.transport, inner, context, server_hostname=name, ssl_handshake_timeout=None
        )
    except BaseException:
        wire.close()
        raise
    assert transport is not None
    inner.transport = transport
    return inner


def about(wire: Wire, what: str) -> Any:
    """What httpcore2 asks of a connection, by its names; None where it is not known."""
    if what == "is_readable":
        return wire.readable
    names = {"ssl_object": "ssl_object", "client_addr": "sockname", "server_addr": "peername", "socket": "socket"}
    return wire.transport.get_extra_info(names[what]) if wire.transport is not None and what in names else None
