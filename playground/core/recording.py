"""What went over the wire for one answer: each request as it was sent, what came back, and when.

Kept beside the reply, for whoever looks closer. While an answer streams, only whoever has it open reads of it: figures
and times, once a second. Bounded for each answer and, by `Archive`, for the whole app. Times are the caller's, in
seconds of one monotonic clock; `epoch` makes them wall-clock times. Secrets are masked before anything comes here.
"""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from playground.core.secret import MASK
from playground.core.wire_events import REQUEST_ID, REQUEST_IDS, Answered, Closed, Opened, Received, Told, header

# Bytes received that are kept of one answer; beyond that they are counted.
MOST_RECEIVED = 2 * 2**20
# What keeping one read costs beside its bytes.
READ_BYTES = 120
# Arrivals and frames that are kept of one answer.
MOST_MARKS = 20_000
MOST_FRAMES = 2_000


@dataclass(slots=True)
class Attempt:
    """One try. `received`: bytes in all; `reads`: when each read came, and its bytes, as far as they are kept."""

    opened: Opened
    at: float
    answered: Answered | None = None
    answered_at: float | None = None
    reads: list[tuple[float, bytes]] = field(default_factory=list)
    received: int = 0
    left_out: int = 0
    first_byte_at: float | None = None
    closed_at: float | None = None
    why: str = ""
    body_dropped: bool = False

    @property
    def failed(self) -> bool:
        """Whether the response's status says that it is an error."""
        return self.answered is not None and not self.answered.succeeded

    @property
    def sent_id(self) -> str | None:
        """The request's id as we sent it; None where the operator sets one, which is masked."""
        sent = header(self.opened.headers, REQUEST_ID)
        return None if sent == MASK else sent

    @property
    def answered_id(self) -> str | None:
        """The request's id as the server gave it."""
        found = (header(self.answered.headers, name) for name in REQUEST_IDS) if self.answered else ()
        return next((value for value in found if value), None)


@dataclass(frozen=True, slots=True)
class Waited:
    """A wait before another try."""

    at: float
    seconds: float | None
    why: str


@dataclass(slots=True)
class Frame:
    """Text that was painted: when the last of it had come, when it went to the page, when the page said it was there.

    `painted_at` is None where the page has not said so; it holds the way of that message too.
    """

    arrived_at: float
    sent_at: float
    painted_at: float | None = None


class Recording:
    """One answer's. `epoch` is the wall-clock second of the clock's zero, `began` when the answer was asked for."""

    def __init__(self, began: float, epoch: float, grew: Callable[[int], None] = lambda size: None) -> None:
        self.began, self.epoch = began, epoch
        self.attempts: list[Attempt] = []
        self.waits: list[Waited] = []
        self.frames: list[Frame] = []
        self.ended_at: float | None = None
        # Whether the bytes that came were kept once, and had to make room for those of later answers.
        self.dropped = False
        self.size = 0
        # When text came, and how many pieces of it.
        self.marks: tuple[array[float], array[int]] = (array("d"), array("q"))
        self.unmarked = 0
        self._reads_size = 0
        self._grew = grew

    def wall(self, at: float) -> float:
        """The wall-clock second of a time."""
        return self.epoch + at

    @property
    def last(self) -> Attempt | None:
        """The try that counts."""
        return self.attempts[-1] if self.attempts else None

    @property
    def sent_at(self) -> float | None:
        return self.attempts[-1].at if self.attempts else None

    def feed(self, told: Told, at: float) -> None:
        if isinstance(told, Opened):
            self.attempts.append(Attempt(told, at))
            self._keeps(len(told.body))
            return
        if not self.attempts:
            return
        attempt = self.attempts[-1]
        match told:
            case Received(data=data):
                self._received(attempt, data, at)
            case Answered():
                attempt.answered, attempt.answered_at = told, at
            case Closed(why=why):
                attempt.closed_at, attempt.why = at, why
            case _:
                assert_never(told)

    def text(self, at: float, pieces: int) -> None:
        """So many pieces of text came."""
        times, counts = self.marks
        if len(times) < MOST_MARKS:
            times.append(at)
            counts.append(pieces)
        else:
            self.unmarked += pieces

    def frame(self, arrived_at: float, sent_at: float) -> Frame | None:
        """A frame that goes to the page; None where so many are kept that this one is not."""
        if len(self.frames) >= MOST_FRAMES:
            return None
        self.frames.append(Frame(arrived_at, sent_at))
        return self.frames[-1]

    def drop_reads(self) -> None:
        """Keeps no byte that came, from now on."""
        for attempt in self.attempts:
            attempt.left_out = attempt.received
            attempt.reads = []
        self.size -= self._reads_size
        self._reads_size = 0
        self.dropped = True

    def drop_bodies(self) -> None:
        for attempt in self.attempts:
            attempt.opened = dataclasses.replace(attempt.opened, body=b"")
            attempt.body_dropped = True
        self.size = self._reads_size

    def _received(self, attempt: Attempt, data: bytes, at: float) -> None:
        attempt.received += len(data)
        if attempt.first_byte_at is None:
            attempt.first_byte_at = at
        room = 0 if self.dropped else MOST_RECEIVED - self._reads_size - READ_BYTES
        if room < len(data):
            attempt.left_out += len(data) - max(room, 0)
            data = data[: max(room, 0)]
        if data:
            attempt.reads.append((at, data))
            self._reads_size += len(data) + READ_BYTES
            self._keeps(len(data) + READ_BYTES)

    def _keeps(self, size: int) -> None:
        self.size += size
        self._grew(size)
