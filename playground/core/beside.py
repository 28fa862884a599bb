"""What servers say of themselves beside their list of models: which routes to ask, and what each answer adds.

    /props                              llama.cpp: modalities, chat template and what it can, context
    /version, /openapi.json             vLLM: its version, the routes it serves
    /get_model_info, /get_server_info   SGLang: what the model understands, which parsers it was started with
    /info                               TGI: the model's task, context, version
    /api/v0/models                      LM Studio: type, state, quantization of each
    /api/show                           Ollama: capabilities, quantization, context of one model
    /model/info                         LiteLLM: mode and support of each

Pure: `adapters.probe` does the asking. An answer of another shape adds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from playground.core.capabilities import Ability, Claim, only
from playground.core.claims import MODALITIES, context_of, quantization_of, said, switched
from playground.core.details import Details, Fact, Model
from playground.core.servers import Server

# Which routes are worth asking, by server; None: one that could not be told.
ROUTES: Mapping[Server | None, tuple[str, ...]] = {
    "llama.cpp": ("/props",),
    "vllm": ("/version", "/openapi.json"),
    "sglang": ("/get_model_info", "/get_server_info"),
    "tgi": ("/info",),
    "lm-studio": ("/api/v0/models",),
    "litellm": ("/model/info",),
    "ollama": ("/api/version",),
    "mistral": (),
    None: ("/openapi.json",),
}
# Ollama is asked for each model by itself, and for so many of them at most.
SHOW, SHOWN = "/api/show", 20
# What llama.cpp's chat templates can, in its own words.
_TEMPLATE_CAPS: Mapping[str, Ability] = {"supports_tools": "tools", "supports_system_role": "system"}
# How a route of an OpenAPI document ends, and what it is for.
_SERVED: Mapping[str, Ability] = {
    "/chat/completions": "chat",
    "/completions": "completion",
    "/embeddings": "embeddings",
    "/rerank": "rerank",
    "/audio/transcriptions": "transcription",
    "/audio/speech": "speech",
    "/images/generations": "images",
}
_TALK: tuple[Ability, ...] = ("chat", "completion")
_SYSTEM_REFUSED = re.compile(r"raise_exception\([^)]{0,80}system", re.IGNORECASE)
_THINKS = re.compile(r"</?think|enable_thinking|reasoning_content|thinking", re.IGNORECASE)
_NUM_CTX = re.compile(r"^num_ctx\s+(\d{1,9})\s*$", re.MULTILINE)


def enriched(details: Details, answers: Mapping[str, Any]) -> Details:
    """Details with what the routes beside add. `answers`: the JSON by route; that of `SHOW` by the model's id."""
    for route, answer in answers.items():
        details = _READERS[route](details, answer) if isinstance(answer, dict) else details
    return details


def _props(details: Details, props: Mapping[str, Any]) -> Details:
    def claims() -> Iterator[Claim]:
        modalities = props.get("modalities")
        if isinstance(modalities, dict):
            names = {"vision": MODALITIES["image"], "audio": MODALITIES["audio"], "video": MODALITIES["video"]}
            yield from switched(modalities, names, "/props modalities")
        caps = props.get("chat_template_caps")
        if isinstance(caps, dict):
            yield from switched(caps, _TEMPLATE_CAPS, "/props chat_template_caps")
        yield from template_claims(props.get("chat_template"))

    file = props.get("model_ftype")
    settings = props.get("default_generation_settings")
    context = context_of(settings) if isinstance(settings, dict) else None
    version = props.get("build_info")
    return replace(
        _each(details, lambda model: _with(model, claims(), context=context, quantization=_fact(file, "/props"))),
        version=details.version or (version if isinstance(version, str) and version else None),
    )


def template_claims(template: Any) -> Iterator[Claim]:
    """What the text of a chat template lets one guess: which roles and fields it knows of."""
    if not isinstance(template, str) or not template:
        return
    source = "the chat template"
    yield Claim("chat", able=True, origin="guessed", source=source)
    yield Claim("tools", able="tools" in template, origin="guessed", source=source)
    yield Claim("reasoning", able=bool(_THINKS.search(template)), origin="guessed", source=source)
    yield Claim("system", able=not _SYSTEM_REFUSED.search(template), origin="guessed", source=source)


def _openapi(details: Details, document: Mapping[str, Any]) -> Details:
    paths = document.get("paths")
    served = {
        ability
        for path in (paths if isinstance(paths, dict) else ())
        for end, ability in _SERVED.items()
        # The ending of the one is the ending of the other, too.
        if path.endswith(end) and not (ability == "completion" and path.endswith("/chat/completions"))
    }
    if not served:
        return details
    # Older servers list every route they know of, whatever the model: then a route that is there says little.
    several = bool(served & set(_TALK)) + len(served - set(_TALK)) > 1
    claims = [
        Claim(
            ability,
            able=ability in served,
            origin="guessed" if several and ability in served else "said",
            source="the routes in /openapi.json",
            scope="server",
        )
        for ability in _SERVED.values()
    ]
    details = _each(details, lambda model: _with(model, claims))
    return replace(details, routes=details.routes.also(claims))


def _version(details: Details, answer: Mapping[str, Any]) -> Details:
    version = answer.get("version")
    return replace(details, version=version[:60] if isinstance(version, str) and version else details.version)


def _sglang_model(details: Details, info: Mapping[str, Any]) -> Details:
    source = "/get_model_info"
    names: Mapping[str, Ability] = {"has_image_understanding": "vision", "has_audio_understanding": "audio"}
    claims = [*switched(info, names, source)]
    if info.get("is_generation") is False:
        claims += only("embeddings", "said", source)
    elif info.get("is_generation") is True:
        claims += [Claim(talk, able=True, origin="said", source=source) for talk in _TALK]
    return _each(details, lambda model: _with(model, claims))


def _sglang_server(details: Details, info: Mapping[str, Any]) -> Details:
    source = "/get_server_info"
    claims = [
        # Without a parser, the model's calls and thoughts come as plain text.
        Claim("tools", able=isinstance(info[name], str), origin="said", source=source)
        for name in ("tool_call_parser",)
        if name in info
    ]
    if isinstance(info.get("reasoning_parser"), str):
        claims.append(Claim("reasoning", able=True, origin="said", source=source))
    found = _fact(info.get("quantization"), source)
    details = _each(details, lambda model: _with(model, claims, context=context_of(info), quantization=found))
    return _version(details, info)


def _tgi(details: Details, info: Mapping[str, Any]) -> Details:
    total = info.get("max_total_tokens")
    context = total if type(total) is int and total > 0 else None
    return _version(_each(details, lambda model: _with(model, said(info, "/info"), context=context)), info)


def _lm_studio(details: Details, answer: Mapping[str, Any]) -> Details:
    entries = _by_name(answer, "id")

    def more(model: Model) -> Model:
        entry = entries.get(model.id, {})
        state = entry.get("state")
        source = "/api/v0/models"
        known = _with(
            model, said(entry, source), context=context_of(entry), quantization=quantization_of(entry, source)
        )
        return replace(known, loaded=state == "loaded" if isinstance(state, str) else model.loaded)

    return _each(details, more)


def _litellm(details: Details, answer: Mapping[str, Any]) -> Details:
    entries = _by_name(answer, "model_name")

    def more(model: Model) -> Model:
        entry = entries.get(model.id, {})
        return _with(model, said(entry, "/model/info"), context=context_of(entry))

    return _each(details, more)


def _ollama(details: Details, answers: Mapping[str, Any]) -> Details:
    def more(model: Model) -> Model:
        shown = answers.get(model.id)
        return _shown(model, shown) if isinstance(shown, dict) else model

    return _each(details, more)


def _shown(model: Model, shown: Mapping[str, Any]) -> Model:
    facts, info, parameters = shown.get("details"), shown.get("model_info"), shown.get("parameters")
    level = facts.get("quantization_level") if isinstance(facts, dict) else None
    # What it is started with counts; what it was trained for is the most it could be.
    started = _NUM_CTX.search(parameters) if isinstance(parameters, str) else None
    trained = (
        next(
            (value for key, value in info.items() if str(key).endswith(".context_length") and type(value) is int), None
        )
        if isinstance(info, dict)
        else None
    )
    claims = [*said({"capabilities": shown.get("capabilities")}, SHOW)]
    if any(claim.ability == "completion" and claim.able for claim in claims):
        # Ollama's word for all that talks.
        claims.append(Claim("chat", able=True, origin="said", source=SHOW))
    return _with(model, claims, context=int(started[1]) if started else trained, quantization=_fact(level, SHOW))


def _with(
    model: Model,
    claims: Iterator[Claim] | list[Claim],
    *,
    context: int | None = None,
    quantization: Fact | None = None,
) -> Model:
    """A model that more is known of. What its own list says of its context stays."""
    said_before = model.quantization is not None and model.quantization.origin == "said"
    return replace(
        model,
        context=model.context or context,
        quantization=model.quantization if said_before else quantization or model.quantization,
        capabilities=model.capabilities.also(claims),
    )


def _each(details: Details, change: Callable[[Model], Model]) -> Details:
    return replace(details, models=tuple(change(model) for model in details.models))


def _fact(value: Any, source: str) -> Fact | None:
    return Fact(value[:40], "said", source) if isinstance(value, str) and value else None


def _by_name(answer: Mapping[str, Any], key: str) -> dict[str, dict[str, Any]]:
    entries = answer.get("data")
    listed = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {str(entry.get(key)): entry for entry in listed}


_READERS: Mapping[str, Callable[[Details, Mapping[str, Any]], Details]] = {
    "/props": _props,
    "/version": _version,
    "/api/version": _version,
    "/openapi.json": _openapi,
    "/get_model_info": _sglang_model,
    "/get_server_info": _sglang_server,
    "/info": _tgi,
    "/api/v0/models": _lm_studio,
    "/model/info": _litellm,
    SHOW: _ollama,
}
