"""How far a connection comes: the name, the address and TLS, read off a request that is under way.

Not here: the request itself and the order of the steps (`checking`).
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from playground.adapters import http, network
from playground.adapters.exchange import ERRORS, exchange
from playground.adapters.troubles import trouble
from playground.core.checks import Step
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError, NameNotFound, TLSFailed, Unreachable


@dataclass(slots=True)
class Marks:
    """How far a connection has come. Through a proxy, its address is reached when the proxy has let the tunnel be.

    `raw` is the connection until its handshake is done: httpcore forgets to close it where that is cancelled.
    """

    tunnel: bool
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    secured: asyncio.Event = field(default_factory=asyncio.Event)
    raw: Any = None

    async def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """httpx's trace extension: called as httpcore goes on."""
        if name == "connection.connect_tcp.complete":
            self.raw = info.get("return_value")
        elif name.endswith(".start_tls.complete"):
            self.raw = None
        if name == ("proxy.start_tls.started" if self.tunnel else "connection.connect_tcp.complete"):
            self.connected.set()
        elif name == ("proxy.start_tls.complete" if self.tunnel else "connection.start_tls.complete"):
            self.secured.set()

    async def close(self) -> None:
        """Closes what a cancelled handshake has left open; after the request has ended."""
        if self.raw is not None:
            await self.raw.aclose()


async def name_step(endpoint: Endpoint, proxy: str | None, seconds: float) -> Step:
    """Looks the host's name up, as a connection would. Raises `EndpointError` where it is not found, or not allowed."""
    began = time.perf_counter()
    base_url = endpoint.base_url
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if proxy is not None:
        return Step("name", "skipped", f"The proxy {place_of(proxy)} looks the name up.")
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return Step("name", "skipped", "The address is a number.")
    try:
        async with asyncio.timeout(seconds):
            found = await network.look_up(host, parts.port or 443, endpoint.reach)
    except TimeoutError:
        raise NameNotFound(
            f"The name {host} was not found in time.", "The name server does not answer. Check the network."
        ) from None
    except (OSError, UnicodeError) as broke:
        raise trouble(broke, base_url) from broke
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    return Step("name", "ok", f"{host} is known.", seconds=since(began), addresses=addresses)


async def reached(
    base_url: str, mark: asyncio.Event, request: asyncio.Task[Any], seconds: float
) -> EndpointError | None:
    """Waits until the connection of a request has come so far; the error where it does not."""
    waiter = asyncio.create_task(mark.wait())
    try:
        await asyncio.wait({waiter, request}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiter.cancel()
    if mark.is_set():
        return None
    broke = request.exception() if request.done() else TimeoutError()
    # An answer without the mark: the connection had been there before.
    return None if broke is None else trouble(broke, base_url)


async def speaks_tls(client: httpx.AsyncClient, endpoint: Endpoint, seconds: float) -> bool:
    """Whether a place that says nothing to plain HTTP knows HTTPS. The key is not sent there."""
    marks = Marks(tunnel=False)
    url = "https:" + endpoint.base_url.partition(":")[2]
    try:
        async with asyncio.timeout(seconds):
            await exchange(client, url, endpoint, key=False, trace=marks.trace)
    except (TimeoutError, *ERRORS) as broke:
        error = trouble(broke, url)
        # A certificate that is not trusted is one all the same.
        return marks.secured.is_set() or (isinstance(error, TLSFailed) and "certificate" in error.what)
    return True


def no_handshake(error: EndpointError, where: str) -> EndpointError:
    """What a handshake that does not end is called; another error stays what it is."""
    if isinstance(error, Unreachable):
        return TLSFailed(
            f"{where} takes connections, but no TLS handshake came about in time.",
            "It may not speak HTTPS: then its address begins with http://.",
        )
    return error


def plain_words(base_url: str) -> str:
    """What plain HTTP means there."""
    if http.is_loopback(base_url):
        return "Plain HTTP, on this machine."
    return "Plain HTTP: whoever is on the way can read the key and every message."


def place_of(proxy: str) -> str:
    """A proxy's host and port, without what may be a password."""
    return urlsplit(proxy).netloc.rpartition("@")[2]


def since(began: float) -> float:
    """Seconds since then, by the clock of `time.perf_counter`."""
    return time.perf_counter() - began
