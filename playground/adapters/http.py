"""One policy for every connection to an endpoint, in both libraries' clients: time limits, TLS, proxies, headers.

TLS is always checked. A private authority is trusted by `SSL_CERT_FILE` (or `SSL_CERT_DIR`) or by `trust`, a proxy used
by the standard variables (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`); what this machine says to itself never goes through
one. Redirects are not followed and cookies not kept: a key, headers and a prompt go to the address they were meant for
and to no other, and one visitor's request tells nothing of another's. Endpoints whose reach is not the same never share
a connection.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import certifi
import httpx

from playground import __version__
from playground.adapters import headers
from playground.core.addresses import Reach, not_allowed
from playground.core.endpoint import Endpoint
from playground.core.errors import Unauthorized, Unreachable
from playground.core.refusals import Answer
from playground.core.secret import Secret

if TYPE_CHECKING:
    import httpx2

# Seconds. Only the connection has a limit: a long prompt is worked on for minutes before the first token comes.
CONNECT_SECONDS = 10.0
# An error's body is read for so many seconds, and so many bytes of it.
REFUSAL_SECONDS = 2.0
REFUSAL_BYTES = 2**16
USER_AGENT = f"inference-playground/{__version__}"


class Refused(Exception):
    """A response that is none of success, whole as far as it was read."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.headers = headers
        self.body = body

    def answer(self, *, sent_key: bool, model: str) -> Answer:
        return Answer(self.status, self.headers, self.body, sent_key, model, time.time())


_trusted: Path | None = None


def trust(file: Path | None) -> None:
    """From now on the authorities in a file count too, for every endpoint. Once, before anybody is connected to."""
    global _trusted
    _trusted = file
    tls.cache_clear()


@cache
def tls() -> ssl.SSLContext:
    """The system's authorities and certifi's, or those that the standard variables name instead; and those of `trust`.

    Raises OSError where that file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if not os.environ.get("SSL_CERT_FILE") and not os.environ.get("SSL_CERT_DIR"):
        context.load_verify_locations(certifi.where())
    if _trusted is not None:
        context.load_verify_locations(_trusted)
    return context


def bearer(key: Secret | None) -> str | None:
    """The Authorization header for a key. Raises `Unauthorized` where a header cannot carry it."""
    if key is None:
        return None
    value = key.reveal()
    if not value:
        raise Unauthorized("The API key is kept no longer.", "Connect to the endpoint again, with its key.")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise Unauthorized(
            "The API key holds characters that no key has.",
            "It is probably not copied whole, or something else was copied with it. Set it again.",
        )
    return f"Bearer {value}"


def is_loopback(url: str) -> bool:
    """Whether an address is this machine itself, which no proxy can stand for."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxy(url: str) -> str | None:
    """The proxy that the environment (or macOS) names for an address. Raises `Unreachable` where it is of no use."""
    parts = urlsplit(url)
    if is_loopback(url) or urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    named = urllib.request.getproxies()
    address = named.get(parts.scheme) or named.get("all")
    if not address:
        return None
    if "://" not in address:
        address = f"http://{address}"
    with suppress(ValueError):
        asked = urlsplit(address)
        # Read for its error: a port has to be a number.
        if asked.scheme in ("http", "https") and asked.hostname and asked.port != 0:
            return address
    raise Unreachable(
        "The proxy that the environment names cannot be used.",
        "Check ALL_PROXY, HTTPS_PROXY and HTTP_PROXY: an http:// address works, a socks one does not.",
    )


def through(base_url: str, endpoint: Endpoint) -> str | None:
    """The proxy between here and an endpoint, None where there is none.

    Raises `Unreachable` where the proxy's setting is of no use; `NotAllowed` where the address cannot be judged, since
    the proxy looks it up, and the operator has not listed it.
    """
    address = proxy(base_url)
    host = urlsplit(base_url).hostname or ""
    if address is not None and endpoint.reach is not None and not endpoint.reach.knows(host):
        raise not_allowed(host, endpoint.reach, proxied=True)
    return address


def quick_client(base_url: str, seconds: float, endpoint: Endpoint) -> httpx.AsyncClient:
    """A client for short questions (models, health) to one endpoint. Raises what `through` does.

    The endpoint's headers go with each, and nothing secret goes anywhere else.
    """
    # Late: httpx too brings its httpcore in with the first client.
    from playground.adapters.quick_transport import QuickTransport

    address = through(base_url, endpoint)
    transport: httpx.AsyncBaseTransport
    if address is None:
        transport = QuickTransport(tls(), endpoint.reach)
    else:
        # Its own TLS, where it has any, is checked by the same authorities.
        proxy_tls = tls() if address.startswith("https:") else None
        transport = httpx.AsyncHTTPTransport(
            verify=tls(), proxy=httpx.Proxy(address, ssl_context=proxy_tls), trust_env=False
        )
    return httpx.AsyncClient(
        transport=transport,
        timeout=seconds,
        follow_redirects=False,
        cookies=_no_cookies(),
        headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
        event_hooks={"request": [partial(headers.only_there, headers.own(base_url, endpoint))]},
        trust_env=False,
    )


# By event loop, and by what must not share a connection: the proxy, the reach, and an endpoint's own headers.
Kept = tuple[str | None, Reach | None, headers.Own | None]
_streaming: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Kept, httpx2.AsyncClient]] = WeakKeyDictionary()


def streaming_client(base_url: str, endpoint: Endpoint) -> httpx2.AsyncClient:
    """The client for answers from there, one for all endpoints with neither: connections are kept and used again.

    A response that is none of success comes as `Refused`. Raises what `through` does.
    """
    # Late: they come with openai, which is imported after the page can be served.
    import httpx2

    from playground.adapters.transport import Transport

    clients = _streaming.setdefault(asyncio.get_running_loop(), {})
    address = through(base_url, endpoint)
    own = headers.own(base_url, endpoint) if endpoint.headers else None
    kept = (address, endpoint.reach, own)
    if kept not in clients:
        clients[kept] = httpx2.AsyncClient(
            # Where there is a proxy, the reach was asked already; the proxy itself is the operator's.
            transport=Transport(tls(), address, endpoint.reach if address is None else None),
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            follow_redirects=False,
            cookies=_no_cookies(),
            event_hooks={"request": [partial(headers.only_ours, own)], "response": [_refuse]},
            trust_env=False,
        )
    return clients[kept]


async def close() -> None:
    """Closes the connections that this event loop keeps."""
    for client in _streaming.pop(asyncio.get_running_loop(), {}).values():
        await client.aclose()


async def first_bytes(
    chunks: AsyncIterator[bytes], most: int, seconds: float, broken: type[Exception] = httpx.HTTPError
) -> bytes:
    """The beginning of a body, as far as it comes in time; what breaks it off (`broken`) is no matter."""
    begun = bytearray()
    with suppress(TimeoutError, broken):
        async with asyncio.timeout(seconds):
            async for chunk in chunks:
                begun += chunk
                if len(begun) >= most:
                    break
    return bytes(begun[:most])


async def _refuse(response: httpx2.Response) -> None:
    if response.is_success:
        headers.put_back(response.request)
        return
    import httpx2  # late, as above

    body = await first_bytes(response.aiter_bytes(), REFUSAL_BYTES, REFUSAL_SECONDS, httpx2.HTTPError)
    raise Refused(response.status_code, dict(response.headers.items()), body)


def _no_cookies() -> CookieJar:
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))
