"""The transport for answers: httpx2's own library, httpcore2, with our own sockets below it (`network`).

httpcore2 gives a body's chunks one by one, each through five layers of generators: for a burst, that is half of what an
answer costs. So what one read has brought is made one chunk (`core.chunks`) before httpcore2 sees it, which remains the
judge of every response; connections, TLS, proxies and errors are its own. Imported late, as openai is.

Not here: which proxy, which authorities, which headers (`http`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

import httpcore2
import httpx2

from playground.adapters import network
from playground.core.chunks import Chunks

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
    """Connections for one event loop. `proxy` is the address of one, or None."""

    def __init__(self, verify: ssl.SSLContext, proxy: str | None = None) -> None:
        kept: dict[str, Any] = {
            "ssl_context": verify,
            "max_connections": None,
            "max_keepalive_connections": KEPT,
            "keepalive_expiry": KEPT_SECONDS,
            "network_backend": _Network(),
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


class _Network(httpcore2.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's own parameter, here and below
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        async with _limit(timeout, httpcore2.ConnectTimeout, httpcore2.ConnectError):
            return _Stream(await network.connect(host, port, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpcore2.AsyncNetworkStream):
    """One connection. What is read between two writes is one response."""

    def __init__(self, wire: network.Wire) -> None:
        self._wire = wire
        self._chunks = Chunks()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        async with _limit(timeout, httpcore2.ReadTimeout, httpcore2.ReadError):
            while received := await self._wire.read():
                # Nothing, where what came is no more than the beginning of a chunk: an empty read would be the end.
                if data := self._chunks.feed(received):
                    return data
            return self._chunks.end()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        self._chunks = Chunks()
        async with _limit(timeout, httpcore2.WriteTimeout, httpcore2.WriteError):
            await self._wire.write(buffer)

    async def aclose(self) -> None:
        self._wire.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore2.AsyncNetworkStream:
        async with _limit(timeout, httpcore2.ConnectTimeout, httpcore2.ConnectError):
            return _Stream(await network.secure(self._wire, ssl_context, server_hostname))

    def get_extra_info(self, info: str) -> Any:
        return network.about(self._wire, info)


@asynccontextmanager
async def _limit(
    seconds: float | None, late: type[httpcore2.TimeoutException], broken: type[httpcore2.NetworkError]
) -> AsyncIterator[None]:
    """What goes wrong on the network, and what takes too long, as httpcore2 calls it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error


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
