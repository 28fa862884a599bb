"""What a setting's name means: the one table of the names by which people call an address, a key, a model.

Names are compared without case and punctuation: OPENAI_BASE_URL, baseURL and base-url differ in their prefix only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from playground.core.params import TABLE

Concept = Literal["address", "port", "key", "model", "system", "prompt", "headers"]

# Longer endings first. Those in the second table count only where nothing, or a known prefix, stands before them.
_ENDINGS: tuple[tuple[str, Concept], ...] = (
    ("endpointurl", "address"),
    ("serverurl", "address"),
    ("baseurl", "address"),
    ("baseuri", "address"),
    ("apibase", "address"),
    ("apiurl", "address"),
    ("apihost", "address"),
    ("endpoint", "address"),
    ("bearertoken", "key"),
    ("accesstoken", "key"),
    ("authtoken", "key"),
    ("accesskey", "key"),
    ("apitoken", "key"),
    ("apikey", "key"),
    ("modelname", "model"),
    ("modelid", "model"),
    ("deploymentname", "model"),
    ("model", "model"),
    ("systemprompt", "system"),
    ("defaultheaders", "headers"),
    ("extraheaders", "headers"),
)
_SHORT: dict[str, Concept] = {
    "url": "address",
    "uri": "address",
    "host": "address",
    "base": "address",
    "address": "address",
    "server": "address",
    "port": "port",
    "key": "key",
    "token": "key",
    "system": "system",
    "prompt": "prompt",
    "headers": "headers",
}
# What may stand before a short name without making another thing of it.
_KNOWN = frozenset(
    (
        "openai", "vllm", "playground", "llm", "inference", "api", "chat", "flexai", "openaiapi", "azureopenai",
        "llamacpp", "local",
    )
)  # fmt: skip
# Keys with these in their name open something else, and would be sent to an address that has no business with them.
_FOREIGN = re.compile(r"huggingface|github|gitlab|wandb|langsmith|tavily|serp|pinecone|embed|aws|secret|playground_url")
# What may stand in a file of settings; any other name there is not a parameter.
PARAMETERS = frozenset({name for param in TABLE for name in param.fields} | {"n"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """`prefix`: what stands before the name that gives the concept, as in OPENAI_API_KEY: `openai`."""

    concept: Concept
    prefix: str

    @property
    def general(self) -> bool:
        """The name is nobody's own: it has no prefix, or one that is used for any server."""
        return not self.prefix or self.prefix in _KNOWN


def meaning(name: str) -> Meaning | None:
    """What a name says, or None where it says nothing of an endpoint."""
    plain = re.sub(r"[\W_]+", "", name[:120]).lower()
    if plain.startswith("hf") or _FOREIGN.search(plain):
        return None
    for ending, concept in _ENDINGS:
        if plain.endswith(ending):
            return Meaning(concept, plain.removesuffix(ending))
    for ending, concept in _SHORT.items():
        if plain.endswith(ending) and plain.removesuffix(ending) in {"", *_KNOWN}:
            return Meaning(concept, plain.removesuffix(ending))
    return None
