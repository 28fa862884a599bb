"""What a list of models says of each, by every dialect seen: facts, and claims of what it can do.

One table for each dialect's vocabulary. Tolerant by rule: a field of another type than expected counts as not sent.
Not here: what stands beside the list (`beside`), and how claims are folded (`capabilities`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from playground.core.capabilities import UNKNOWN, Ability, Claim, Origin, only
from playground.core.details import Fact, Model

# Where a model's context length stands, by server: vLLM and SGLang, llama.cpp, Mistral, OpenRouter, Groq, LiteLLM.
CONTEXTS = (
    "max_model_len",
    "n_ctx",
    "loaded_context_length",
    "max_context_length",
    "context_length",
    "context_window",
    "max_input_tokens",
    "n_ctx_train",
)
# What a model is for, in one word. Together's and LM Studio's `type`, LiteLLM's `mode`, TGI's pipeline.
TYPES: Mapping[str, tuple[Ability, ...]] = {
    "chat": ("chat",),
    "llm": ("chat", "completion"),
    "vlm": ("chat", "completion", "vision"),
    "language": ("completion",),
    "code": ("completion",),
    "completion": ("completion",),
    "text-generation": ("chat", "completion"),
    "image-text-to-text": ("chat", "completion", "vision"),
    "responses": ("chat",),
    "embedding": ("embeddings",),
    "embeddings": ("embeddings",),
    "feature-extraction": ("embeddings",),
    "rerank": ("rerank",),
    "image": ("images",),
    "image_generation": ("images",),
    "transcribe": ("transcription",),
    "audio_transcription": ("transcription",),
    "automatic-speech-recognition": ("transcription",),
    "audio": ("speech",),
    "audio_speech": ("speech",),
    "text-to-speech": ("speech",),
    "moderation": ("moderation",),
}
# Names of abilities in lists and switches: Ollama and llama.cpp, LM Studio, Mistral.
NAMES: Mapping[str, Ability] = {
    "completion_chat": "chat",
    "chat_completion": "chat",
    "completion": "completion",
    "vision": "vision",
    "audio": "audio",
    "tools": "tools",
    "tool_use": "tools",
    "function_calling": "tools",
    "thinking": "reasoning",
    "reasoning": "reasoning",
    "embedding": "embeddings",
    "embeddings": "embeddings",
    "audio_transcription": "transcription",
    "audio_speech": "speech",
    "moderation": "moderation",
}
# Switches beside a model: LiteLLM's model_info, Fireworks, the Hugging Face router.
SWITCHES: Mapping[str, Ability] = {
    "supports_chat": "chat",
    "supports_vision": "vision",
    "supports_image_input": "vision",
    "supports_audio_input": "audio",
    "supports_function_calling": "tools",
    "supports_tools": "tools",
    "supports_reasoning": "reasoning",
    "supports_response_schema": "structured",
    "supports_structured_output": "structured",
    "supports_system_messages": "system",
}
# OpenRouter's supported_parameters, where a name that is missing means that it cannot.
PARAMETERS: Mapping[Ability, tuple[str, ...]] = {
    "tools": ("tools", "tool_choice"),
    "reasoning": ("reasoning", "include_reasoning", "reasoning_effort"),
    "structured": ("structured_outputs", "response_format"),
    "logprobs": ("logprobs", "top_logprobs"),
}
MODALITIES: Mapping[str, Ability] = {"image": "vision", "audio": "audio", "video": "video"}
# A model's name, as the last guess. Of those that say what it is for instead of talking, the first that fits counts.
SOLE_NAMES: tuple[tuple[re.Pattern[str], Ability], ...] = (
    (re.compile(r"rerank", re.I), "rerank"),
    (re.compile(r"embed|(^|[/_-])(e5|bge|gte|minilm|voyage)[-_]|[-_]e5[-_]|all-(minilm|mpnet)", re.I), "embeddings"),
    (re.compile(r"whisper|parakeet|transcribe|[-_]asr\b|[-_]stt\b", re.I), "transcription"),
    (re.compile(r"(^|[/_-])tts\b|kokoro|orpheus", re.I), "speech"),
    (re.compile(r"stable-diffusion|(^|[/_-])(sdxl|flux)\b|dall-e|gpt-image|qwen-image", re.I), "images"),
    (re.compile(r"moderation", re.I), "moderation"),
)
OTHER_NAMES: tuple[tuple[re.Pattern[str], Ability, bool], ...] = (
    (re.compile(r"[-_](instruct|chat|it)\b|(^|[/_-])gpt-(4|5|oss)", re.I), "chat", True),
    (re.compile(r"[-_](base|pt)$|[-_]base[-_]", re.I), "chat", False),
    (re.compile(r"[-_](base|pt)$|[-_]base[-_]", re.I), "completion", True),
    (re.compile(r"[-_.\d]vl[-_:]|[-_.\d]vl$|vision|llava|pixtral|internvl|multimodal", re.I), "vision", True),
    (re.compile(r"[-_]omni\b|[-_]audio\b|voxtral|ultravox", re.I), "audio", True),
    (re.compile(r"(^|[-_/])(r1|qwq|o[134](-mini)?)\b|thinking|reason|gpt-oss|magistral", re.I), "reasoning", True),
)
_QUANTIZED = re.compile(
    r"(?<![a-z0-9])(i?q[2-8]_[0-9a-z]+(_[a-z]+)?|awq|gptq|nf4|nvfp4|mxfp4|fp8|fp4|int8|int4|w[48]a(?:8|16)|[2-8]-?bit)(?![a-z0-9])",
    re.I,
)
LIST = "the list of models"
NAME = "the model's name"


def model_of(entry: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Model | None:
    """One entry of a list; None where it has no name. `more`: what llama.cpp lists of it a second time."""
    id = entry.get("id") or entry.get("name")
    if not isinstance(id, str):
        return None
    claims = (*said(entry, LIST), *(_listed((more or {}).get("capabilities"), LIST)), *guessed(id))
    parent, owner, aliases = entry.get("parent"), entry.get("owned_by"), entry.get("aliases")
    return Model(
        id=id,
        context=context_of(entry),
        parent=parent if isinstance(parent, str) and parent else None,
        owner=owner if isinstance(owner, str) and owner else None,
        aliases=tuple(a for a in aliases if isinstance(a, str) and a != id) if isinstance(aliases, list) else (),
        quantization=quantization_of(entry, LIST) or quantization_in(id),
        capabilities=UNKNOWN.also(claims),
    )


def context_of(entry: Mapping[str, Any]) -> int | None:
    """A model's context length in tokens, where its entry has one."""
    places = [entry, *(place for name in ("meta", "model_info") if isinstance(place := entry.get(name), dict))]
    found = (place.get(name) for name in CONTEXTS for place in places)
    return next((value for value in found if type(value) is int and value > 0), None)


def quantization_of(entry: Mapping[str, Any], source: str) -> Fact | None:
    """How a model's weights are packed, in the server's own word."""
    meta = entry.get("meta")
    for value in (entry.get("quantization"), meta.get("ftype") if isinstance(meta, dict) else None):
        if isinstance(value, str) and value and value != "none":
            return Fact(value[:40], "said", source)
    return None


def quantization_in(name: str) -> Fact | None:
    """The same, guessed from a name."""
    found = _QUANTIZED.search(name)
    return Fact(found[0], "guessed", NAME) if found else None


def said(entry: Mapping[str, Any], source: str) -> Iterator[Claim]:
    """What an entry says in any of the dialects."""
    info = entry.get("model_info")
    for place in (entry, info) if isinstance(info, dict) else (entry,):
        for key in ("type", "mode", "model_pipeline_tag"):
            yield from typed(place.get(key), source)
        yield from switched(place, SWITCHES, source)
        yield from _parameters(place.get("supported_parameters"), source)
    abilities = entry.get("capabilities")
    if isinstance(abilities, dict):
        yield from switched(abilities, NAMES, source)
    else:
        yield from _listed(abilities, source)
    yield from _modalities(entry.get("architecture"), source)
    providers = entry.get("providers")
    for provider in providers if isinstance(providers, list) else ():
        if isinstance(provider, dict):
            # One of several providers that can is enough.
            yield from (claim for claim in switched(provider, SWITCHES, source) if claim.able)


def typed(value: Any, source: str, origin: Origin = "said") -> Iterator[Claim]:
    """The claims in one word for what a model is for."""
    abilities = TYPES.get(value.lower(), ()) if isinstance(value, str) else ()
    for ability in abilities:
        if ability in ("chat", "completion", "vision"):
            yield Claim(ability, able=True, origin=origin, source=source)
        else:
            yield from only(ability, origin, source)


def switched(place: Mapping[str, Any], names: Mapping[str, Ability], source: str) -> Iterator[Claim]:
    """The claims in true and false; null and anything else is none."""
    for name, ability in names.items():
        if isinstance(able := place.get(name), bool):
            yield Claim(ability, able=able, origin="said", source=source)


def guessed(name: str) -> Iterator[Claim]:
    """What a model's name lets one guess."""
    for pattern, ability in SOLE_NAMES:
        if pattern.search(name):
            yield from only(ability, "guessed", NAME)
            return
    for pattern, ability, able in OTHER_NAMES:
        if pattern.search(name):
            yield Claim(ability, able=able, origin="guessed", source=NAME)


def _listed(names: Any, source: str) -> Iterator[Claim]:
    """The claims in a list of abilities. One that names embeddings and no talking is for embeddings only."""
    found = (
        [NAMES[name] for name in names if isinstance(name, str) and name in NAMES] if isinstance(names, list) else []
    )
    for ability in found:
        if ability == "embeddings" and "completion" not in found and "chat" not in found:
            yield from only(ability, "said", source)
        else:
            yield Claim(ability, able=True, origin="said", source=source)


def _parameters(names: Any, source: str) -> Iterator[Claim]:
    if not isinstance(names, list):
        return
    for ability, marks in PARAMETERS.items():
        yield Claim(ability, able=any(mark in names for mark in marks), origin="said", source=source)


def _modalities(architecture: Any, source: str) -> Iterator[Claim]:
    if not isinstance(architecture, dict):
        return
    taken, made = architecture.get("input_modalities"), architecture.get("output_modalities")
    if isinstance(taken, list):
        for name, ability in MODALITIES.items():
            yield Claim(ability, able=name in taken, origin="said", source=source)
    if isinstance(made, list) and "image" in made:
        yield Claim("images", able=True, origin="said", source=source)
    if isinstance(made, list) and made and "text" not in made:
        for ability in ("chat", "completion"):
            yield Claim(ability, able=False, origin="said", source=source)
