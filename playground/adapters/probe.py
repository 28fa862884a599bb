"""Asks an endpoint what it is: which models, which server, whether it is up. Absence of an answer is no error.

`probe` asks for the list of models, and little else: it is done often. `study` asks once for all that stands beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx

from playground.adapters.exchange import ERRORS, Exchange, exchange
from playground.adapters.http import quick_client
from playground.adapters.troubles import trouble
from playground.core.beside import ROUTES, SHOW, SHOWN, enriched
from playground.core.claims import model_of
from playground.core.details import Details, Lines, Model, State
from playground.core.endpoint import Endpoint, candidates
from playground.core.errors import EndpointError, Loading, ServerFailed, Stopped, Unauthorized, Waking
from playground.core.redact import redact
from playground.core.refusals import absent, page_instead, refusal
from playground.core.server_signs import BESIDE, Known, server_of
from playground.core.servers import Server
from playground.core.withheld import lines

SECONDS = 5.0
# Models of a list that are read, and characters of a name: far more than any server has.
MOST_MODELS, LONGEST_ID = 2_000, 1_000
# Servers whose /health costs them nothing. LiteLLM's asks every model it has, SGLang's writes a token.
HEALTH: frozenset[Server] = frozenset({"vllm", "llama.cpp", "tgi"})
# What says the same of every server of its kind, at length; and what is no JSON object.
_LONG = frozenset({"/openapi.json", SHOW})


async def probe(endpoint: Endpoint, seconds: float = SECONDS) -> Details:
    """Never raises for what an endpoint does or leaves out: what is wrong is in the details. `seconds` for all."""
    first = candidates(endpoint.base_url)[0]
    try:
        async with asyncio.timeout(seconds), quick_client(first, seconds, endpoint) as client:
            return await _probe(endpoint, client)
    except TimeoutError as error:
        return failed_details(first, trouble(error, first), endpoint)
    except EndpointError as error:
        return failed_details(first, error, endpoint)


async def _probe(endpoint: Endpoint, client: httpx.AsyncClient) -> Details:
    details: Details | None = None
    for base_url in candidates(endpoint.base_url):
        try:
            got = await exchange(client, f"{base_url}/models", endpoint)
        except ERRORS as error:
            return failed_details(base_url, trouble(error, base_url), endpoint)
        found = read(base_url, got, endpoint)
        if found.state != "running" or found.models:
            details = found
            break
        # The first address that answers at all is kept, unless a later one has models.
        details = details or found
    assert details is not None, "there is always a candidate"
    if details.state == "running" and details.server is None:
        return replace(details, **_known_by(await _beside(client, details.base_url, endpoint)))
    return details


def read(base_url: str, got: Exchange, endpoint: Endpoint) -> Details:
    """What an answer of the models route says, whatever it is. Reads, and asks nothing."""
    return replace(_read(base_url, got, endpoint), took=got.seconds)


def _read(base_url: str, got: Exchange, endpoint: Endpoint) -> Details:
    answer = got.answer
    if 200 <= answer.status < 300:
        if answer.page:
            return failed_details(base_url, page_instead(answer.status), endpoint)
        listed = _listed(got.json)
        models = tuple(_models(got.json))
        return Details(base_url, "running", models, **_known_by(server_of(listed, answer.headers, base_url)))
    if (state := absent(answer)) is not None and state != "stopped":
        return Details(base_url, state)
    if state is None and answer.status in (404, 405, 429, 500, 501) and not (answer.page and answer.status == 500):
        # A list of models is no duty: the chat may work all the same.
        return Details(base_url, "running", **_known_by(server_of([], answer.headers, base_url)))
    return failed_details(base_url, refusal(answer), endpoint)


async def study(endpoint: Endpoint, details: Details, seconds: float = SECONDS) -> Details:
    """The details with what the server says of itself beside its list. Never raises; `seconds` for all."""
    if details.state != "running":
        return details
    above = root(details.base_url)
    answers: dict[str, Any] = {}

    async def ask(route: str) -> None:
        if (sent := await _json(client, above + route, endpoint)) is not None:
            answers[route] = sent

    async def show(id: str) -> None:
        if (sent := await _json(client, above + SHOW, endpoint, {"model": id})) is not None:
            answers.setdefault(SHOW, {})[id] = sent

    try:
        client = quick_client(above, seconds, endpoint)
        async with asyncio.timeout(seconds), client, asyncio.TaskGroup() as group:
            for route in ROUTES[details.server]:
                group.create_task(ask(route))
            for model in details.models[:SHOWN] if details.server == "ollama" else ():
                group.create_task(show(model.id))
    except (TimeoutError, EndpointError):
        # What came in time counts.
        pass
    # In a thread: an endpoint decides how much of it there is.
    return await asyncio.to_thread(_studied, details, answers, endpoint)


async def healthy(endpoint: Endpoint, details: Details, seconds: float = SECONDS) -> Details:
    """The details, corrected by what the server says of its health: vLLM lists its models when its engine is dead, and
    llama.cpp while it loads them. Never raises; a server that does not say stays as it was."""
    if details.state != "running" or details.server not in HEALTH:
        return details
    above = root(details.base_url)
    try:
        async with asyncio.timeout(seconds), quick_client(above, seconds, endpoint) as client:
            got = await exchange(client, above + "/health", endpoint)
    except (TimeoutError, *ERRORS):
        return details
    if got.answer.status < 500:
        return details
    if (state := absent(got.answer)) is not None:
        return replace(details, state=state)
    error = ServerFailed(
        "The server answers, but says that it cannot work.",
        "Look into its log: most often its engine has ended, and it has to be started again.",
        redact(got.answer.reason, endpoint.secrets),
        status=got.answer.status,
    )
    return replace(details, state="unreachable", error=error)


def _studied(details: Details, answers: Mapping[str, Any], endpoint: Endpoint) -> Details:
    kept = tuple(
        (route, told)
        for route, sent in sorted(answers.items())
        if route not in _LONG and (told := _told(sent, endpoint))
    )
    return replace(enriched(details, answers), answers=kept)


def _told(sent: Any, endpoint: Endpoint) -> Lines:
    return tuple(lines(sent, secrets=endpoint.secrets)) if isinstance(sent, dict) else ()


def root(base_url: str) -> str:
    """What stands above the API: where servers keep their own routes."""
    return base_url.removesuffix("/v1")


async def _json(client: httpx.AsyncClient, url: str, endpoint: Endpoint, body: Mapping[str, Any] | None = None) -> Any:
    """The JSON that a route answers; None where it has none to give."""
    try:
        got = await exchange(client, url, endpoint, body)
    except ERRORS:
        return None
    return got.json if got.ok else None


async def _beside(client: httpx.AsyncClient, base_url: str, endpoint: Endpoint) -> Known | None:
    """Which server it is, by what it alone answers beside its API; None where that tells nothing."""
    for path, mark, server in BESIDE:
        try:
            got = await exchange(client, root(base_url) + path, endpoint)
        except ERRORS:
            return None
        if isinstance(got.json, dict) and mark in got.json:
            return server, "said", path
    return None


def _known_by(known: Known | None) -> dict[str, Any]:
    """The fields of the details that say which server it is."""
    return {} if known is None else {"server": known[0], "server_by": known[1:]}


def failed_details(base_url: str, error: EndpointError, endpoint: Endpoint) -> Details:
    error.said = redact(error.said, endpoint.secrets)
    return Details(base_url, _state(error), error=error)


def _state(error: EndpointError) -> State:
    match error:
        case Unauthorized():
            return "unauthorized"
        case Waking():
            return "waking"
        case Loading():
            return "loading"
        case Stopped():
            return "stopped"
        case _:
            return "unreachable"


def _listed(sent: Any) -> list[dict[str, Any]]:
    # Some servers send the list itself.
    listed = sent.get("data") if isinstance(sent, dict) else sent
    return [each for each in listed[:MOST_MODELS] if isinstance(each, dict)] if isinstance(listed, list) else []


def _models(sent: Any) -> Iterator[Model]:
    """The models, each once: a second entry of the same name cannot be told from the first."""
    again = sent.get("models") if isinstance(sent, dict) else None
    more = {}
    if isinstance(again, list):
        named = [each for each in again[:MOST_MODELS] if isinstance(each, dict)]
        more = {name: each for each in named if isinstance(name := each.get("name"), str)}
    seen = set()
    for entry in _listed(sent):
        model = model_of(entry, more.get(str(entry.get("id"))))
        if model is not None and model.id not in seen and len(model.id) <= LONGEST_ID:
            seen.add(model.id)
            yield model
