"""Which lines belong together: a traceback, a stack, a message of several lines is one entry."""

from __future__ import annotations

import re
from typing import Literal

from playground.core.log.line import Level

# What stands in front of a line's own words: of docker compose, kubectl --prefix, journalctl, vLLM's processes, a level
# with its time, SGLang's time with its rank.
_FRONT = re.compile(
    r"(?:[\w.-]+ +\| )?(?:\[pod/[\w./-]+\] )?(?:[A-Z][a-z]{2} {1,2}\d{1,2} [\d:]{8} \S+ [\w.@/-]+\[\d+\]: )?"
    r"(?:20\d\d-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d) )?(?:\(\w+ pid=\d+\) )?"
    r"(?:[A-Z]+ \d\d-\d\d \d\d:\d\d:\d\d \[[\w./-]+:\d+\] ?)?"
    r"(?:\[20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?: [A-Z]+\d+)*\] )?"
)
_PYTHON = re.compile(r"\s*(?:[+|] +)?(?:Exception Group )?Traceback \(most recent call last\):")
# Behind words of its own it begins an entry: "Scheduler hit an exception: Traceback …".
_PYTHON_LATE = re.compile(r"Traceback \(most recent call last\):\s*\Z")
_PYTHON_MORE = re.compile(
    r"(?:The above exception was the direct cause|During handling of the above exception|\s*[+|] ?)"
)
_STACK = re.compile(r"\s+at \S|Caused by: |\s*\.\.\. \d+ more|\s+(?:\d+: |Suppressed: )")
_RUST = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at ")
_RUST_MORE = re.compile(r"stack backtrace:|note: |\s+\S")
# Processes that write at the same time, whose tracebacks lie between each other's lines; and lines after which one that
# has not gone on is over.
_MOST_FRONTS, _OVER = 16, 50
# Lines that one entry has at most: what goes on for longer is no entry.
MOST = 1_000

# Without one of these in it, a line that does not begin with a space begins an entry of its own.
_SIGNS = ("Traceback (", "panicked at", "Caused by: ")

_State = Literal["", "python", "python ended", "rust", "rust said"]


class Groups:
    """Told one line after another, says of each whether it goes on with the entry of the line before."""

    def __init__(self) -> None:
        # Of each front whose lines are a traceback or a panic; and the front of the entry under way.
        self._states: dict[str, _State] = {}
        self._key = ""
        self._quiet = 0
        self._before = ""
        self._length = 0
        # The entry under way, and whether it may be gone on with at all.
        self._level: Level = "unknown"
        self._begun = False

    def feed(self, text: str, level: Level, *, timed: bool) -> tuple[bool, Level]:
        """Whether the line joins the entry of the one before it, and its level then. `timed`: it names its own time."""
        joins = grave = False
        if self._states or text[:1] in (" ", "\t") or any(sign in text for sign in _SIGNS):
            front, before = _front(text), _front(self._before)
            bare = not timed and not front
            self._key = self._key if bare else front
            joins, grave = self._step(text[len(front) :], level, bare=bare, same=bool(front) and front == before)
            self._quiet = 0 if grave else self._quiet + 1
            if self._quiet > _OVER:
                self._states.clear()
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
        state, near = self._states.pop(self._key, ""), bare or same
        if _PYTHON.match(body):
            # After a line that says what failed, or within a chain of them.
            self._enter("python")
            return self._begun and near and (state.startswith("python") or self._level == "error"), True
        if _PYTHON_LATE.search(body):
            self._enter("python")
            return False, True
        if _RUST.match(body):
            self._enter("rust")
            return False, True
        # Behind a line of another process it is an entry of its own.
        if self._begun and (after := _gone_on(state, body)):
            self._enter(after)
            return near, True
        indented = body[:1] in (" ", "\t") and bool(body.strip())
        if bare and self._begun and level == "unknown" and indented:
            return True, bool(_STACK.match(body))
        if bare and self._begun and _STACK.match(body):
            return True, True
        return False, False

    def _enter(self, state: _State) -> None:
        self._states[self._key] = state
        if len(self._states) > _MOST_FRONTS:
            del self._states[next(iter(self._states))]


def _gone_on(state: _State, body: str) -> _State:
    """What a traceback or a panic that is under way is at with this line; "" where it does not go on with it."""
    match state:
        case "python":
            ended = body[:1] not in (" ", "\t", "") and not _PYTHON_MORE.match(body)
            return "python ended" if ended else "python"
        case "python ended":
            more = not body or body[:1] in (" ", "\t") or _PYTHON_MORE.match(body)
            return "python ended" if more else ""
        case "rust":
            # The message stands in the line below the place.
            return "rust said"
        case "rust said":
            return "rust said" if _RUST_MORE.match(body) else ""
        case _:
            return ""


def _front(text: str) -> str:
    found = _FRONT.match(text)
    return found[0] if found else ""
