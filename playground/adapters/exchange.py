"""One question to an endpoint and its whole answer, through the client for short questions (`http.quick_client`).

The one place where a redirect is followed: only to the same scheme, host and port, since the key goes with it. Not
here: what is asked (`probe`, `checking`, `trying`), what an answer means (`core.refusals`).
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from playground.adapters.http import REFUSAL_BYTES, bearer, first_bytes
from playground.adapters.troubles import before_any_byte
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError
from playground.core.refusals import Answer

# What can come out of the client besides a response: see `troubles` for what becomes of it. An `EndpointError` is one
# of our own, raised where a connection is made: an address that may not be connected to, for one.
ERRORS = (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, EndpointError)
MAX_BODY = 4 * 2**20
# Seconds for a body whose head has come.
BODY_SECONDS = 5.0
_REDIRECTS = 3
Trace = Callable[[str, Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent (None for a GET) and what came, read as far as it counts.

    `url` is the one that answered: another than the one asked where a redirect was followed. `json` is None where the
    body is none. `seconds`: from the question to the answer's end.
    """

    method: str
    url: str
    sent: Mapping[str, Any] | None
    answer: Answer
    json: Any
    seconds: float

    @property
    def ok(self) -> bool:
        return 200 <= self.answer.status < 300


async def exchange(
    client: httpx.AsyncClient,
    url: str,
    endpoint: Endpoint,
    body: Mapping[str, Any] | None = None,
    *,
    key: bool = True,
    trace: Trace | None = None,
    body_seconds: float = BODY_SECONDS,
) -> Exchange:
    """Asks once: a POST where there is a body. `key`: whether the endpoint's goes with it.

    Raises what is in `ERRORS`. `trace` is httpx's own extension: it is told of each step of the connection.
    """
    began = time.perf_counter()
    async with opened(client, url, endpoint, body, key=key, trace=trace) as response:
        most = MAX_BODY if response.is_success else REFUSAL_BYTES
        received = await first_bytes(response.aiter_bytes(), most, body_seconds)
    return exchanged(response, endpoint, body, received, time.perf_counter() - began)


@asynccontextmanager
async def opened(
    client: httpx.AsyncClient,
    url: str,
    endpoint: Endpoint,
    body: Mapping[str, Any] | None,
    *,
    key: bool = True,
    trace: Trace | None = None,
) -> AsyncGenerator[httpx.Response, None]:
    """The response whose head has come, after the redirects that may be followed. As `exchange` else."""
    method = "GET" if body is None else "POST"
    authorization = bearer(endpoint.key) if key else None
    headers = {} if authorization is None else {"authorization": authorization}
    extensions = {} if trace is None else {"trace": trace}
    for left in reversed(range(_REDIRECTS + 1)):
        request = client.build_request(method, url, headers=headers, json=body, extensions=extensions)
        response = await _sent(client, request)
        try:
            onward = _onward(url, response)
            if onward is None or not left:
                yield response
                return
        finally:
            await response.aclose()
        url = onward


async def _sent(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    try:
        return await client.send(request, stream=True)
    except ERRORS as error:
        if not before_any_byte(error):
            raise
    # A connection that was kept, and that the server had just closed: servers do, without a fault of anybody's.
    return await client.send(request, stream=True)


def exchanged(
    response: httpx.Response, endpoint: Endpoint, body: Mapping[str, Any] | None, received: bytes, seconds: float
) -> Exchange:
    """The record of a request and what was read of its response."""
    answer = Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=received,
        sent_key="authorization" in response.request.headers,
        model=str((body or {}).get("model") or endpoint.model or ""),
        now=time.time(),
    )
    return Exchange(response.request.method, str(response.request.url), body, answer, parsed(received), seconds)


def parsed(body: bytes) -> Any:
    """The JSON in a body; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _onward(url: str, response: httpx.Response) -> str | None:
    """Where a redirect leads that may be followed. One that would turn a POST into a GET may not."""
    if response.status_code not in (307, 308) and not (
        response.status_code in (301, 302) and response.request.method == "GET"
    ):
        return None
    try:
        place = urljoin(url, response.headers.get("location", ""))
        same = _origin(place) == _origin(url)
    except ValueError:
        return None
    return place if same and place != url else None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
