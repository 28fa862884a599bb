"""How each server takes up an answer that was cut off. Where none of the ways is known to work, none is offered."""

from __future__ import annotations

from collections.abc import Mapping

from playground.core.run import ContinueBy
from playground.core.servers import Server

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


def other_way(way: ContinueBy | None, said: str) -> ContinueBy | None:
    """The way to try after a refusal with this reason; None where it is about something else.

    llama.cpp takes no beginning of an answer from a model that thinks first, but renders the conversation as text.
    """
    return "completion" if way == "trailing_assistant" and "prefill" in said.lower() else None


def joined(prompt: str, begun: str) -> str:
    """The text to be completed: a rendered conversation, and the answer as far as it came.

    A template may end by opening the model's thinking. That is over: what came is the answer.
    """
    opened = prompt.rstrip()
    return f"{opened}\n\n</think>\n\n{begun}" if opened.endswith("<think>") else prompt + begun
