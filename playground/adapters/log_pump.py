"""The one thread that reads all logs: a moment at a time with a pause behind it, less while an answer is under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

# Seconds of reading at a time, and of the pause behind it: a third of one processor at the most; and, while something
# more pressing is under way, a sixteenth.
WORK, PAUSE = 0.002, 0.004
LESS_WORK, LONGER_PAUSE = 0.001, 0.015
# Seconds between two looks at a last line that has no line break yet.
_LOOK = 0.25


class Reading(Protocol):
    """What is read: see `log_intake.Intake`."""

    @property
    def unfinished(self) -> bool: ...

    def work(self, seconds: float) -> bool: ...

    def rest(self, now: float) -> bool: ...


class Pump:
    """The thread that reads for every source, in turns. `yields`: whether something else is more pressing now."""

    def __init__(self, yields: Callable[[], bool] = lambda: False) -> None:
        self._yields = yields
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[int, Reading] = {}
        # Those whose last line has no line break.
        self._unfinished: dict[int, Reading] = {}
        self._ended = False
        self._thread: threading.Thread | None = None

    def wake(self, intake: Reading) -> None:
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
            self._woken.wait(_LOOK if self._unfinished else None)
            self._woken.clear()
            self._look_at_rests()
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
                    elif intake.unfinished:
                        self._unfinished[name] = intake
                    time.sleep(LONGER_PAUSE if yields else PAUSE)

    def _look_at_rests(self) -> None:
        """In the thread that reads, which alone knows them."""
        now = time.time()
        for name, intake in list(self._unfinished.items()):
            if not intake.unfinished or intake.rest(now):
                del self._unfinished[name]
