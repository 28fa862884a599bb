"""How an endpoint is now, in a word, a dot and sentences: one table. Not here: finding out (`adapters.endpoints`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from playground.core.capabilities import SOLE
from playground.core.details import Details
from playground.core.endpoint import Endpoint

Dot = Literal["running", "loading", "waking", "stopped", "unauthorized", "unreachable", "missing", "unfit", "unknown"]

# How the embedded server is.
LocalState = Literal["off", "starting", "loading", "running", "restarting", "failed", "missing"]


@dataclass(frozen=True, slots=True)
class Status:
    """What the header shows of an endpoint. `model` is None where it is not known; `text` says the state in words.

    `since`: from when on it has been so, in wall-clock seconds, as far as this app has seen; None where it has not
    been asked. `rests`: it scales to zero and is not used, so it is left alone: this is how it was when it was asked
    last.
    """

    name: str
    model: str | None
    dot: Dot
    text: str
    local: bool
    since: float | None = None
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`word` is the state's name, `text` a sentence of the endpoint, `locked` one that names none.

    `line` stands above the composer, before a visitor types: what is the matter (the time is put behind it), and what
    becomes of a message; None where all is well. Neither names an endpoint.
    """

    word: str
    text: str
    locked: str
    line: tuple[str, str] | None = None


_KEPT = "You can write: your message is kept, and sent as soon as the model is up."
TABLE: Mapping[Dot, Row] = {
    "running": Row("Running", "Ready", "Ready"),
    "loading": Row(
        "Loading", "The model is loading", "The model is loading", ("The model is loading", _KEPT)
    ),
    "waking": Row(
        "Waking up",
        "The model is waking up",
        "The model is waking up",
        ("The model was not used for a while and is waking up", _KEPT),
    ),
    "stopped": Row(
        "Stopped",
        "The endpoint is stopped",
        "The model is stopped: its operator has to start it again",
        ("The model is stopped", "Its operator has to start it again. What you send is kept, to be sent again later."),
    ),
    "unauthorized": Row(
        "Key refused",
        "The endpoint refuses the key",
        "The model cannot be used: its operator has to see to it",
        ("The model refuses this app's key", "Whoever runs it has to see to it. What you send is kept."),
    ),
    "unreachable": Row(
        "Unreachable",
        "The endpoint cannot be reached",
        "The model cannot be reached",
        ("The model cannot be reached", "You can write: if it is still away, your message is kept, to be sent again."),
    ),
    "missing": Row("Missing", "No endpoint is set", "No model is connected"),
    "unfit": Row("Cannot chat", "This model cannot chat", "This model cannot chat"),
    "unknown": Row("Unknown", "Not asked yet", "Not asked yet"),
}  # fmt: skip

# Above the composer where it may have fallen asleep meanwhile, or woken up.
RESTS = (
    "The model was not used for a while and may be asleep",
    "You can write: it is woken up, which may take a while.",
)
_MAY_REST: frozenset[Dot] = frozenset({"running", "loading", "waking"})
# What the embedded server's state means, and a sentence of it.
LOCAL: Mapping[LocalState, tuple[Dot, str]] = {
    "off": ("loading", "The built-in model has not started yet"),
    "starting": ("loading", "The built-in model is starting"),
    "loading": ("loading", "The built-in model is loading"),
    "running": ("running", TABLE["running"].text),
    "restarting": ("loading", "The built-in model ended and is starting again"),
    "failed": ("unreachable", "The built-in model cannot run"),
    "missing": ("missing", "The built-in model is not installed"),
}


def status_of(endpoint: Endpoint, details: Details | None) -> Status:
    """How an endpoint is, by what is known of it; `details` None where it was not asked yet."""
    if details is None:
        return Status(endpoint.label, endpoint.model, "unknown", TABLE["unknown"].text, local=False)
    model = endpoint.model or (details.first.id if details.first else None)
    asked = details.model(model)
    if details.state == "running" and asked is not None and (sole := asked.capabilities.sole) is not None:
        return Status(endpoint.label, model, "unfit", f"This model cannot chat: it {SOLE[sole.ability]}", local=False)
    text = details.error.what if details.error else TABLE[details.state].text
    return Status(endpoint.label, model, details.state, text, local=False)


def resting(status: Status) -> Status:
    """The same, of an endpoint that is left alone."""
    if status.dot == "unknown":
        return status
    return replace(status, rests=True, text=f"{status.text.rstrip('.')}, when it was last asked")


def line(status: Status, now: float) -> dict[str, Any] | None:
    """What stands above the composer: `what`, `then` and for how many seconds it has been so; None for nothing."""
    if status.rests and status.dot in _MAY_REST:
        return {"what": RESTS[0], "then": RESTS[1], "ago": None}
    told = TABLE[status.dot].line
    if told is None:
        return None
    what, then = told
    return {"what": what, "then": then, "ago": None if status.since is None else max(0.0, now - status.since)}
