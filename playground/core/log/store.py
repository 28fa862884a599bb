"""The lines of one source that are kept: the newest ones, in bounded memory, in blocks that can be searched.

A block's text is one buffer of bytes, so a line costs its text and some 20 bytes. Nothing here locks: whoever reads in
another thread than the one that adds takes a `view` under a lock and reads that.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from playground.core.log.line import LEVELS, Line, Read, Span

# Bytes of text and lines in one block: what one call of a search looks at, and what is forgotten at a time.
BLOCK_BYTES = 65_536
BLOCK_LINES = 1_000
# What one line takes beside its text, and one colour.
_LINE_BYTES, _SPAN_BYTES = 22, 100


@dataclass(slots=True, eq=False)
class Block:
    """Lines `first` and on. `text` is them all, each with a line break behind it; `ends` where each ends in it, the
    break left out. `times` are what the lines name, `came` when they came. `sealed`: nothing is added any more."""

    first: int
    text: bytes = b""
    ends: array[int] = field(default_factory=lambda: array("I"))
    times: array[float] = field(default_factory=lambda: array("d"))
    came: array[float] = field(default_factory=lambda: array("d"))
    levels: bytearray = field(default_factory=bytearray)
    joined: bytearray = field(default_factory=bytearray)
    spans: dict[int, tuple[Span, ...]] = field(default_factory=dict)
    sealed: bool = False
    version: int = 0

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def size(self) -> int:
        """Bytes it takes, about."""
        return len(self.text) + _LINE_BYTES * len(self) + _SPAN_BYTES * sum(map(len, self.spans.values()))

    def raw(self, at: int) -> bytes:
        return self.text[(self.ends[at - 1] + 1) if at else 0 : self.ends[at]]

    def line(self, at: int) -> Line:
        return Line(
            number=self.first + at,
            at=self.times[at],
            arrived=self.came[at],
            level=LEVELS[self.levels[at]],
            text=self.raw(at).decode(),
            spans=self.spans.get(at, ()),
            joined=bool(self.joined[at]),
        )


@dataclass(frozen=True, slots=True)
class View:
    """What is kept at one moment. Of the lines before `first` none are kept any more;
    `dropped` is how many were never read."""

    blocks: tuple[Block, ...]
    first: int
    end: int
    dropped: int

    def line(self, number: int) -> Line:
        """Raises IndexError for a line that is not kept."""
        if not self.first <= number < self.end:
            raise IndexError(number)
        block = self.blocks[bisect_right(self.blocks, number, key=lambda block: block.first) - 1]
        return block.line(number - block.first)

    def lines(self, numbers: Iterable[int]) -> list[Line]:
        """Those of some kept lines' numbers, which come in order."""
        return [block.line(number - block.first) for number, block in self.blocks_of(numbers)]

    def blocks_of(self, numbers: Iterable[int]) -> Iterator[tuple[int, Block]]:
        """Each of some kept lines' numbers, which come in order, with its block."""
        blocks = iter(self.blocks)
        block = Block(-1)
        for number in numbers:
            while number >= block.first + len(block):
                block = next(blocks)
            yield number, block


class Store:
    """Keeps at most `most_bytes`, and of whole blocks so many that at least `most_lines` stay."""

    def __init__(self, *, most_lines: int = 200_000, most_bytes: int = 64 * 2**20) -> None:
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._sealed: deque[Block] = deque()
        self._sealed_bytes = 0
        self._open = Block(0)
        self._texts: list[bytes] = []
        self._open_bytes = 0
        self.dropped = 0

    @property
    def end(self) -> int:
        """The number of the next line."""
        return self._open.first + len(self._open)

    @property
    def first(self) -> int:
        """The number of the oldest line kept; the next line's where there is none."""
        return self._sealed[0].first if self._sealed else self._open.first

    @property
    def bytes(self) -> int:
        """What all of it takes, about."""
        return self._sealed_bytes + self._open_bytes + _LINE_BYTES * len(self._open)

    def add(self, read: Read, arrived: float) -> int:
        """Keeps a line; gives back its number."""
        block, number = self._open, self.end
        # A lone surrogate cannot come from decoded bytes, but from a text of our own.
        raw = read.text.replace("\n", " ").encode("utf-8", "replace")
        # The oldest line has none before it.
        block.joined.append(read.joined and len(self) > 0)
        self._texts.append(raw)
        self._open_bytes += len(raw) + 1
        block.ends.append(self._open_bytes - 1)
        block.times.append(arrived if read.own is None else read.own)
        block.came.append(arrived)
        block.levels.append(LEVELS.index(read.level))
        if read.spans:
            block.spans[len(block) - 1] = read.spans
        if read.joined and read.level == "error":
            self._head_is_error(len(block) - 1)
        block.version += 1
        if self._open_bytes >= BLOCK_BYTES or len(block) >= BLOCK_LINES:
            self._seal()
        return number

    def __len__(self) -> int:
        return self.end - self.first

    def _head_is_error(self, at: int) -> None:
        """That a line begins a traceback may be known only by the lines below it."""
        block = self._open
        while at > 0 and block.joined[at]:
            at -= 1
            if LEVELS[block.levels[at]] in ("unknown", "info"):
                block.levels[at] = LEVELS.index("error")

    def _close_text(self) -> None:
        if self._texts:
            self._open.text += b"".join(text + b"\n" for text in self._texts)
            self._texts = []

    def _seal(self) -> None:
        self._close_text()
        self._open.sealed = True
        self._sealed.append(self._open)
        self._sealed_bytes += self._open.size
        self._open, self._open_bytes = Block(self.end), 0
        while self._sealed and (
            self._sealed_bytes > self._most_bytes or len(self) - len(self._sealed[0]) >= self._most_lines
        ):
            self._sealed_bytes -= self._sealed.popleft().size

    def view(self) -> View:
        """What is kept now. The lines of it do not change, but for the level of the newest ones."""
        self._close_text()
        still = self._open
        copy = Block(
            still.first,
            still.text,
            still.ends[:],
            still.times[:],
            still.came[:],
            still.levels[:],
            still.joined[:],
            dict(still.spans),
            version=still.version,
        )
        blocks = (*self._sealed, copy) if len(copy) else tuple(self._sealed)
        return View(blocks, self.first, self.end, self.dropped)
