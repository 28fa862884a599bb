"""Asks an endpoint what it is: which models, which server, whether it is up. Absence of an answer is no error."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from playground.adapters.http import bearer, first_bytes, quick_client
from playground.adapters.troubles import trouble
from playground.core.details import Details, Model, Server, State
from playground.core.endpoint import Endpoint, candidates
from playground.core.errors import EndpointError, Loading, Unauthorized
from playground.core.redact import redact
from playground.core.refusals import Answer, looks_loading, page_instead, refusal

SECONDS = 5.0
# What can come out of the client besides a response: see `troubles` for what becomes of it.
ERRORS = (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError)
MAX_BODY = 4 * 2**20

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
# Where a model's context length stands, by server: vLLM and SGLang, llama.cpp, Mistral, OpenRouter, Groq.
CONTEXTS = ("max_model_len", "n_ctx", "n_ctx_train", "max_context_length", "context_length", "context_window")


@dataclass(frozen=True, slots=True)
class _Got:
    """One answer, read as far as it counts."""

    answer: Answer
    sent: Any


async def probe(endpoint: Endpoint, seconds: float = SECONDS) -> Details:
    """Never raises for what an endpoint does or leaves out: what is wrong is in the details. `seconds` for all."""
    first = candidates(endpoint.base_url)[0]
    try:
        async with asyncio.timeout(seconds), quick_client(first, seconds, endpoint) as client:
            return await _probe(endpoint, client)
    except TimeoutError as error:
        return _failed(first, trouble(error, first), endpoint)
    except EndpointError as error:
        return _failed(first, error, endpoint)


async def _probe(endpoint: Endpoint, client: httpx.AsyncClient) -> Details:
    details: Details | None = None
    for base_url in candidates(endpoint.base_url):
        try:
            got = await _get(client, f"{base_url}/models", endpoint)
        except ERRORS as error:
            return _failed(base_url, trouble(error, base_url), endpoint)
        found = _read(base_url, got, endpoint)
        if found.state != "running" or found.models:
            details = found
            break
        # The first address that answers at all is kept, unless a later one has models.
        details = details or found
    assert details is not None, "there is always a candidate"
    if details.state == "running" and details.server is None:
        return replace(details, server=await _beside(client, details.base_url, endpoint))
    return details


async def _get(client: httpx.AsyncClient, url: str, endpoint: Endpoint) -> _Got:
    authorization = bearer(endpoint.key)
    headers = {} if authorization is None else {"authorization": authorization}
    async with client.stream("GET", url, headers=headers) as response:
        body = await first_bytes(response.aiter_bytes(), MAX_BODY, SECONDS)
        head = {name.lower(): value for name, value in response.headers.items()}
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    answer = Answer(
        status=response.status_code,
        headers=head,
        body=body,
        sent_key=endpoint.key is not None,
        model=endpoint.model or "",
        now=time.time(),
    )
    return _Got(answer, sent)


def _read(base_url: str, got: _Got, endpoint: Endpoint) -> Details:
    answer = got.answer
    if 200 <= answer.status < 300:
        if answer.page:
            return _failed(base_url, page_instead(answer.status), endpoint)
        listed = _listed(got.sent)
        models = tuple(model for each in listed if (model := _model(each)) is not None)
        return Details(base_url, "running", models, _server(listed, answer, base_url))
    if looks_loading(answer):
        return Details(base_url, "loading")
    if answer.status in (404, 405, 429, 500, 501) and not (answer.page and answer.status == 500):
        # A list of models is no duty: the chat may work all the same.
        return Details(base_url, "running", server=_server([], answer, base_url))
    return _failed(base_url, refusal(answer), endpoint)


async def _beside(client: httpx.AsyncClient, base_url: str, endpoint: Endpoint) -> Server | None:
    """Which server it is, by what it alone answers beside its API; None where that tells nothing."""
    above = base_url.removesuffix("/v1")
    for path, mark, server in BESIDE:
        try:
            got = await _get(client, above + path, endpoint)
        except ERRORS:
            return None
        if isinstance(got.sent, dict) and mark in got.sent:
            return server
    return None


def _failed(base_url: str, error: EndpointError, endpoint: Endpoint) -> Details:
    error.said = redact(error.said, endpoint.secrets)
    return Details(base_url, _state(error), error=error)


def _state(error: EndpointError) -> State:
    match error:
        case Unauthorized():
            return "unauthorized"
        case Loading():
            return "loading"
        case _:
            return "unreachable"


def _listed(sent: Any) -> list[dict[str, Any]]:
    # Some servers send the list itself.
    listed = sent.get("data") if isinstance(sent, dict) else sent
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _model(sent: Mapping[str, Any]) -> Model | None:
    id = sent.get("id") or sent.get("name")
    if not isinstance(id, str):
        return None
    meta = sent.get("meta")
    sources = [sent, meta] if isinstance(meta, dict) else [sent]
    found = (source.get(name) for name in CONTEXTS for source in sources)
    return Model(id, next((value for value in found if type(value) is int and value > 0), None))


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
