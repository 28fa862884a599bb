"""Reads an endpoint's Prometheus page: bounded in time and size, on a connection of its own, parsed in a thread.

The key and headers of an endpoint go along to its own scheme, host and port alone. Not here: when it is asked
(`metrics`), what the lines mean (`core.metric_page`).
"""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import httpx

from playground.adapters.exchange import ERRORS, opened
from playground.adapters.http import quick_client
from playground.adapters.probe import root
from playground.adapters.troubles import trouble
from playground.core.endpoint import Endpoint, candidates, origin
from playground.core.errors import Unauthorized
from playground.core.metric_page import Page, page
from playground.core.metric_states import PageState, state_of
from playground.core.metric_table import WANTED, plain

SECONDS = 3.0
MOST_BYTES = 4 * 2**20
# A line's characters, and lines of those that are read: far more than any server has. The library's time grows with
# the square of a line.
MOST_LINE = 4096
MOST_LINES = 20_000
_NAME = re.compile(rb"[ \t]*([A-Za-z_:][\w:]*)")


class NoPage(Exception):
    """There is no page to be read; `state` says why."""

    def __init__(self, state: PageState) -> None:
        super().__init__(state)
        self.state = state


def place(endpoint: Endpoint, base_url: str | None) -> str:
    """Where an endpoint's page is: where the operator says, else beside its API. `base_url`: the one that answered."""
    return endpoint.metrics or root(base_url or candidates(endpoint.base_url)[0]) + "/metrics"


class PageReader:
    """One endpoint's page, over a connection that is kept from look to look."""

    def __init__(self, endpoint: Endpoint, url: str, seconds: float = SECONDS) -> None:
        self.of = (endpoint, url)
        self._url = url
        own = origin(url) == origin(endpoint.base_url)
        self._endpoint = endpoint if own else replace(endpoint, key=None, headers=())
        self._seconds = seconds
        self._client: httpx.AsyncClient | None = None

    async def look(self) -> Page:
        """Raises `NoPage`, and nothing else for what a server does."""
        try:
            async with asyncio.timeout(self._seconds):
                body = await self._body()
        except TimeoutError:
            await self.close()
            raise NoPage("slow") from None
        except ERRORS as error:
            await self.close()
            refused = isinstance(trouble(error, self._url), Unauthorized)
            raise NoPage("refused" if refused else "unreachable") from None
        # When it came, not when it has been read: another thread's turn may be late.
        at = time.monotonic()
        return await asyncio.to_thread(parsed, at, body)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _body(self) -> bytes:
        if self._client is None:
            # The limit for all of it is in `look`.
            self._client = quick_client(self._url, 2 * self._seconds, self._endpoint)
        async with opened(self._client, self._url, self._endpoint, None) as response:
            if not response.is_success:
                raise NoPage(state_of(response.status_code))
            if "html" in response.headers.get("content-type", ""):
                raise NoPage("not_metrics")
            body = bytearray()
            # As it came: what a library unpacks may be a thousand times as much.
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise NoPage("huge")
            return _unpacked(bytes(body), response.headers.get("content-encoding", "identity").strip().lower())


def parsed(at: float, body: bytes) -> Page:
    """The page in a body. Raises `NoPage` where it is none, or has nothing that is known."""
    found = page(at, _samples(body))
    if not found.values:
        raise NoPage("strange" if _looks_like_metrics(body) else "not_metrics")
    return found


def _samples(body: bytes) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """The lines that are read, by the library; one that it cannot read is as if it were not there."""
    # Late: nothing needs it before somebody looks.
    from prometheus_client.parser import text_string_to_metric_families

    lines = 0
    for line in body.splitlines():
        if len(line) > MOST_LINE or not _wanted(line):
            continue
        lines += 1
        if lines > MOST_LINES:
            raise NoPage("huge")
        try:
            for family in text_string_to_metric_families(line.decode("utf-8", "replace")):
                for sample in family.samples:
                    yield sample.name, sample.labels, float(sample.value)
        except (ValueError, IndexError, OverflowError):
            continue


def _wanted(line: bytes) -> bool:
    found = _NAME.match(line)
    return found is not None and plain(found[1].decode()) in WANTED


def _looks_like_metrics(body: bytes) -> bool:
    """Whether most of the beginning are comments, or names followed by a value."""
    lines = [line for line in body[:MOST_LINE].splitlines() if line.strip()][:20]
    like = [
        line for line in lines if line.startswith(b"#") or re.match(rb"[A-Za-z_:][\w:]*(\{.*)?[ \t]+[-+\d.NI]", line)
    ]
    return bool(lines) and 2 * len(like) > len(lines)


def _unpacked(body: bytes, encoding: str) -> bytes:
    """Some servers pack it without having been asked to."""
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise NoPage("not_metrics")
    # Either head, zlib's or gzip's.
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        whole = unpacking.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise NoPage("not_metrics") from None
    if len(whole) > MOST_BYTES:
        raise NoPage("huge")
    return whole
