"""What comes from a log, on its way to the store: taken at once, read when there is time, dropped where it is too much.

Reading a line costs some microseconds of the interpreter, which the chat needs as well. So whoever brings bytes only
puts them in a queue; one thread reads for all sources, a moment at a time with a pause behind it; and where more comes
than it can read, the oldest bytes that wait are dropped and counted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from playground.core.log.line import Level, Line, Read
from playground.core.log.reader import Reader
from playground.core.log.store import Store, View
from playground.core.redact import redact
from playground.core.secret import Secret

# Bytes that wait to be read, at most.
MOST_WAITING = 4 * 2**20
# Bytes that are read between two looks at the clock.
_PIECE = 2_048
# Seconds of reading at a time, and of the pause behind it: a third of one processor at the most; and, while something
# more pressing is under way, a sixteenth.
WORK, PAUSE = 0.002, 0.004
LESS_WORK, LONGER_PAUSE = 0.001, 0.015


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


class Intake:
    """One source's way in. `put`, `note` and `end` come from any thread and never wait for long; so does `view`."""

    def __init__(self, secrets: Iterable[Secret] = (), store: Store | None = None, pump: Pump | None = None) -> None:
        self._secrets = tuple(secrets)
        self._store = store or Store()
        self._pump = pump
        self._reader = Reader(float(time.localtime().tm_gmtoff))
        self._queue: deque[_Bytes | _Note | _Lost | None] = deque()
        self._waiting = 0
        # Around the queue; around the store; and so that one thread reads at a time.
        self._lock, self._keeping, self._reading = threading.Lock(), threading.Lock(), threading.Lock()
        self._after_loss = False

    def put(self, data: bytes, *, secrets: Iterable[Secret] = (), old: bool = False) -> None:
        """Bytes as they came. `secrets` are masked in them besides the source's own; `old`: written some time ago."""
        item = _Bytes(data, time.time(), (*self._secrets, *secrets), old)
        with self._lock:
            self._queue.append(item)
            self._waiting += len(data)
            if self._waiting > MOST_WAITING:
                self._drop(item.at)
        self._wake()

    def note(self, text: str, level: Level = "info") -> None:
        """A line of the app's own, in its place among the others."""
        with self._lock:
            self._queue.append(_Note(redact(text, self._secrets), level, time.time()))
        self._wake()

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
        lines, stay = 0, []
        while self._waiting > MOST_WAITING // 2:
            item = self._queue.popleft()
            match item:
                case _Bytes():
                    self._waiting -= len(item.data)
                    lines += item.data.count(b"\n")
                case _Lost():
                    lines += item.lines
                case _:
                    stay.append(item)
        self._queue.appendleft(_Lost(lines, at))
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
                self._read(item)
                if until is not None and time.perf_counter() >= until:
                    return True

    def _read(self, item: _Bytes | _Note | _Lost | None) -> None:
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
                words = f"{item.lines:,} lines were dropped here: they came faster than they can be read."
                reads, at = [Read(words, (), item.at, "warning")], item.at
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


class Pump:
    """The thread that reads for every intake, in turns. `yields`: whether something else is more pressing now."""

    def __init__(self, yields: Callable[[], bool] = lambda: False) -> None:
        self._yields = yields
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[int, Intake] = {}
        self._ended = False
        self._thread: threading.Thread | None = None

    def wake(self, intake: Intake) -> None:
        """Something waits there."""
        with self._lock:
            self._busy[id(intake)] = intake
            if self._thread is None and not self._ended:
                self._thread = threading.Thread(target=self._run, name="logs", daemon=True)
                self._thread.start()
        self._woken.set()

    def close(self) -> None:
        self._ended = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        while not self._ended:
            self._woken.wait()
            self._woken.clear()
            while self._busy and not self._ended:
                with self._lock:
                    turn = list(self._busy.items())
                for name, intake in turn:
                    with self._lock:
                        # Before it is read: what comes meanwhile puts it in again.
                        self._busy.pop(name, None)
                    yields = self._yields()
                    if intake.work(LESS_WORK if yields else WORK):
                        with self._lock:
                            self._busy[name] = intake
                    time.sleep(LONGER_PAUSE if yields else PAUSE)
