"""How long to wait before a thing that ended by itself is started again. Not here: the waiting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """A growing pause: `first` seconds, then twice as long each time, `most` at the longest.

    A run of at least `calm` seconds counts as a good one: the next failure is the first one again.
    """

    first: float = 1.0
    most: float = 60.0
    calm: float = 60.0

    def count(self, failures: int, ran: float) -> int:
        """The failures in a row, after `failures` earlier ones and one more that came after `ran` seconds."""
        return 1 if ran >= self.calm else failures + 1

    def pause(self, failures: int) -> float:
        """Seconds to wait after that many failures in a row, at least one."""
        # The exponent is bounded so that a very long row cannot overflow a float.
        return min(self.most, self.first * 2.0 ** min(failures - 1, 64))
