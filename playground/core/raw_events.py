"""The bytes that came for an answer as events with their times, for whoever reads them. Foreign text, as it came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playground.core.recording import Attempt
from playground.core.redact import redact, without
from playground.core.secret import Secret

# Lines end in two ways, and an event with a blank one.
_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class RawEvent:
    """`at`: seconds until the read that completed it; `size` in bytes."""

    at: float
    size: int
    text: str


def raw_events(attempt: Attempt, zero: float, secrets: Iterable[Secret] = ()) -> list[RawEvent]:
    """What is kept, in order. What is no stream of events is one. Times are counted from `zero`.

    Each read was masked as it came; a secret that lay across two is masked here. In an error's body whatever looks like
    a secret is masked as well: servers echo what they were sent, and others' keys.
    """
    known = tuple(secrets)
    made: list[RawEvent] = []
    held: list[bytes] = []
    at = zero
    for at, data in attempt.reads:
        held.append(data)
        # An end may lie across two reads.
        if b"\n" not in data:
            continue
        *whole, rest = _END.split(b"".join(held))
        made += [_event(at - zero, each, known, attempt.failed) for each in whole if each.strip()]
        held = [rest]
    if rest := b"".join(held).strip():
        made.append(_event(at - zero, rest, known, attempt.failed))
    return made


def completion_id(events: Sequence[RawEvent]) -> str | None:
    """The id that the server gave the answer itself; vLLM makes it from the request's."""
    for event in events[:8]:
        try:
            sent = json.loads(event.text.removeprefix("data:"))
        except (ValueError, RecursionError):
            continue
        id = sent.get("id") if isinstance(sent, dict) else None
        if isinstance(id, str) and len(id) >= 8:
            return id
    return None


def _event(at: float, data: bytes, secrets: tuple[Secret, ...], failed: bool) -> RawEvent:
    text = without(data, secrets).decode("utf-8", "replace")
    return RawEvent(at, len(data), redact(text) if failed else text)
