"""Bytes of a log, in pieces of any size, into lines: whole, bounded, masked, with level, time and colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from playground.core.log.groups import Groups
from playground.core.log.levels import level_of
from playground.core.log.line import Read, Span
from playground.core.log.terminal import plain
from playground.core.log.times import own_time
from playground.core.redact import redact
from playground.core.secret import Secret

# Characters of a line that are kept.
LONGEST = 8_000
# A secret across the place where a line is cut would not be recognised: so much before it is left out.
MARGIN = 4_096
_HELD = 4 * LONGEST + 2 * MARGIN
# A carriage return shows a terminal another text in the place of the one before; here each is a line.
_BREAK = re.compile(rb"\r*\n|\r+(?!\n|\Z)")
_QUARTER = 900.0
# Lines in a row whose time is off by the same quarters of an hour, before their clock is taken for another zone's.
_AGREE = 3


class Reader:
    """One source's bytes. `offset`: seconds by which this machine's clocks are ahead of UTC."""

    def __init__(self, offset: float = 0.0) -> None:
        self._offset = offset
        self._rest = b""
        # Bytes of an endless line that are not held.
        self._beyond = 0
        self._groups = Groups()
        self._skew, self._agreed = 0.0, 0

    def feed(self, data: bytes, at: float, secrets: Iterable[Secret] = (), *, old: bool = False) -> Iterator[Read]:
        """The lines that end in these bytes, which came `at` that wall-clock second. `old`: they are older."""
        secrets = tuple(secrets)
        *whole, rest = (
            _BREAK.split(self._rest + data) if b"\r" in data or self._rest[-1:] == b"\r" else _split(self._rest, data)
        )
        for line in whole:
            yield self._read(line, self._beyond, at, secrets, old=old)
            self._beyond = 0
        if len(rest) > _HELD:
            self._beyond += len(rest) - _HELD
            rest = rest[:_HELD]
        self._rest = rest

    def flush(self, at: float, secrets: Iterable[Secret] = (), *, old: bool = False) -> Iterator[Read]:
        """The output has ended, or paused: a last line without a line break is a line too."""
        if self._rest:
            yield self._read(self._rest, self._beyond, at, tuple(secrets), old=old)
        self._rest, self._beyond = b"", 0

    @property
    def unfinished(self) -> bool:
        """Whether the last line has no line break yet."""
        return bool(self._rest)

    def skip(self) -> None:
        """What follows does not go on where this has ended."""
        self._rest, self._beyond = b"", 0
        self._groups = Groups()

    def _read(self, line: bytes, beyond: int, at: float, secrets: tuple[Secret, ...], *, old: bool) -> Read:
        size = len(line) + beyond
        cut = len(line) > _HELD or beyond > 0
        text, spans = plain(line[:_HELD].rstrip(b"\r").decode("utf-8", "replace"))
        masked = redact(text, secrets)
        if masked != text:
            # Its characters have moved.
            text, spans = masked, ()
        if cut:
            text = text[:-MARGIN]
        if cut or len(text) > LONGEST:
            text = text[:LONGEST]
            text += f" … [cut: of {size:,} bytes, {max(0, size - len(text.encode())):,} are left out]"
            spans = tuple(
                Span(each.start, min(each.end, LONGEST), each.colour) for each in spans if each.start < LONGEST
            )
        time = own_time(text, at, self._offset)
        joined, level = self._groups.feed(text, level_of(text), timed=time is not None)
        return Read(text, spans, self._time(time, at, old=old), level, joined)

    def _time(self, time: tuple[float, bool] | None, at: float, *, old: bool) -> float | None:
        """A container's clock is in another zone more often than not, and its lines do not say so: learned from lines
        that have just been written."""
        if time is None:
            return None
        own, zoned = time
        if zoned:
            return own
        if not old:
            skew = round((at - own) / _QUARTER) * _QUARTER
            self._agreed = self._agreed + 1 if skew == self._skew else 0
            if self._agreed == 0:
                self._skew = skew
        return own + self._skew if self._agreed >= _AGREE and abs(self._skew) < 86_400 else own


def _split(rest: bytes, data: bytes) -> list[bytes]:
    return (rest + data).split(b"\n")
