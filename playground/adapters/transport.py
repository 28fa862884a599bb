"""The transport for answers: httpx2's own library, httpcore2, with our own sockets below it (`network`).

httpcore2 gives a body's chunks one by one, each through five layers of generators: for a burst, that is half of what an
answer costs. So what one read has brought is made one chunk (`streams`) before httpcore2 sees it, which remains the
judge of every response; connections, TLS, proxies and errors are its own. Imported late, as openai is.

Not here: which proxy, which authorities, which headers (`http`).
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import httpcore2
import httpx2

from playground.adapters.streams import Network
from playground.core.addresses import Reach

# Connections that are kept though nobody uses them, and seconds for which: most servers close theirs after five.
KEPT, KEPT_SECONDS = 20, 5.0
# What httpcore2 raises has the names of what httpx2 does.
ERRORS: dict[type[Exception], type[httpx2.HTTPError]] = {
    httpcore2.ConnectTimeout: httpx2.ConnectTimeout,
    httpcore2.ReadTimeout: httpx2.ReadTimeout,
    httpcore2.WriteTimeout: httpx2.WriteTimeout,
    httpcore2.PoolTimeout: httpx2.PoolTimeout,
    httpcore2.ConnectError: httpx2.ConnectError,
    httpcore2.ReadError: httpx2.ReadError,
    httpcore2.WriteError: httpx2.WriteError,
    httpcore2.LocalProtocolError: httpx2.LocalProtocolError,
    httpcore2.RemoteProtocolError: httpx2.RemoteProtocolError,
    httpcore2.ProxyError: httpx2.ProxyError,
    httpcore2.UnsupportedProtocol: httpx2.UnsupportedProtocol,
}


class Transport(httpx2.AsyncBaseTransport):
    """Connections for one event loop. `proxy` is the address of one, or None; `reach` is where they may lead.

    Through a proxy it is the proxy that is connected to, so that `reach` has to be None there.
    """

    def __init__(self, verify: ssl.SSLContext, proxy: str | None = None, reach: Reach | None = None) -> None:
        kept: dict[str, Any] = {
            "ssl_context": verify,
            "max_connections": None,
            "max_keepalive_connections": KEPT,
            "keepalive_expiry": KEPT_SECONDS,
            "network_backend": Network(httpcore2, reach),
        }
        self._pool = (
            httpcore2.AsyncConnectionPool(**kept)
            if proxy is None
            else httpcore2.AsyncHTTPProxy(**_proxy(proxy, verify), **kept)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = httpcore2.Request(
            request.method,
            _url(request.url),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _errors_of_httpx2():
            response = await self._pool.handle_async_request(asked)
        return httpx2.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=dict(response.extensions),
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Of an answer got asynchronously it is an asynchronous generator; the library's type allows other kinds.
        stream = aiter(self._response.stream)  # type: ignore[arg-type]  # see above
        with _errors_of_httpx2():
            # Closed with this one, in the same task, and not when it is collected.
            async with aclosing(stream):  # type: ignore[type-var]  # see above
                async for data in stream:
                    yield data

    async def aclose(self) -> None:
        with _errors_of_httpx2():
            await self._response.aclose()


def _proxy(address: str, verify: ssl.SSLContext) -> dict[str, Any]:
    url = httpx2.URL(address)
    return {
        "proxy_url": _url(url.copy_with(userinfo=b"")),
        "proxy_auth": (url.username.encode(), url.password.encode()) if url.userinfo else None,
        # Its own TLS, where it has any, is checked by the same authorities.
        "proxy_ssl_context": verify if url.scheme == "https" else None,
    }


def _url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


@contextmanager
def _errors_of_httpx2() -> Iterator[None]:
    try:
        yield
    except tuple(ERRORS) as error:
        raise ERRORS[type(error)](str(error)) from error
