"""The first request of "Test and connect": the list of models, wherever below an address it is, and why there is none.

Not here: the steps that are read off it (`checking`), what an answer means (`probe.read`).
"""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from playground.adapters.connecting import Marks, speaks_tls
from playground.adapters.exchange import ERRORS, Exchange, exchange
from playground.adapters.probe import failed_details, read, root
from playground.adapters.troubles import before_any_byte, dropped, trouble
from playground.core.checks import bases
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import TLSFailed, Unauthorized
from playground.core.refusals import refusal


@dataclass(frozen=True, slots=True)
class Listed:
    """What the models route has said. `listed`: it gave a list, empty or not."""

    details: Details
    status: int
    listed: bool


async def list_models(client: httpx.AsyncClient, endpoint: Endpoint, marks: Marks) -> Listed:
    """The list of models, wherever below the address it is. Raises what is in `ERRORS`."""
    first: Listed | None = None
    for base_url in bases(endpoint.base_url):
        got = await exchange(client, f"{base_url}/models", endpoint, trace=marks.trace)
        found = Listed(read(_base_of(got, base_url), got, endpoint), got.answer.status, _is_list(got))
        if found.details.state == "loading":
            found = dataclasses.replace(found, details=dataclasses.replace(found.details, error=refusal(got.answer)))
        if found.listed or found.details.state in ("unauthorized", "loading"):
            return found
        # The likeliest address is what counts where none has a list.
        first = first or found
    assert first is not None, "there is always an address to try"
    return first


async def awaited(
    client: httpx.AsyncClient, endpoint: Endpoint, request: asyncio.Task[Listed], *, seconds: float, tls: float
) -> Listed:
    """What the models route says, or why it says nothing. `tls`: seconds to find out whether HTTPS is spoken there."""
    base_url = endpoint.base_url
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(request)
    except (TimeoutError, *ERRORS) as broke:
        error = trouble(broke, base_url)
        if before_any_byte(broke):
            error = dropped(base_url)
            if base_url.startswith("http:") and await speaks_tls(client, endpoint, tls):
                error = TLSFailed(
                    f"{urlsplit(base_url).netloc} speaks HTTPS only.",
                    "Begin its URL with https:// instead of http://.",
                )
    return Listed(failed_details(base_url, error, endpoint), 0, listed=False)


async def with_health(
    client: httpx.AsyncClient, endpoint: Endpoint, error: Unauthorized, seconds: float
) -> Unauthorized:
    """The same, with the comfort that the server is up where it says so to everybody."""
    with suppress(TimeoutError, *ERRORS):
        async with asyncio.timeout(seconds):
            got = await exchange(client, root(endpoint.base_url) + "/health", endpoint, key=False)
            if got.ok and not got.answer.page:
                return Unauthorized(
                    error.what, f"{error.hint} The server itself is up.", error.said, status=error.status
                )
    return error


def _base_of(got: Exchange, base_url: str) -> str:
    """The base URL that a list came from: another one where a redirect led there."""
    return got.url.removesuffix("/models") if got.url.endswith("/models") else base_url


def _is_list(got: Exchange) -> bool:
    listed = got.json.get("data") if isinstance(got.json, dict) else got.json
    return got.ok and isinstance(listed, list)
