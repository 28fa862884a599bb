"""Which server answers, and how that is known: by what its list of models says, by the answer's head, by the host's
name, or by what it alone has beside its API (`adapters.probe` asks for that). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from playground.core.capabilities import Origin
from playground.core.servers import Server

# A server, how it is known, and by what.
Known = tuple[Server, Origin, str]

LIST, HEAD, HOST = "the server's list of models", "the answer's head", "the host's name"
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


def server_of(listed: Iterable[Mapping[str, Any]], headers: Mapping[str, str], base_url: str) -> Known | None:
    """From the models that were listed, the answer's headers (by lower-case name) and where it came from; None where
    none of that tells it."""
    for model in listed:
        owner = model.get("owned_by")
        if isinstance(owner, str) and owner in OWNERS:
            return OWNERS[owner], "said", LIST
    named = headers.get("server", "").lower()
    if named in NAMES:
        return NAMES[named], "said", HEAD
    if any(name.startswith("x-litellm") for name in headers):
        return "litellm", "said", HEAD
    host = urlsplit(base_url).hostname or ""
    return ("mistral", "guessed", HOST) if host.endswith(".mistral.ai") else None
