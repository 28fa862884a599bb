"""The events of a stream are alike but for their text: the form of one is learned, and others of it are not parsed.

Parsing and understanding each token's object is most of what reading an answer costs. Only forms that are proven are
used: what the reader makes of the object with another text put in must be that text, and nothing else.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence

from playground.core.events import Event, ReasoningDelta, TextDelta
from playground.core.texts import sound
from playground.core.wire import WireReader

# Forms learned in a row that no event had: this stream's events all differ in more than their text.
GIVE_UP = 8


class Repeats:
    """A form is what stands before and after the text of an event. It holds until an event of another form is read.

    `kind`: what the texts are that were taken last.
    """

    def __init__(self, wire: WireReader) -> None:
        self._wire = wire
        self.kind: type[TextDelta] | type[ReasoningDelta] = TextDelta
        self._known = False
        self._before = self._after = b""
        self._unused = 0

    def take(self, events: Sequence[bytes], start: int) -> list[str]:
        """The texts of the events from `start` on, as far as they have the form."""
        if not self._known:
            return []
        before, after = self._before, self._after
        begin, end, least = len(before), -len(after), len(before) + len(after)
        texts = []
        for at in range(start, len(events)):
            event = events[at]
            if not (event.startswith(before) and event.endswith(after) and len(event) > least):
                break
            text = event[begin:end].decode("utf-8", "replace")
            if '"' in text or "\\" in text or not text.isprintable():
                if (unquoted := _unquoted(text)) is None:
                    break
                text = unquoted
            texts.append(text)
        if texts:
            self._unused = 0
        return texts

    def learn(self, event: bytes, read: Sequence[Event]) -> None:
        """Takes an event that has no known form, and what it was read as."""
        self._known = False
        if len(read) != 1 or self._unused >= GIVE_UP or not self._wire.passes_on:
            return
        (said,) = read
        if not isinstance(said, TextDelta | ReasoningDelta):
            return
        before, found, after = event.partition(f'"{said.text}"'.encode())
        if not found:
            return
        before, after = before + b'"', b'"' + after
        other = said.text + "x"
        try:
            tried = json.loads(before + other.encode() + after)
        except (ValueError, RecursionError):
            return
        # A copy reads it, which nothing depends on: it may be the name of a model that was changed.
        if copy.deepcopy(self._wire).read(tried) == [type(said)(other)]:
            self._known, self.kind, self._before, self._after = True, type(said), before, after
            self._unused += 1


def _unquoted(text: str) -> str | None:
    """A JSON string without its quotes → what it means; None where it is not one string."""
    try:
        return sound(json.loads(f'"{text}"'))
    except ValueError:
        return None
