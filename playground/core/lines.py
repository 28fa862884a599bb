"""Log output kept in memory: bounded, line by line, secrets masked before a line is kept. Not here: reading it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from playground.core.redact import redact
from playground.core.secret import Secret

# ANSI colours and cursor moves; then whatever else a terminal would act on. A tab is text.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b.")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` is the wall clock's seconds when the line ended, `text` has no line break."""

    at: float
    text: str


class LineKeeper:
    """Turns bytes into `lines`: the last `most` of them, each cut to `longest` characters."""

    def __init__(self, *, most: int = 10_000, longest: int = 2_000) -> None:
        self._lines: deque[LogLine] = deque(maxlen=most)
        self._longest = longest
        # Bytes of one unfinished line that are held at most: enough for the longest line, in any characters, and for a
        # secret that stands across its end.
        self._held = 4 * longest + 4_096
        self._rest = b""
        self._skipping = False

    @property
    def lines(self) -> Sequence[LogLine]:
        """What is kept, oldest first; it goes on changing."""
        return self._lines

    def feed(self, data: bytes, at: float, secrets: Iterable[Secret] = ()) -> None:
        """Takes output as it comes, in pieces of any size."""
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole:
            if not self._skipping:
                self._keep(line, at, secrets)
            self._skipping = False
        if self._skipping:
            rest = b""
        elif len(rest) > self._held:
            self._keep(rest, at, secrets)
            self._skipping, rest = True, b""
        self._rest = rest

    def flush(self, at: float, secrets: Iterable[Secret] = ()) -> None:
        """The output has ended: a last line without a line break is a line too."""
        if self._rest:
            self._keep(self._rest, at, secrets)
        self._rest, self._skipping = b"", False

    def _keep(self, line: bytes, at: float, secrets: Iterable[Secret]) -> None:
        text = _CONTROLS.sub("", _ESCAPES.sub("", line.decode("utf-8", "replace")))
        # Masked first, cut then: half a secret would not be recognised.
        self._lines.append(LogLine(at, redact(text, secrets)[: self._longest]))
