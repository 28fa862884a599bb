"""One policy for every connection to an endpoint, in both libraries' clients: time limits, TLS, proxies, headers.

TLS is always checked. A private authority is trusted by `SSL_CERT_FILE` (or `SSL_CERT_DIR`), a proxy used by the
standard variables (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`); what this machine says to itself never goes through one.
Redirects are not followed and cookies not kept: a key and a prompt go to the address they were meant for and to no
other, and one visitor's request tells nothing of another's.
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
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import certifi
import httpx

from playground import __version__
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
# Every header that goes out. A library's other ones tell of this machine, or come from its environment.
SENT = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent", "authorization"}
)
_TAKEN_OUT = "playground.taken_out"


class Refused(Exception):
    """A response that is none of success, whole as far as it was read."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.headers = headers
        self.body = body

    def answer(self, *, sent_key: bool, model: str) -> Answer:
        return Answer(self.status, self.headers, self.body, sent_key, model, time.time())


@cache
def tls() -> ssl.SSLContext:
    """The system's authorities and certifi's, or those that the standard variables name instead."""
    context = ssl.create_default_context()
    if not os.environ.get("SSL_CERT_FILE") and not os.environ.get("SSL_CERT_DIR"):
        context.load_verify_locations(certifi.where())
    return context


def bearer(key: Secret | None) -> str | None:
    """The Authorization header for a key. Raises `Unauthorized` where a header cannot carry it."""
    if key is None:
        return None
    value = key.reveal()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
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


def quick_client(base_url: str, seconds: float) -> httpx.AsyncClient:
    """A client for short questions (models, health). Raises `Unreachable` where the proxy's setting is of no use."""
    through = proxy(base_url)
    # Its own TLS, where it has any, is checked by the same authorities.
    proxy_tls = tls() if through is not None and through.startswith("https:") else None
    return httpx.AsyncClient(
        verify=tls(),
        timeout=seconds,
        follow_redirects=False,
        cookies=_no_cookies(),
        headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
        proxy=None if through is None else httpx.Proxy(through, ssl_context=proxy_tls),
        trust_env=False,
    )


# By event loop, and by the proxy.
_streaming: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str | None, httpx2.AsyncClient]] = WeakKeyDictionary()


def streaming_client(base_url: str) -> httpx2.AsyncClient:
    """The client for answers from there, one for the whole app: connections are kept and used again.

    A response that is none of success comes as `Refused`. Raises `Unreachable` where the proxy's setting is of no use.
    """
    # Late: they come with openai, which is imported after the page can be served.
    import httpx2

    from playground.adapters.transport import Transport

    clients = _streaming.setdefault(asyncio.get_running_loop(), {})
    through = proxy(base_url)
    if through not in clients:
        clients[through] = httpx2.AsyncClient(
            transport=Transport(tls(), through),
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
            follow_redirects=False,
            cookies=_no_cookies(),
            event_hooks={"request": [_only_ours], "response": [_refuse]},
            trust_env=False,
        )
    return clients[through]


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


async def _only_ours(request: httpx2.Request) -> None:
    others = {name: value for name, value in request.headers.items() if name not in SENT}
    for name in others:
        del request.headers[name]
    request.extensions[_TAKEN_OUT] = others


async def _refuse(response: httpx2.Response) -> None:
    if response.is_success:
        # The openai client keeps marks for itself among the headers, and looks for them when the response is there.
        response.request.headers.update(response.request.extensions[_TAKEN_OUT])
        return
    import httpx2  # late, as above

    body = await first_bytes(response.aiter_bytes(), REFUSAL_BYTES, REFUSAL_SECONDS, httpx2.HTTPError)
    raise Refused(response.status_code, dict(response.headers.items()), body)


def _no_cookies() -> CookieJar:
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))
