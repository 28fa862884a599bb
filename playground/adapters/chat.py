"""The OpenAI client's raw response → our events. The only importer of openai, which is imported late.

The client's own typed objects cost six times the CPU of its raw bytes, so the bytes are read here: all events of one
read (`transport` makes those large) come as one batch. It never retries by itself (the figures would lie), and sends
nothing that was not set.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from functools import lru_cache
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI, Omit

from playground.adapters import (
    http,
    transport,  # noqa: F401 - loaded with this module, in whichever thread that is, and not while the first request waits
)
from playground.adapters.probe import probe
from playground.adapters.rendering import rendered
from playground.adapters.telling import Teller
from playground.adapters.troubles import before_any_byte, dropped, trouble
from playground.core.adapting import Asked
from playground.core.continuing import other_way
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest, EndpointError, Loading, UnknownModel
from playground.core.events import Adapted, Event, Sent, Waiting
from playground.core.learning import Learned
from playground.core.payload import body
from playground.core.reading import BodyReader
from playground.core.redact import redact
from playground.core.refusals import refusal, waking
from playground.core.run import Request
from playground.core.tries import PATIENCE, Patience, Tries
from playground.core.wire_events import REQUEST_ID, Tell

Batch = tuple[Event, ...]
# What can come out of the client besides a response: see `troubles` for what becomes of it.
ERRORS = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError)
# Seconds for the end of a stream whose last event has come, so that the connection can be used again.
DRAIN_SECONDS = 0.1
# Seconds for which the model that an endpoint lists first is taken as known.
MODEL_KNOWN_SECONDS = 30.0

# Endpoints of which is kept what was learned; the one asked first goes first.
MOST_LEARNED = 256

# By endpoint and address: two keys may open two lists of models at one address.
_learned: dict[tuple[str, str], Learned] = {}


class _Dropped(Exception):
    """The connection ended before a byte of the response. `error` is what it is called if it happens again."""

    def __init__(self, error: EndpointError) -> None:
        super().__init__(error.what)
        self.error = error


async def stream(
    request: Request, patience: Patience = PATIENCE, tell: Tell | None = None
) -> AsyncGenerator[Batch, None]:
    """The reply, as batches of events: one batch for each network read, however many tokens it held.

    `tell` is told what goes over the wire, as it does: each try as it is sent, and what comes back, read by read.

    Closing the generator, or cancelling it, closes the connection at once. Raises `PlaygroundError` and nothing else.
    """
    endpoint = request.endpoint
    learned = _learned_of(endpoint)
    tries = Tries(endpoint.base_url, learned, patience)
    listed_again = False
    while True:
        began = False
        tries.at(asyncio.get_running_loop().time())
        try:
            model, found = request.model or endpoint.model, ""
            if model is None:
                model = found = await _first_model(endpoint, learned)
            asked = tries.asks(request, model, asyncio.get_running_loop().time())
            yield (Sent(tries.attempt, asked.mode),)
            teller = Teller(tell, endpoint)
            async with teller, _open(asked, model, tries, teller) as response:
                began = True
                if told := tries.works():
                    yield _redacted(told, endpoint)
                verbatim = asked.mode == "completion"
                async with aclosing(_read(response, tries.base_url, teller, verbatim=verbatim)) as batches:
                    async for batch in batches:
                        yield batch
            return
        except _Dropped as drop:
            wait = tries.after_drop(drop.error, sleeps=endpoint.sleeps)
        except EndpointError as error:
            # Servers echo keys in what they say.
            error.said = redact(error.said, endpoint.secrets)
            if began:
                raise
            if found and isinstance(error, UnknownModel) and not listed_again:
                # It may be another one by now: the list is asked for again, once.
                learned.first_model, learned.known_until, listed_again = None, 0.0, True
                continue
            request, wait = await _again(error, request, tries)
        if wait is not None:
            yield (wait,)
            await asyncio.sleep(wait.seconds or 0)


async def _again(error: EndpointError, request: Request, tries: Tries) -> tuple[Request, Waiting | None]:
    """What is sent next, and after which wait; raises the error where there is nothing left to try."""
    if isinstance(error, BadRequest) and (way := other_way(request.continue_by, error.said)) is not None:
        return dataclasses.replace(request, continue_by=way), None
    if isinstance(error, UnknownModel):
        error.models = await _models(request.endpoint)
    return request, tries.after(error, sleeps=request.endpoint.sleeps)


def prepare() -> None:
    """Loads what the first request would otherwise wait for: the client brings its parts in at their first use."""
    here = "http://127.0.0.1/v1"
    assert (
        _client(here, http.streaming_client(here, Endpoint("", here))).chat.completions.with_streaming_response
        is not None
    )


async def close() -> None:
    """Closes the connections that are kept for the next request."""
    _client.cache_clear()
    await http.close()


def forget() -> None:
    """Forgets what was learned of every endpoint: which address works, what it takes."""
    _learned.clear()


def forget_dialect(endpoint: Endpoint, model: str | None = None, field: str | None = None) -> None:
    """Finds out anew what an endpoint's model takes (None: all its models'); with `field`, only that field.

    For when somebody sets again what was refused before.
    """
    if (learned := _learned.get(_known_as(endpoint))) is not None:
        learned.forget(model, field)


def refused_fields(endpoint: Endpoint, model: str | None) -> frozenset[str]:
    """The fields of a body that a model's server is known not to take; `model` None: the one it lists first."""
    learned = _learned.get(_known_as(endpoint))
    model = model or endpoint.model or (learned.first_model if learned is not None else None)
    if learned is None or model is None:
        return frozenset()
    return learned.dialect(model, asyncio.get_running_loop().time()).refused


def _known_as(endpoint: Endpoint) -> tuple[str, str]:
    return endpoint.name, endpoint.base_url


def _learned_of(endpoint: Endpoint) -> Learned:
    learned = _learned.setdefault(_known_as(endpoint), Learned())
    while len(_learned) > MOST_LEARNED:
        del _learned[next(iter(_learned))]
    return learned


def _redacted(notes: tuple[Adapted, ...], endpoint: Endpoint) -> Batch:
    """Servers echo keys in what they say."""
    return tuple(dataclasses.replace(note, said=redact(note.said, endpoint.secrets)) for note in notes)


@asynccontextmanager
async def _open(asked: Asked, model: str, tries: Tries, teller: Teller) -> AsyncIterator[Any]:
    """The response, once its head has come and says success."""
    request, endpoint = asked.request, asked.request.endpoint
    prompt = await rendered(request, tries.base_url) if request.continue_by == "completion" else None
    mode = asked.mode if prompt is None else "completion"
    sent = body(request, model=model, dialect=asked.dialect, mode=mode, prompt=prompt)
    tries.sends(sent)
    try:
        client = _client(tries.base_url, http.streaming_client(tries.base_url, endpoint))
        # What is given by name is checked and copied value by value, 160 µs for each message, before anything goes out:
        # so the body goes past that, and the names hold what it replaces.
        opening: Any
        if mode == "chat":
            opening = client.chat.completions.with_streaming_response.create(
                model=model, messages=(), stream=True, extra_headers=_headers(endpoint), extra_body=sent
            )
        else:
            opening = client.completions.with_streaming_response.create(
                model=model, prompt="", stream=True, extra_headers=_headers(endpoint), extra_body=sent
            )
        with teller.watching():
            response = await opening.__aenter__()
    except http.Refused as refused:
        teller.refused(refused)
        answer = refused.answer(sent_key=endpoint.key is not None, model=model)
        raise refusal(answer) from None
    except ERRORS as error:
        if before_any_byte(error):
            raise _Dropped(dropped(tries.base_url)) from error
        raise trouble(error, tries.base_url) from error
    teller.answered(response)
    try:
        yield response
    finally:
        await opening.__aexit__(None, None, None)


@lru_cache(maxsize=64)
def _client(base_url: str, connections: httpx2.AsyncClient) -> AsyncOpenAI:
    """One for each address, since making one takes a thread and a millisecond of every first token.

    Everything that the client would take from the environment is given here, or taken out on the way (`http`).
    """
    return AsyncOpenAI(
        base_url=base_url,
        # One has to be given, or the client sends the one that it finds in the environment. The endpoint's own key goes
        # with each request.
        api_key="none",
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        max_retries=0,
        default_headers={"User-Agent": http.USER_AGENT, "Accept-Encoding": "identity"},
        http_client=connections,
        timeout=httpx2.Timeout(None, connect=http.CONNECT_SECONDS),
    )


def _headers(endpoint: Endpoint) -> dict[str, Any]:
    """The key is given with each request: one in the client's OPENAI_CUSTOM_HEADERS would come before its own.

    Each request has an id of its own, under which servers log it.
    """
    authorization = http.bearer(endpoint.key)
    return {
        "Authorization": Omit() if authorization is None else authorization,
        REQUEST_ID: uuid.uuid4().hex,
    }


async def _read(response: Any, base_url: str, teller: Teller, *, verbatim: bool) -> AsyncGenerator[Batch, None]:
    reader = BodyReader(response.headers.get("content-type", ""), response.status_code, verbatim=verbatim)
    try:
        # Of the response below the client's: the client's own iterator leaves this one open when it is closed.
        async with aclosing(response.http_response.aiter_bytes()) as received:
            async for data in received:
                teller.received(data)
                if events := reader.feed(data):
                    yield events
                if reader.failure is not None:
                    raise reader.failure
                if reader.complete:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(DRAIN_SECONDS):
                            await anext(received, b"")
                    return
    except ERRORS as error:
        # Whatever breaks after the finish reason, the answer is whole.
        if not reader.whole:
            raise trouble(error, base_url) from error
    if events := reader.end():
        yield events
    if reader.failure is not None:
        raise reader.failure


async def _first_model(endpoint: Endpoint, learned: Learned) -> str:
    """The model nobody has named: the first that the endpoint lists and that can chat, for all that is known."""
    now = asyncio.get_running_loop().time()
    if learned.first_model is not None and now < learned.known_until:
        return learned.first_model
    details = await probe(endpoint)
    if (first := details.first) is not None:
        learned.base_url = details.base_url
        learned.first_model, learned.known_until = first.id, now + MODEL_KNOWN_SECONDS
        return first.id
    raise _no_model(details)


def _no_model(details: Details) -> Exception:
    if details.error is not None:
        return details.error
    if details.state == "waking":
        return waking()
    if details.state == "loading":
        return Loading("The model is still loading.", "It took longer than the playground waits. Try again in a while.")
    return UnknownModel(
        "The endpoint lists no models.", "Name one: start the playground with --model, or set PLAYGROUND_MODEL."
    )


async def _models(endpoint: Endpoint) -> tuple[str, ...]:
    return tuple(model.id for model in (await probe(endpoint)).models)
