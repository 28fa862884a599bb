"""The bytes that came for an answer as events with their times, for whoever reads them. Foreign text, as it came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from playground.core.recording import Attempt
from playground.core.redact import redact
from playground.core.wire_events import LEAST_ID

# Lines end in two ways, and an event with a blank one.
_END = re.compile(rb"\r?\n\r?\n")
_LONGEST_END = 4
# Events among which the answer's own id is looked for.
ID_EVENTS = 8


@dataclass(frozen=True, slots=True)
class RawEvent:
    """`at`: seconds until the read that completed it; `size` in bytes."""

    at: float
    size: int
    text: str


def raw_events(attempt: Attempt, zero: float) -> list[RawEvent]:
    """What is kept, in order. What is no stream of events is one. Times are counted from `zero`.

    Known secrets were masked as they came. In an error's body whatever looks like one is masked here as well: servers
    echo what they were sent, and others' keys.
    """
    return list(_events(attempt, zero))


def first_events(attempt: Attempt, zero: float, most: int) -> list[RawEvent]:
    """The first of them: no more than those are read."""
    return list(islice(_events(attempt, zero), most))


def _events(attempt: Attempt, zero: float) -> Iterator[RawEvent]:
    held = bytearray()
    at = zero
    for at, data in attempt.reads:
        # No end lies in what is held, but one may begin in its last bytes. Each byte is looked at once: a server that
        # sends a megabyte without an end is one that somebody looks closer at.
        look = max(0, len(held) - _LONGEST_END + 1)
        held += data
        begin = 0
        while (end := _END.search(held, look)) is not None:
            each = bytes(held[begin : end.start()])
            if each.strip():
                yield _event(at - zero, each, attempt.failed)
            begin = look = end.end()
        del held[:begin]
    if rest := bytes(held).strip():
        yield _event(at - zero, rest, attempt.failed)


def completion_id(events: Sequence[RawEvent]) -> str | None:
    """The id that the server gave the answer itself; vLLM makes it from the request's."""
    for event in events[:ID_EVENTS]:
        try:
            sent = json.loads(event.text.removeprefix("data:"))
        except (ValueError, RecursionError):
            continue
        id = sent.get("id") if isinstance(sent, dict) else None
        if isinstance(id, str) and len(id) >= LEAST_ID:
            return id
    return None


def _event(at: float, data: bytes, failed: bool) -> RawEvent:
    text = data.decode("utf-8", "replace")
    return RawEvent(at, len(data), redact(text) if failed else text)
