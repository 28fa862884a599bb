"""Which lines belong together: a traceback, a stack, a message of several lines is one entry."""

from __future__ import annotations

import re
from typing import Literal

from playground.core.log.line import Level

# What stands in front of a line's own words: of docker compose, journalctl, vLLM's processes, a level with its time.
_FRONT = re.compile(
    r"(?:[\w.-]+ +\| )?(?:[A-Z][a-z]{2} {1,2}\d{1,2} [\d:]{8} \S+ [\w.@/-]+\[\d+\]: )?"
    r"(?:20\d\d-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d) )?(?:\(\w+ pid=\d+\) )?"
    r"(?:[A-Z]+ \d\d-\d\d \d\d:\d\d:\d\d \[[\w./-]+:\d+\] ?)?"
)
_PYTHON = re.compile(r"\s*(?:[+|] +)?(?:Exception Group )?Traceback \(most recent call last\):")
_PYTHON_MORE = re.compile(
    r"(?:The above exception was the direct cause|During handling of the above exception|\s*[+|] ?)"
)
_STACK = re.compile(r"\s+at \S|Caused by: |\s*\.\.\. \d+ more|\s+(?:\d+: |Suppressed: )")
_RUST = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at ")
_RUST_MORE = re.compile(r"stack backtrace:|note: |\s+\S")
# Lines that one entry has at most: what goes on for longer is no entry.
MOST = 1_000

# Without one of these in it, a line that does not begin with a space begins an entry of its own.
_SIGNS = ("Traceback (", "panicked at", "Caused by: ")

_State = Literal["", "python", "python ended", "rust", "rust said"]


class Groups:
    """Told one line after another, says of each whether it goes on with the entry of the line before."""

    def __init__(self) -> None:
        self._state: _State = ""
        self._before = ""
        self._length = 0
        # The entry under way, and whether it may be gone on with at all.
        self._level: Level = "unknown"
        self._begun = False

    def feed(self, text: str, level: Level, *, timed: bool) -> tuple[bool, Level]:
        """Whether the line joins the entry of the one before it, and its level then. `timed`: it names its own time."""
        joins = grave = False
        if self._state or text[:1] in (" ", "\t") or any(sign in text for sign in _SIGNS):
            front, before = _front(text), _front(self._before)
            joins, grave = self._step(
                text[len(front) :], level, bare=not timed and not front, same=bool(front) and front == before
            )
        self._before = text
        if joins and self._length < MOST:
            self._length += 1
            self._level = "error" if grave else self._level
            return True, self._level
        self._length, self._begun = 1, bool(text)
        self._level = "error" if grave else level
        return False, self._level

    def _step(self, body: str, level: Level, *, bare: bool, same: bool) -> tuple[bool, bool]:
        """Whether it joins, and whether it makes the entry an error."""
        if _PYTHON.match(body):
            # After a line that says what failed, or within a chain of them.
            joins = self._begun and (self._state.startswith("python") or ((bare or same) and self._level == "error"))
            self._state = "python"
            return joins, True
        if _RUST.match(body):
            self._state = "rust"
            return False, True
        near = bare or same
        if near and self._begun and self._goes_on(body):
            return True, True
        self._state = ""
        indented = body[:1] in (" ", "\t") and bool(body.strip())
        if bare and self._begun and level == "unknown" and indented:
            return True, bool(_STACK.match(body))
        if bare and self._begun and _STACK.match(body):
            return True, True
        return False, False

    def _goes_on(self, body: str) -> bool:
        """Whether a traceback or a panic that is under way goes on with this."""
        match self._state:
            case "python":
                if body[:1] not in (" ", "\t", "") and not _PYTHON_MORE.match(body):
                    self._state = "python ended"
                return True
            case "python ended":
                return not body or body[:1] in (" ", "\t") or bool(_PYTHON_MORE.match(body))
            case "rust":
                # The message stands in the line below the place.
                self._state = "rust said"
                return True
            case "rust said":
                return bool(_RUST_MORE.match(body))
            case _:
                return False


def _front(text: str) -> str:
    found = _FRONT.match(text)
    return found[0] if found else ""
