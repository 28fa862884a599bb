"""One small request to a model, its stream read to the first text or to the end: for checks and trials, not for chats.

Through the client for short questions, so that the same address rules hold. What is learned of an endpoint in a chat
(`chat`) is neither used nor changed here: the request goes out exactly as given.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from playground.adapters.exchange import ERRORS, Exchange, exchanged, opened
from playground.adapters.http import REFUSAL_BYTES, REFUSAL_SECONDS, first_bytes
from playground.adapters.troubles import trouble
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError
from playground.core.events import Sent
from playground.core.reading import BodyReader
from playground.core.redact import redact
from playground.core.refusals import refusal
from playground.core.reply import Reply, ReplyBuilder

# Bytes of a stream that are kept for showing.
KEPT = 2**16


@dataclass(frozen=True, slots=True)
class Streamed:
    """What came. `exchange` is None where there was no response; `error` is None where there was an answer.

    `reply` holds what was read of it; its times begin with the request at 0.
    """

    exchange: Exchange | None
    reply: Reply
    error: EndpointError | None


async def streamed(
    client: httpx.AsyncClient,
    url: str,
    endpoint: Endpoint,
    body: Mapping[str, Any],
    *,
    seconds: float,
    to_first_text: bool = False,
) -> Streamed:
    """Sends it once. Never raises for what a server does. `seconds` for all of it."""
    began = time.perf_counter()
    builder = ReplyBuilder()
    builder.feed(Sent(1), 0.0)
    kept = bytearray()
    done: Exchange | None = None
    error: EndpointError | None = None
    try:
        async with asyncio.timeout(seconds), opened(client, url, endpoint, body) as response:
            if response.is_success:
                error = await _read(response, builder, kept, began, to_first_text=to_first_text)
            else:
                kept += await first_bytes(response.aiter_bytes(), REFUSAL_BYTES, REFUSAL_SECONDS)
            done = exchanged(response, endpoint, body, bytes(kept), time.perf_counter() - began)
            if not response.is_success:
                error = refusal(done.answer)
    except (TimeoutError, *ERRORS) as broke:
        error = trouble(broke, url)
    if error is not None:
        error.said = redact(error.said, endpoint.secrets)
    return Streamed(done, builder.reply, error)


async def _read(
    response: httpx.Response, builder: ReplyBuilder, kept: bytearray, began: float, *, to_first_text: bool
) -> EndpointError | None:
    """Feeds what comes; what is wrong with it is returned, since text may stand before it."""
    reader = BodyReader(response.headers.get("content-type", ""), response.status_code)
    async for data in response.aiter_bytes():
        kept += data[: KEPT - len(kept)]
        at = time.perf_counter() - began
        for event in reader.feed(data):
            builder.feed(event, at)
        if reader.failure is not None or reader.complete:
            return reader.failure
        if to_first_text and builder.reply.first_token_at is not None:
            return None
    for event in reader.end():
        builder.feed(event, time.perf_counter() - began)
    return reader.failure
