"""Which of the kept lines are shown: searched block by block, so that it can be stopped and gone on with.

A block that nothing is added to any more is looked through once. What is found is kept as a byte for each line, 1 where
it is shown: hundreds of thousands of them are put together and widened in a moment, without a step for each.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress

from playground.core.log.line import LEVELS, Level, Line
from playground.core.log.matching import Matcher, matcher
from playground.core.log.store import Block, View

# Bytes that are looked through between two looks at the clock: the slowest expression takes a quarter of a second for
# a line of the longest.
_PIECE = 8_192


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `levels`: all where empty. Times are wall-clock seconds, both within; None is no end."""

    query: str = ""
    regex: bool = False
    levels: frozenset[Level] = frozenset()
    since: float | None = None
    until: float | None = None

    @property
    def everything(self) -> bool:
        return self == Wanted()


@dataclass(slots=True)
class _Matched:
    """How far a block's text has been looked through for what is sought, and a byte for each line so far."""

    at: int = 0
    hits: bytearray = field(default_factory=bytearray)


class Search:
    """What is wanted of one source, kept while somebody looks. Raises `BadQuery`. One thread at a time."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.matcher: Matcher | None = matcher(wanted.query, regex=wanted.regex) if wanted.query else None
        grave = {LEVELS.index(level) for level in wanted.levels}
        self._levels = bytes(number in grave or not grave for number in range(256))
        # By the number of a block's first line: what was looked at, and what was found.
        self._found: dict[int, tuple[int, bytes]] = {}
        # The same for what has been matched so far of blocks that are not done with.
        self._matched: dict[int, _Matched] = {}

    def go_on(self, view: View, enough: Callable[[], bool]) -> bool:
        """Looks through what has not been, the newest first, until `enough()` says so; whether that was all.

        At least a piece of one block is looked through.
        """
        kept = {block.first for block in view.blocks}
        for first in [first for first in self._found if first not in kept]:
            del self._found[first]
        for first in [first for first in self._matched if first not in kept]:
            del self._matched[first]
        looked = False
        for block in reversed(view.blocks):
            # The level of a sealed block's lines is settled.
            version = -1 if block.sealed else block.version
            if self._found.get(block.first, (None,))[0] == version:
                continue
            if looked and enough():
                return False
            found = self._look(block, enough)
            if found is None:
                return False
            self._found[block.first] = (version, found)
            looked = True
        return True

    def _look(self, block: Block, enough: Callable[[], bool]) -> bytes | None:
        """None where it has been enough before the block's end."""
        nothing = bytes(len(block))
        mask = self._in_time(block)
        if self.wanted.levels and mask is not None:
            mask = _both(mask, bytes(block.levels).translate(self._levels))
        if mask is None or 1 not in mask:
            return nothing
        if self.matcher is not None:
            found = self._match(self.matcher, block, enough)
            mask = None if found is None else _both(mask, found)
        return mask

    def _match(self, matcher: Matcher, block: Block, enough: Callable[[], bool]) -> bytes | None:
        """Goes on where it was: lines are only added."""
        matched, text = self._matched.setdefault(block.first, _Matched()), block.text
        while matched.at < len(text):
            end = text.find(b"\n", matched.at + _PIECE) + 1 or len(text)
            piece = text[matched.at : end]
            found = matcher.block(piece)
            matched.hits += found if found is not None else bytes(piece.count(b"\n"))
            matched.at = end
            if end < len(text) and enough():
                return None
        if block.sealed:
            self._matched.pop(block.first)
        return bytes(matched.hits)

    def _in_time(self, block: Block) -> bytes | None:
        """The lines in the time wanted; None for none of them."""
        since, until = self.wanted.since, self.wanted.until
        if since is None and until is None:
            return b"\1" * len(block)
        low = since if since is not None else float("-inf")
        high = until if until is not None else float("inf")
        if max(block.times) < low or min(block.times) > high:
            return None
        return bytes([low <= at <= high for at in block.times])

    def shown(self, view: View, context: int | None, mask: bytes | None = None) -> Sequence[int]:
        """The numbers of the lines that are shown, with so many around each hit; None for all lines there are."""
        if self.wanted.everything or (context is None and self.wanted.query):
            return range(view.first, view.end)
        return rows(widen(self.mask(view) if mask is None else mask, view, context or 0), view.first)

    def mask(self, view: View) -> bytes:
        """A byte for each line that is kept, 1 for a hit; what has not been looked through has none."""
        return b"".join(
            self._found[block.first][1].ljust(len(block), b"\0") if block.first in self._found else bytes(len(block))
            for block in view.blocks
        )


def _both(one: bytes, other: bytes) -> bytes:
    number = int.from_bytes(one, "little") & int.from_bytes(other, "little")
    return number.to_bytes(len(one), "little")


def widen(mask: bytes, view: View, context: int) -> bytes:
    """The mask of what is shown with the hits: so many lines around each, and the whole of the entry that it is in."""
    number = wide = int.from_bytes(mask, "little")
    for step in range(1, context + 1):
        wide |= (number << (8 * step)) | (number >> (8 * step))
    shown = bytearray((wide & ((1 << (8 * len(mask))) - 1)).to_bytes(len(mask), "little"))
    joined = b"".join(bytes(block.joined) for block in view.blocks)
    # Lines that go on with another, and lines that are gone on with.
    grouped = int.from_bytes(joined, "little")
    grouped |= grouped >> 8
    part = (number & grouped).to_bytes(len(mask), "little")
    done = 0
    for at in compress(range(len(part)), part):
        if at < done:
            continue
        # No line begins an entry where the oldest of it have been forgotten.
        begin = joined.rfind(b"\0", 0, at + 1)
        begin = max(begin, 0)
        end = joined.find(b"\0", at + 1)
        done = len(mask) if end < 0 else end
        shown[begin:done] = b"\1" * (done - begin)
    return bytes(shown)


def rows(mask: bytes, first: int) -> Sequence[int]:
    """The numbers of the lines in a mask whose first line is `first`."""
    return list(compress(range(first, first + len(mask)), mask))


def place(numbers: Sequence[int], number: int) -> int:
    """At which row a line stands, or would."""
    return bisect_left(numbers, number)


def nearest_in_time(view: View, since: float, until: float, most: int) -> Iterator[Line]:
    """Lines that name a time within, or came then, oldest first."""
    left = most
    for block in view.blocks:
        if min(min(block.times), min(block.came)) > until or max(max(block.times), max(block.came)) < since:
            continue
        for at in range(len(block)):
            if since <= block.times[at] <= until or since <= block.came[at] <= until:
                if left == 0:
                    return
                left -= 1
                yield block.line(at)
