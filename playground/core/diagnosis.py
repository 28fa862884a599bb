"""What `playground doctor` says: exit codes, and what was found as one document with stable names. Pure.

Not here: the terminal (`playground.doctor`), and what each step and trial means (`checks`, `trials`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from playground.core.checks import Checked, Step, view
from playground.core.errors import NoChat, Unauthorized
from playground.core.picker import picker
from playground.core.trials import Tried

# Of the document: raised when a name in it changes its meaning.
SCHEMA = 1

Ending = Literal["answers", "name", "address", "tls", "key", "models", "token", "no_chat", "no_model"]


@dataclass(frozen=True, slots=True)
class Exit:
    """An exit code and what it stands for."""

    code: int
    means: str


EXITS: dict[Ending, Exit] = {
    "answers": Exit(0, "a model has answered"),
    "name": Exit(10, "the host's name is not found"),
    "address": Exit(11, "no connection: refused, not in time, not allowed, or the proxy failed"),
    "tls": Exit(12, "the certificate, the handshake, or http and https mistaken for each other"),
    "key": Exit(13, "the key is refused, or one is wanted"),
    "models": Exit(14, "what answers at the address is no such endpoint, or it fails"),
    "token": Exit(15, "no answer to one small request"),
    "no_chat": Exit(16, "the endpoint works, but for something else than chat: embeddings, speech"),
    "no_model": Exit(17, "no model is named and none is listed"),
}


def ending(checked: Checked) -> Ending:
    """How a check ended. A refused key is one wherever it is refused."""
    if isinstance(checked.error, Unauthorized):
        return "key"
    if isinstance(checked.error, NoChat):
        return "no_chat"
    if checked.failed is not None:
        return checked.failed
    return "answers" if checked.works else "no_model"


def document(
    checked: Checked, steps: Sequence[Step], tried: Sequence[Tried], *, asked: str, verbose: bool
) -> dict[str, Any]:
    """All that was found, as plain values. `asked`: the address as it was given. `verbose`: with what was exchanged."""
    details, end = checked.details, ending(checked)
    return {
        "schema": SCHEMA,
        "endpoint": {"name": checked.endpoint.name, "url": asked, "base_url": checked.endpoint.base_url},
        "key": "set" if checked.endpoint.key is not None else "none",
        "server": details.server,
        "version": details.version,
        "model": checked.model,
        "mode": checked.mode,
        "first_token_seconds": checked.first_token,
        "steps": [view(step) | {"addresses": list(step.addresses)} for step in steps if step.outcome != "running"],
        "models": picker(details),
        "tries": [_tried(each, verbose=verbose) for each in tried],
        "result": end,
        "exit": EXITS[end].code,
    }


def _tried(tried: Tried, *, verbose: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": tried.name,
        "kind": tried.kind,
        "verdict": tried.verdict,
        "text": tried.text,
        "seconds": tried.seconds,
        "status": tried.status,
    }
    return made | {"sent": dict(tried.sent), "came": tried.came} if verbose else made
