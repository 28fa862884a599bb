"""The body of a successful response → events. Decides what the body is by how it begins, since servers mislabel theirs.

An event stream, a whole completion sent although a stream was asked for, or neither. Not here: responses that refuse
(`refusals`), and the meaning of an object (`wire`).
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any, Literal

from playground.core.errors import ConnectionBroke, EndpointError, NotAStream
from playground.core.events import Event, ReasoningDelta, TextDelta
from playground.core.reasons import tidy
from playground.core.refusals import page_instead
from playground.core.repeats import Repeats
from playground.core.sse import SSEDecoder, TooLong
from playground.core.wire import WireReader

# Bytes of a completion that is sent at once.
MAX_WHOLE = 32 * 2**20
_BLANK = b"\xef\xbb\xbf \t\r\n"
_FIELDS = (b"data", b"event", b"id:", b"retry", b"error:", b":")

Kind = Literal["undecided", "events", "whole"]


class BodyReader:
    """`feed` takes the bytes as they come; `end` is called when the connection has given all.

    Neither raises: `failure` is set instead, since events may stand before what is wrong. `complete`: nothing more is
    wanted, whether or not the connection stays open. `verbatim`: a text completion, whose text is given as it came.
    """

    def __init__(self, content_type: str = "", status: int = 200, *, verbatim: bool = False) -> None:
        self._content_type = content_type.lower()
        self._status = status
        self._kind: Kind = "undecided"
        self._held: list[bytes] = []
        self._held_size = 0
        self._decoder = SSEDecoder()
        self._wire = WireReader(verbatim=verbatim)
        self._repeats = Repeats(self._wire)
        self._answered = False
        self.complete = False
        self.failure: EndpointError | None = None

    @property
    def whole(self) -> bool:
        """The answer is all there, however the connection ends: [DONE] and a finish reason each say so."""
        return self.complete or self._wire.finished

    def feed(self, received: bytes) -> tuple[Event, ...]:
        if self.failure is not None or self.complete:
            return ()
        if self._kind == "undecided":
            received = self._decide(received)
        if self._kind == "events":
            return self._events(received)
        if received and self._kind == "whole":
            self._hold(received)
            if self._held_size > MAX_WHOLE:
                self.failure = self._no_answer("What the endpoint sent is too long for an answer.")
        return ()

    def end(self) -> tuple[Event, ...]:
        if self.failure is not None or self.complete:
            return ()
        if self._kind == "undecided":
            self.failure = self._no_answer("The endpoint sent an empty answer.", b"".join(self._held))
            return ()
        return self._whole() if self._kind == "whole" else self._rest()

    def _decide(self, received: bytes) -> bytes:
        """Sets the kind as soon as it can be told, and gives what is to be read then."""
        # Blank lines keep a connection alive while the answer is made; there may be many of them.
        begun = b"".join((*self._held, received)).lstrip(_BLANK)
        self._held, self._held_size = [], 0
        if begun.startswith(_FIELDS):
            self._kind = "events"
        elif begun.startswith((b"{", b"[")):
            self._kind = "whole"
        elif not begun:
            return b""
        elif any(field.startswith(begun) for field in _FIELDS):
            self._hold(begun)
        elif begun.startswith(b"<") or "html" in self._content_type:
            self.failure = page_instead(self._status)
        elif "event-stream" in self._content_type:
            self._kind = "events"
        else:
            self.failure = self._no_answer("What the endpoint sent is not an answer.", begun)
        return begun if self._kind != "undecided" else b""

    def _hold(self, data: bytes) -> None:
        self._held.append(data)
        self._held_size += len(data)

    def _events(self, received: bytes) -> tuple[Event, ...]:
        try:
            return self._objects(self._decoder.feed(received))
        except TooLong:
            self.failure = self._no_answer("What the endpoint sent is no stream of events.")
            return ()

    def _objects(self, data: list[bytes]) -> tuple[Event, ...]:
        events: list[Event] = []
        at = 0
        while at < len(data) and self.failure is None and not self.complete:
            if texts := self._repeats.take(data, at):
                events += self._wire.more(self._repeats.kind, texts)
                at += len(texts)
                continue
            text = data[at].strip()
            if text == b"[DONE]":
                events += self._wire.end()
                self.complete = True
            else:
                read = self._object(text)
                self._repeats.learn(data[at], read)
                events += read
            at += 1
        self._answered = self._answered or bool(events)
        return _joined(events)

    def _object(self, text: bytes) -> list[Event]:
        try:
            sent = _parsed(text)
        except ValueError:
            # Anything but a damaged object is a keep-alive in words.
            if text.startswith(b"{"):
                self.failure = NotAStream(
                    "Part of the answer arrived damaged.",
                    "What came before it is kept. Try again.",
                    status=self._status,
                )
            return []
        events = self._wire.read(sent)
        self.failure = self._wire.error
        return events

    def _rest(self) -> tuple[Event, ...]:
        events = self._objects(self._decoder.flush())
        if self.failure is None and not self.complete:
            events += tuple(self._wire.end())
        if self.failure is None and not self.whole:
            self.failure = (
                cut_off()
                if self._answered or events
                else self._no_answer("The endpoint's stream of events holds no answer.")
            )
        return events

    def _whole(self) -> tuple[Event, ...]:
        try:
            sent = _parsed(b"".join(self._held))
        except ValueError:
            self.failure = NotAStream(
                "The endpoint's answer is not whole JSON.",
                "Try again; if it happens again, look into the server's log.",
                status=self._status,
            )
            return ()
        events = (*self._wire.read(sent, "message"), *self._wire.end())
        self.failure = self._wire.error
        if self.failure is None and not (isinstance(sent, dict) and sent.get("choices")):
            self.failure = self._no_answer("What the endpoint sent holds no answer.")
            return ()
        self.complete = self.failure is None
        return events

    def _no_answer(self, what: str, begun: bytes = b"") -> NotAStream:
        return NotAStream(
            what,
            "The URL may belong to another kind of server. Check the endpoint's base URL: it often ends in /v1.",
            tidy(begun[:200].decode("utf-8", "replace")),
            status=self._status,
        )


def cut_off() -> ConnectionBroke:
    """The answer stops in its middle: neither a finish reason nor [DONE] came."""
    return ConnectionBroke(
        "The answer was cut off.",
        "The connection ended before the answer did. What came is kept: try again, or continue from it.",
    )


def _joined(events: list[Event]) -> tuple[Event, ...]:
    """Text that came together is one event: whoever takes it works once, not once for each token."""
    if len(events) < 2:
        return tuple(events)
    made: list[Event] = []
    for kind, alike in groupby(events, type):
        if kind is TextDelta or kind is ReasoningDelta:
            parts = [part for part in alike if isinstance(part, TextDelta | ReasoningDelta)]
            made.append(kind("".join(part.text for part in parts), sum(part.pieces for part in parts)))
        else:
            made += alike
    return tuple(made)


def _parsed(data: bytes) -> Any:
    """Raises ValueError for what is no JSON, or nested too deep to be an answer."""
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deep") from None
