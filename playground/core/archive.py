"""The bound on what all recordings hold together."""

from __future__ import annotations

from weakref import WeakValueDictionary

from playground.core.recording import Recording

# Bytes that are kept for the whole app.
MOST_KEPT = 64 * 2**20


class Archive:
    """Keeps no recording alive. The oldest answers give way first: the bytes that came, then the body that was sent.

    Of the newest answers everything is there, then: what is looked at is mostly what has just happened.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        # In the order in which they were begun.
        self._records: WeakValueDictionary[int, Recording] = WeakValueDictionary()
        self._begun = 0
        # At least what is kept: recordings that are gone are found out when it looks too much.
        self._kept = 0

    def record(self, began: float, epoch: float) -> Recording:
        """A new recording."""
        made = Recording(began, epoch, self._grew)
        self._begun += 1
        self._records[self._begun] = made
        return made

    def _grew(self, size: int) -> None:
        self._kept += size
        if self._kept > self._most:
            self._make_room()

    def _make_room(self) -> None:
        # To nine tenths, so that this is not done for each read.
        enough = self._most - self._most // 10
        records = list(self._records.values())
        self._kept = sum(record.size for record in records)
        for record in records:
            for drop in (Recording.drop_reads, Recording.drop_bodies):
                if self._kept <= enough:
                    return
                before = record.size
                drop(record)
                self._kept -= before - record.size
