"""What an endpoint says of itself: its models, which server it is, whether it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playground.core.errors import PlaygroundError

Server = Literal["vllm", "sglang", "llama.cpp", "tgi", "mistral", "ollama", "lm-studio", "litellm"]
State = Literal["running", "loading", "unauthorized", "unreachable"]


@dataclass(frozen=True, slots=True)
class Model:
    """`context` is in tokens, None where the server does not say."""

    id: str
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """`base_url` is the one that answered. `models` is empty where the server lists none, which is no error.

    `server` is None where it cannot be told. `error` says why the state is not "running".
    """

    base_url: str
    state: State
    models: tuple[Model, ...] = ()
    server: Server | None = None
    error: PlaygroundError | None = None
