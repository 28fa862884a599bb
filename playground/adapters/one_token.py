"""One token from a model, by whichever way it answers; and what an endpoint is for, where it answers by none."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass

import httpx

from playground.adapters.exchange import ERRORS, exchange
from playground.adapters.streamed import Streamed, streamed
from playground.core.capabilities import Ability, Claim
from playground.core.checks import (
    KINDS,
    ROUTES,
    bases,
    modes,
    no_chat,
    other_mode_may,
    small_body,
    tried,
)
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest, EndpointError, PathNotFound
from playground.core.parameter import Mode

# Seconds for each question about what else an endpoint is for.
KIND_SECONDS = 5.0
# What a route answers that is not there, or not for this model.
_ABSENT = frozenset({401, 403, 404, 405, 501})


@dataclass(frozen=True, slots=True)
class Token:
    """What came of it. `details` has the base URL that answered, and what was proved by the way.

    `model` is None where none is named and none listed: then nothing was sent. `first_token` and `seconds` are seconds
    from the request, to the first text and to the end.
    """

    details: Details
    model: str | None
    mode: Mode | None = None
    first_token: float | None = None
    seconds: float | None = None
    text: str = ""
    error: EndpointError | None = None


async def one_token(
    client: httpx.AsyncClient, endpoint: Endpoint, details: Details, *, listed: bool, seconds: float
) -> Token:
    """Never raises for what an endpoint does. `listed`: the base URL is known to be right, by a list of models."""
    chosen = endpoint.model or (details.first.id if details.first else None)
    known = details.model(chosen)
    sole = (known.capabilities if known else details.routes).sole
    if sole is not None and sole.origin != "guessed":
        return Token(details, chosen, error=no_chat(sole.ability, sole.source))
    if chosen is None:
        return await _kind(client, endpoint, details, Token(details, None))
    places = (details.base_url,) if listed else tuple(dict.fromkeys((details.base_url, *bases(endpoint.base_url))))
    refused: EndpointError | None = None
    for mode in modes(details, chosen):
        base_url, got = await _ask(client, places, endpoint, mode, chosen, seconds)
        if got.error is None:
            return _answered(details, base_url, chosen, mode, got)
        refused = refused or got.error
        if not other_mode_may(got.error):
            return Token(details, chosen, seconds=_seconds(got), error=got.error)
    assert refused is not None, "there is always a way to try"
    return await _kind(client, endpoint, details, Token(details, chosen, error=refused))


async def _ask(
    client: httpx.AsyncClient,
    places: tuple[str, ...],
    endpoint: Endpoint,
    mode: Mode,
    model: str,
    seconds: float,
) -> tuple[str, Streamed]:
    """The answer, and the base URL it came from: the first that has the route, else the first."""
    none: tuple[str, Streamed] | None = None
    for base_url in places:
        url = base_url + ROUTES[mode]
        got = await streamed(client, url, endpoint, small_body(mode, model), seconds=seconds, to_first_text=True)
        if isinstance(got.error, BadRequest) and "max_tokens" in got.error.said:
            body = small_body(mode, model, limit=False)
            got = await streamed(client, url, endpoint, body, seconds=seconds, to_first_text=True)
        if not isinstance(got.error, PathNotFound):
            return base_url, got
        none = none or (base_url, got)
    assert none is not None, "there is always an address to try"
    return none


def _answered(details: Details, base_url: str, model: str, mode: Mode, got: Streamed) -> Token:
    reply = got.reply
    way = "a chat" if mode == "chat" else "the completion of a text"
    shown = "" if reply.text or reply.reasoning else ", with no text to see"
    as_other = f" as {reply.model}" if reply.model and reply.model != model else ""
    claims = [Claim(mode, able=True, origin="tried", source="a request for one token")]
    if mode == "completion" and modes(details, model)[0] == "chat":
        claims.append(Claim("chat", able=False, origin="tried", source="a request for one token"))
    return Token(
        learned(dataclasses.replace(details, base_url=base_url), model, claims),
        model,
        mode,
        reply.first_token_at if reply.first_token_at is not None else _seconds(got),
        _seconds(got),
        f"{model} answers {way}{as_other}{shown}.",
    )


def learned(details: Details, model: str | None, claims: list[Claim]) -> Details:
    """Details with what was proved of one model."""
    models = tuple(
        dataclasses.replace(each, capabilities=each.capabilities.also(claims)) if each.id == model else each
        for each in details.models
    )
    return dataclasses.replace(details, models=models)


async def _kind(client: httpx.AsyncClient, endpoint: Endpoint, details: Details, so_far: Token) -> Token:
    """What the endpoint is for, found by asking: `so_far` stands where nothing else is found either."""
    if so_far.error is not None and not other_mode_may(so_far.error):
        return so_far

    async def there(ability: Ability, route: str, body: dict[str, object]) -> bool:
        named = {"model": so_far.model} if so_far.model else {}
        try:
            async with asyncio.timeout(KIND_SECONDS):
                got = await exchange(client, details.base_url + route, endpoint, named | body)
        except (TimeoutError, *ERRORS):
            return False
        if ability == "embeddings":
            return got.ok and isinstance(got.json, dict) and isinstance(got.json.get("data"), list)
        # An empty question that is refused for being empty shows that somebody is there to refuse it.
        return not got.answer.page and got.answer.status not in _ABSENT and got.answer.status < 500

    for ability, route, body in KINDS:
        if await there(ability, route, dict(body)):
            claims = [tried(ability, able=True), *(tried(talk, able=False) for talk in ROUTES)]
            found = learned(details, so_far.model, claims)
            found = dataclasses.replace(found, routes=found.routes.also(claims))
            return dataclasses.replace(so_far, details=found, error=no_chat(ability, "trying"))
    return so_far


def _seconds(got: Streamed) -> float | None:
    return got.exchange.seconds if got.exchange else None
