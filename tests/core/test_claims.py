"""What each server's list of models says of a model."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.capabilities import Ability
from playground.core.claims import guessed, model_of, typed
from playground.core.details import Details, Fact, Model

Known = dict[Ability, bool]


def listed(**entry: Any) -> Model:
    model = model_of({"id": "m"} | entry)
    assert model is not None
    return model


def known(model: Model) -> Known:
    return {claim.ability: claim.able for claim in model.capabilities.claims}


ENTRIES: dict[str, tuple[dict[str, Any], Known]] = {
    "vLLM says nothing of it": ({"owned_by": "vllm", "max_model_len": 2048, "parent": None}, {}),
    "llama.cpp, text": (
        {"architecture": {"input_modalities": ["text"], "output_modalities": ["text"]}},
        {"vision": False, "audio": False, "video": False},
    ),
    "OpenRouter": (
        {
            "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text", "image"]},
            "supported_parameters": ["tools", "logprobs", "max_tokens"],
        },
        {"vision": True, "audio": False, "video": False, "images": True, "tools": True, "reasoning": False,
         "structured": False, "logprobs": True},
    ),
    "OpenRouter, pictures only": (
        {"architecture": {"output_modalities": ["image"]}},
        {"images": True, "chat": False, "completion": False},
    ),
    "Mistral": (
        {"capabilities": {"completion_chat": True, "function_calling": False, "vision": True, "fine_tuning": True}},
        {"chat": True, "tools": False, "vision": True},
    ),
    "Together, chat": ({"type": "chat"}, {"chat": True}),
    "Together, embeddings": ({"type": "embedding"}, {"embeddings": True, "chat": False, "completion": False}),
    "Together, speech": ({"type": "audio"}, {"speech": True, "chat": False, "completion": False}),
    "LM Studio": ({"type": "vlm", "capabilities": ["tool_use"]},
                  {"chat": True, "completion": True, "vision": True, "tools": True}),
    "LiteLLM": (
        {"model_info": {"mode": "chat", "supports_vision": None, "supports_function_calling": True,
                        "supports_reasoning": False}},
        {"chat": True, "tools": True, "reasoning": False},
    ),
    "Hugging Face's router": (
        {"providers": [{"supports_tools": False}, {"supports_tools": True, "supports_structured_output": False}, 3]},
        {"tools": True},
    ),
    "Ollama, embeddings": ({"capabilities": ["embedding"]}, {"embeddings": True, "chat": False, "completion": False}),
    "Ollama, both": ({"capabilities": ["completion", "embedding", "a_new_one", 3]},
                     {"completion": True, "embeddings": True}),
    "odd types": ({"type": 3, "capabilities": 3, "architecture": [], "supported_parameters": {}, "providers": {},
                   "model_info": "x"}, {}),
    "odd modalities": ({"architecture": {"input_modalities": "text", "output_modalities": []}}, {}),
    "a type that nobody knows": ({"type": "model"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_each_dialect_is_read(name: str) -> None:
    entry, abilities = ENTRIES[name]
    model = listed(**entry)
    assert known(model) == abilities
    assert {claim.origin for claim in model.capabilities.claims} <= {"said"}


def test_what_is_listed_a_second_time_counts_too() -> None:
    model = model_of({"id": "m"}, {"capabilities": ["completion", "vision"]})
    assert model is not None
    assert known(model) == {"completion": True, "vision": True}


NAMES: list[tuple[str, Known]] = [
    ("meta-llama/Llama-3.1-8B-Instruct", {"chat": True}),
    ("google/gemma-3-27b-it", {"chat": True}),
    ("Qwen/Qwen3-8B-Base", {"chat": False, "completion": True}),
    ("google/gemma-3-270m-pt", {"chat": False, "completion": True}),
    ("Qwen/Qwen2.5-VL-7B-Instruct", {"chat": True, "vision": True}),
    ("qwen3-vl:8b", {"vision": True}),
    ("llava-1.5", {"vision": True}),
    ("Qwen2.5-Omni-7B", {"audio": True}),
    ("deepseek-ai/DeepSeek-R1", {"reasoning": True}),
    ("openai/gpt-oss-120b", {"chat": True, "reasoning": True}),
    ("text-embedding-3-small", {"embeddings": True, "chat": False, "completion": False}),
    ("multilingual-e5-small-q4", {"embeddings": True, "chat": False, "completion": False}),
    ("BAAI/bge-m3", {"embeddings": True, "chat": False, "completion": False}),
    ("BAAI/bge-reranker-v2-m3", {"rerank": True, "chat": False, "completion": False}),
    ("Qwen/Qwen3-VL-Embedding-2B", {"embeddings": True, "chat": False, "completion": False}),
    ("openai/whisper-large-v3", {"transcription": True, "chat": False, "completion": False}),
    ("hexgrad/Kokoro-82M", {"speech": True, "chat": False, "completion": False}),
    ("black-forest-labs/FLUX-1", {"images": True, "chat": False, "completion": False}),
    ("omni-moderation-latest", {"moderation": True, "chat": False, "completion": False}),
    ("tiny-chat", {"chat": True}),
    ("mistral-7b", {}),
    ("database-expert", {}),
    ("italy", {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "abilities"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_is_the_last_guess(name: str, abilities: Known) -> None:
    claims = list(guessed(name))
    assert {claim.ability: claim.able for claim in claims} == abilities
    assert all(claim.origin == "guessed" for claim in claims)


def test_what_a_server_says_counts_more_than_the_name() -> None:
    model = model_of({"id": "embed-chat", "type": "chat"})
    assert model is not None
    assert model.capabilities.can("chat") is True
    assert model.capabilities.sole is None


def test_facts_are_read_and_what_is_missing_or_odd_is_unknown() -> None:
    full = listed(parent="base", owned_by="vllm", aliases=["m", "other", 3], meta={"n_ctx": 10, "ftype": "Q4_1"})
    assert (full.parent, full.owner, full.aliases, full.context) == ("base", "vllm", ("other",), 10)
    assert full.quantization == Fact("Q4_1", "said", "the list of models")
    assert listed() == Model("m")
    assert listed(parent=3, owned_by=[], aliases="x", meta=[], quantization="none", max_model_len="9") == Model("m")
    assert model_of({"id": 3}) is None
    assert model_of({"name": "n"}) == Model("n")
    assert listed(model_info={"max_input_tokens": 7}).context == 7


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("model-Q4_K_M.gguf", "Q4_K_M"),
        ("Llama-3-8B-AWQ", "AWQ"),
        ("Llama-FP8", "FP8"),
        ("model-IQ3_XS", "IQ3_XS"),
        ("mlx/model-4bit", "4bit"),
        ("Llama-3.1-8B-quantized.w4a16", "w4a16"),
        ("plain", None),
        ("q4", None),
    ],
)
def test_a_quantization_is_guessed_from_the_name(name: str, quantization: str | None) -> None:
    model = model_of({"id": name})
    assert model is not None
    found = model.quantization
    assert (found.value if found else None) == quantization
    assert found is None or found.origin == "guessed"


def test_a_word_for_what_a_model_is_for_is_read_in_any_case() -> None:
    assert [claim.ability for claim in typed("Chat", "a list")] == ["chat"]


def test_the_model_to_use_is_the_first_that_can_chat() -> None:
    embed, chat = listed(id="bge-m3"), listed(id="a-chat", aliases=["short"])
    assert Details("", "running", (embed, chat)).first == chat
    assert Details("", "running", (embed,)).first == embed
    assert Details("", "running").first is None
    assert Details("", "running", (embed, chat)).model("short") == chat
    assert Details("", "running", (embed, chat)).model("bge-m3") == embed
    assert Details("", "running", (embed, chat)).model(None) is None
