"""One policy for every connection to an endpoint, in both libraries' clients: time limits, TLS, proxies, headers.

TLS is always checked. A private authority is trusted by `SSL_CERT_FILE` (or `SSL_CERT_DIR`), a proxy used by the
standard variables (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`); what this machine says to itself never goes through one.
Redirects are not followed and cookies not kept: a key and a prompt go to the address they were meant for and to no
other, and one visitor's request tells nothing of another's.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
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
REFUSAL_SECONDS = 10.0
REFUSAL_BYTES = 2**16
USER_AGENT = f"inference-playground/{__version__}"
LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
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


def quick_client(seconds: float) -> httpx.AsyncClient:
    """A client for short questions (models, health). Raises `Unreachable` where the proxy's setting is of no use."""
    with _proxy_setting():
        return httpx.AsyncClient(
            verify=tls(),
            timeout=seconds,
            follow_redirects=False,
            cookies=_no_cookies(),
            headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
            mounts={pattern: httpx.AsyncHTTPTransport(verify=tls()) for pattern in LOOPBACK},
        )


_streaming: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()


def streaming_client() -> httpx2.AsyncClient:
    """The event loop's one client for answers: connections are kept and used again.

    A response that is none of success comes as `Refused`. Raises `Unreachable` where the proxy's setting is of no use.
    """
    import httpx2  # late: it comes with openai, which is imported after the page can be served

    loop = asyncio.get_running_loop()
    if loop not in _streaming:
        with _proxy_setting():
            _streaming[loop] = httpx2.AsyncClient(
                verify=tls(),
                timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
                follow_redirects=False,
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
                cookies=_no_cookies(),
                event_hooks={"request": [_only_ours], "response": [_refuse]},
                mounts={pattern: httpx2.AsyncHTTPTransport(verify=tls()) for pattern in LOOPBACK},
            )
    return _streaming[loop]


async def close() -> None:
    """Closes the connections that this event loop keeps."""
    client = _streaming.pop(asyncio.get_running_loop(), None)
    if client is not None:
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


@contextmanager
def _proxy_setting() -> Iterator[None]:
    """Turns the libraries' complaints about a proxy's address into ours."""
    try:
        yield
    # ImportError: a SOCKS proxy needs a package that is not installed.
    except (ImportError, ValueError, httpx.InvalidURL):
        raise Unreachable(
            "The proxy that the environment names cannot be used.",
            "Check ALL_PROXY, HTTPS_PROXY and HTTP_PROXY: an http:// address works, a socks one does not.",
        ) from None
