"""Asks an endpoint what it is: which models, which server, whether it is up. Absence of an answer is no error.

`probe` asks for the list of models, and little else: it is done often. `study` asks once for all that stands beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

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
from playground.core.refusals import Answer, absent, page_instead, refusal
from playground.core.servers import Server
from playground.core.withheld import lines

SECONDS = 5.0
# Servers whose /health costs them nothing. LiteLLM's asks every model it has, SGLang's writes a token.
HEALTH: frozenset[Server] = frozenset({"vllm", "llama.cpp", "tgi"})
# What says the same of every server of its kind, at length; and what is no JSON object.
_LONG = frozenset({"/openapi.json", SHOW})

# What `owned_by` of a model says of the server.
OWNERS: Mapping[str, Server] = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llama.cpp",
    "mistralai": "mistral",
    "library": "ollama",
    "organization_owner": "lm-studio",
}
# How the server names itself in its answers' head.
NAMES: Mapping[str, Server] = {"llama.cpp": "llama.cpp", "litellm": "litellm"}
# Where a server that says neither can be told from: a path beside the API, and a field that only its answer has.
BESIDE: tuple[tuple[str, str, Server], ...] = (
    ("/props", "default_generation_settings", "llama.cpp"),
    ("/info", "max_total_tokens", "tgi"),
)


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
        return replace(details, server=await _beside(client, details.base_url, endpoint))
    return details


def read(base_url: str, got: Exchange, endpoint: Endpoint) -> Details:
    """What an answer of the models route says, whatever it is. Reads, and asks nothing."""
    answer = got.answer
    if 200 <= answer.status < 300:
        if answer.page:
            return failed_details(base_url, page_instead(answer.status), endpoint)
        listed = _listed(got.json)
        models = tuple(_models(got.json))
        return Details(base_url, "running", models, _server(listed, answer, base_url))
    if (state := absent(answer)) is not None and state != "stopped":
        return Details(base_url, state)
    if state is None and answer.status in (404, 405, 429, 500, 501) and not (answer.page and answer.status == 500):
        # A list of models is no duty: the chat may work all the same.
        return Details(base_url, "running", server=_server([], answer, base_url))
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
    kept = tuple(
        (route, told)
        for route, sent in sorted(answers.items())
        if route not in _LONG and (told := _told(sent, endpoint))
    )
    return replace(enriched(details, answers), answers=kept)


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


def _told(sent: Any, endpoint: Endpoint) -> Lines:
    return tuple((key, redact(text, endpoint.secrets)) for key, text in lines(sent)) if isinstance(sent, dict) else ()


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


async def _beside(client: httpx.AsyncClient, base_url: str, endpoint: Endpoint) -> Server | None:
    """Which server it is, by what it alone answers beside its API; None where that tells nothing."""
    for path, mark, server in BESIDE:
        try:
            got = await exchange(client, root(base_url) + path, endpoint)
        except ERRORS:
            return None
        if isinstance(got.json, dict) and mark in got.json:
            return server
    return None


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
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _models(sent: Any) -> Iterator[Model]:
    """The models, each once: a second entry of the same name cannot be told from the first."""
    again = sent.get("models") if isinstance(sent, dict) else None
    more = {each.get("name"): each for each in again if isinstance(each, dict)} if isinstance(again, list) else {}
    seen = set()
    for entry in _listed(sent):
        model = model_of(entry, more.get(entry.get("id")))
        if model is not None and model.id not in seen:
            seen.add(model.id)
            yield model


def _server(listed: list[dict[str, Any]], answer: Answer, base_url: str) -> Server | None:
    for model in listed:
        owner = model.get("owned_by")
        if isinstance(owner, str) and owner in OWNERS:
            return OWNERS[owner]
    named = answer.headers.get("server", "").lower()
    if named in NAMES:
        return NAMES[named]
    if any(name.startswith("x-litellm") for name in answer.headers):
        return "litellm"
    host = urlsplit(base_url).hostname or ""
    return "mistral" if host.endswith(".mistral.ai") else None
