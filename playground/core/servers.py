"""The servers that can be told apart, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Server = Literal["vllm", "sglang", "llama.cpp", "tgi", "mistral", "ollama", "lm-studio", "litellm"]
# Who takes a parameter or does not: these, and OpenAI itself.
Taker = Literal["openai", Server]
NAMES: Mapping[Taker, str] = {
    "openai": "OpenAI",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llama.cpp": "llama.cpp",
    "tgi": "TGI",
    "mistral": "Mistral",
    "ollama": "Ollama",
    "lm-studio": "LM Studio",
    "litellm": "LiteLLM",
}
