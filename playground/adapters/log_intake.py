"""What comes from a log, on its way to the store: taken at once, read when there is time, dropped where it is too much.

Reading a line costs some microseconds of the interpreter, which the chat needs as well. So whoever brings bytes only
puts them in a queue; one thread reads for all sources (`log_pump`); and where more comes than it can read, the oldest
bytes that wait are dropped and counted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from playground.adapters.log_pump import Pump
from playground.core.log.line import Level, Line, Read
from playground.core.log.reader import LONGEST, MARGIN, Reader
from playground.core.log.store import Store, View
from playground.core.redact import redact
from playground.core.secret import Secret

# Bytes that wait to be read, at most.
MOST_WAITING = 4 * 2**20
# Bytes that are read between two looks at the clock.
_PIECE = 2_048
# Seconds after which the last line is taken as it is, where no line break has come behind it.
QUIET = 1.0


@dataclass(frozen=True, slots=True)
class _Bytes:
    data: bytes
    at: float
    secrets: tuple[Secret, ...]
    old: bool


@dataclass(frozen=True, slots=True)
class _Note:
    text: str
    level: Level
    at: float


@dataclass(frozen=True, slots=True)
class _Lost:
    """`cut`: what follows begins within a line."""

    lines: int
    at: float
    cut: bool = True


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Nothing has come for a while."""

    at: float


_Item = _Bytes | _Note | _Lost | _Quiet | None


class Intake:
    """One source's way in. `put`, `note` and `end` come from any thread and never wait for long; so does `view`."""

    def __init__(self, secrets: Iterable[Secret] = (), store: Store | None = None, pump: Pump | None = None) -> None:
        self._secrets = tuple(secrets)
        # An empty store is false.
        self._store = store if store is not None else Store()
        self._pump = pump
        self._reader = Reader(float(time.localtime().tm_gmtoff))
        self._queue: deque[_Item] = deque()
        self._waiting = 0
        # Around the queue; around the store; and so that one thread reads at a time.
        self._lock, self._keeping, self._reading = threading.Lock(), threading.Lock(), threading.Lock()
        self._after_loss = False
        # When bytes came last.
        self._last = 0.0

    def put(self, data: bytes, *, secrets: Iterable[Secret] = (), old: bool = False) -> None:
        """Bytes as they came. `secrets` are masked in them besides the source's own; `old`: written some time ago."""
        item = _Bytes(data, time.time(), (*self._secrets, *secrets), old)
        with self._lock:
            self._last = item.at
            self._queue.append(item)
            self._waiting += len(data)
            if self._waiting > MOST_WAITING:
                self._drop(item.at)
        self._wake()

    def note(self, text: str, level: Level = "info") -> None:
        """A line of the app's own, in its place among the others."""
        with self._lock:
            self._queue.append(_Note(self._bounded(text), level, time.time()))
        self._wake()

    def _bounded(self, text: str) -> str:
        masked = redact(text[: LONGEST + MARGIN], self._secrets)
        return masked if len(text) <= LONGEST else f"{masked[:LONGEST]} … [cut]"

    def lose(self, lines: int) -> None:
        """So many lines have been left out by whoever brings them."""
        with self._lock:
            self._queue.append(_Lost(lines, time.time(), cut=False))
        self._wake()

    @property
    def full(self) -> bool:
        """Whether whoever can wait should."""
        return self._waiting > MOST_WAITING // 2

    def end(self) -> None:
        """What comes next does not go on with the line that came last."""
        with self._lock:
            self._queue.append(None)
        self._wake()

    def _wake(self) -> None:
        if self._pump is not None:
            self._pump.wake(self)

    def _drop(self, at: float) -> None:
        """Drops the older half of the bytes that wait; notes stay, and so does what was lost before."""
        lines, stay, cut = 0, [], False
        while self._waiting > MOST_WAITING // 2:
            item = self._queue.popleft()
            match item:
                case _Bytes():
                    self._waiting -= len(item.data)
                    lines += item.data.count(b"\n")
                    cut = not item.data.endswith(b"\n")
                case _Lost():
                    lines += item.lines
                    cut = item.cut
                case _:
                    stay.append(item)
        # Of a line that has begun among them the rest is no use either.
        self._queue.appendleft(_Lost(lines + cut, at, cut))
        self._queue.extendleft(reversed(stay))

    def work(self, seconds: float | None = None) -> bool:
        """Reads what waits, for so long at most; whether something still waits."""
        until = None if seconds is None else time.perf_counter() + seconds
        with self._reading:
            while True:
                with self._lock:
                    if not self._queue:
                        return False
                    item = self._queue.popleft()
                    if isinstance(item, _Bytes):
                        if len(item.data) > _PIECE:
                            rest = _Bytes(item.data[_PIECE:], item.at, item.secrets, item.old)
                            self._queue.appendleft(rest)
                            item = _Bytes(item.data[:_PIECE], item.at, item.secrets, item.old)
                        self._waiting -= len(item.data)
                try:
                    self._read(item)
                except Exception as error:  # noqa: BLE001 - whatever a line does to its reader, the others must be read
                    self._stumbled(type(error).__name__)
                if until is not None and time.perf_counter() >= until:
                    return True

    def _stumbled(self, name: str) -> None:
        self._reader.skip()
        now = time.time()
        words = f"Some of this log could not be read ({name}) and is left out here."
        with self._keeping:
            self._store.add(Read(words, (), now, "warning"), now)

    @property
    def unfinished(self) -> bool:
        """Whether the last line has no line break yet."""
        return self._reader.unfinished

    def rest(self, now: float) -> bool:
        """Takes a last line without a line break as it is, where nothing has come for a while; whether it has.

        `now`: wall-clock seconds.
        """
        with self._lock:
            if self._queue or now - self._last < QUIET:
                return False
            self._queue.append(_Quiet(now))
        self._wake()
        return True

    def _read(self, item: _Item) -> None:
        match item:
            case _Bytes():
                data = item.data
                if self._after_loss:
                    # What is left of a line whose beginning is lost.
                    _, found, data = data.partition(b"\n")
                    self._after_loss = not found
                reads = list(self._reader.feed(data, item.at, item.secrets, old=item.old))
                at = item.at
            case _Note():
                reads, at = [Read(item.text, (), item.at, item.level)], item.at
            case _Lost():
                self._reader.skip()
                self._after_loss = item.cut
                lines = "1 line was" if item.lines == 1 else f"{item.lines:,} lines were"
                words = f"{lines} dropped here: they came faster than they can be read."
                reads, at = [Read(words, (), item.at, "warning")], item.at
            case _Quiet(at=at):
                reads = list(self._reader.flush(at, self._secrets))
            case None:
                at = time.time()
                reads = list(self._reader.flush(at, self._secrets))
                self._reader.skip()
        with self._keeping:
            if isinstance(item, _Lost):
                self._store.dropped += item.lines
            for read in reads:
                self._store.add(read, at)

    def settle(self) -> None:
        """Reads all that waits, now."""
        self.work()

    def view(self) -> View:
        """What is kept now."""
        with self._keeping:
            return self._store.view()

    def lines(self) -> list[Line]:
        """All that is kept, oldest first."""
        view = self.view()
        return view.lines(range(view.first, view.end))
