"""How each server takes up an answer that was cut off. Where none of the ways is known to work, none is offered."""

from __future__ import annotations

from collections.abc import Mapping

from playground.core.details import Server
from playground.core.run import ContinueBy

# vLLM and SGLang: the flag of their chat route. llama.cpp: a trailing assistant turn is taken as a beginning by itself.
# Mistral: the message's own flag.
WAYS: Mapping[Server, ContinueBy] = {
    "vllm": "continue_final_message",
    "sglang": "continue_final_message",
    "llama.cpp": "trailing_assistant",
    "mistral": "prefix",
}


def how_to_continue(server: Server | None) -> ContinueBy | None:
    """None where the server is not known, or knows no way."""
    return WAYS.get(server) if server is not None else None
