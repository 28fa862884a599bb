"""Which endpoints are left alone: one that scales to zero must not be kept awake by a page that only stands open.

It is in use while an answer is under way and for a while after that, and after somebody has opened a page, a panel or
asked to have it checked. What asks by itself, from time to time, asks here first.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable

# Seconds after its last use.
IDLE = 300.0


class Resting:
    """Of every endpoint, by name. `sleeps`: whether one scales to zero; `idle`: seconds after its last use."""

    def __init__(self, sleeps: Callable[[str], bool], idle: float = IDLE) -> None:
        self._sleeps = sleeps
        self._idle = idle
        self._used: dict[str, float] = {}
        self._busy: Counter[str] = Counter()
        self._left: set[str] = set()

    def use(self, name: str | None) -> None:
        """Somebody has come to it, or wants to know how it is: it may be asked again for a while."""
        if name is not None:
            self._used[name] = time.monotonic()

    def began(self, name: str) -> None:
        """An answer has begun there."""
        self._busy[name] += 1

    def ended(self, name: str) -> None:
        self.use(name)
        self._busy[name] -= 1
        self._busy += Counter()

    def forget(self, name: str) -> None:
        self._used.pop(name, None)
        self._left.discard(name)

    def rests(self, name: str) -> bool:
        """Whether it is to be left alone."""
        if name in self._busy or not self._sleeps(name):
            return False
        return time.monotonic() - self._used.get(name, -math.inf) >= self._idle

    def turned(self, name: str) -> bool:
        """Whether that is another than when this was asked last: whoever looks at it has to be told."""
        rests, before = self.rests(name), name in self._left
        (self._left.add if rests else self._left.discard)(name)
        return rests != before
