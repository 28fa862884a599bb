"""What an endpoint says of itself: its models, which server it is, whether it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from playground.core.capabilities import UNKNOWN, Capabilities, Origin
from playground.core.errors import PlaygroundError
from playground.core.servers import Server

# Dotted keys and their values as text.
Lines = tuple[tuple[str, str], ...]
State = Literal["running", "loading", "waking", "stopped", "unauthorized", "unreachable"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that more than one source can give, and where it comes from. `words`: it is no value but says in words
    why there is none."""

    value: str
    origin: Origin
    source: str
    words: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """One model that an endpoint lists. What nobody says is None.

    `context` is in tokens. `parent` is the model that a LoRA adapter belongs to. `owner` is the list's `owned_by`.
    `loaded`: whether it is in memory, where a server lists others too.
    """

    id: str
    context: int | None = None
    parent: str | None = None
    owner: str | None = None
    aliases: tuple[str, ...] = ()
    quantization: Fact | None = None
    loaded: bool | None = None
    capabilities: Capabilities = UNKNOWN


@dataclass(frozen=True, slots=True)
class Details:
    """`base_url` is the one that answered. `models` is empty where the server lists none, which is no error.

    `server` and `version` are None where they cannot be told; `server_by` says by whose word the server is known.
    `error` says why the state is not "running". `routes` is what is known of the server as a whole, also where it
    lists no models. `took` is how many seconds its list of models took to come, None where none came.

    `answers` is what the server's own routes said, by route, as lines (`withheld`). `remembered`: it does not answer
    now, and models, server and what it said are from when it did.
    """

    base_url: str
    state: State
    models: tuple[Model, ...] = ()
    server: Server | None = None
    error: PlaygroundError | None = None
    version: str | None = None
    routes: Capabilities = UNKNOWN
    answers: tuple[tuple[str, Lines], ...] = ()
    remembered: bool = False
    server_by: tuple[Origin, str] | None = None
    # Another time is no news.
    took: float | None = field(default=None, compare=False)

    @property
    def first(self) -> Model | None:
        """The model to use where nobody names one: the first that can chat, for all that is known."""
        return next((model for model in self.models if model.capabilities.sole is None), None) or next(
            iter(self.models), None
        )

    def model(self, id: str | None) -> Model | None:
        """The listed model of that name, or of that alias."""
        named = (model for model in self.models if model.id == id)
        return next(named, None) or next((model for model in self.models if id in model.aliases), None)
