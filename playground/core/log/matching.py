"""Whether a line has what is looked for: a plain text, or a regular expression in linear time.

Expressions are matched by RE2, which has none that backtrack: the time that a line takes grows with its length and with
nothing else, whatever the expression. Python's own `re` cannot be stopped once it has begun.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

# Characters that may be looked for.
LONGEST_QUERY = 1_000
# Found places that are marked in one line.
MOST_MARKS = 100


Text = TypeVar("Text", str, bytes)


class BadQuery(Exception):
    """What is looked for is no expression; `str()` says why, for people."""


class Matcher(Protocol):
    """`text` is of lines with a break behind each."""

    def block(self, text: bytes) -> bytes | None:
        """One byte for each line, 1 where it matches; None where none does."""

    def marks(self, line: str) -> list[tuple[int, int]]:
        """Where in a line it is found, as characters."""


def matcher(query: str, *, regex: bool) -> Matcher:
    """Raises `BadQuery`. Capitals make no difference; in an expression, (?-i) in front makes them."""
    if len(query) > LONGEST_QUERY:
        raise BadQuery(f"This is too long to look for: at most {LONGEST_QUERY:,} characters.")
    return _expression(query) if regex else _Plain(query.lower())


@dataclass(frozen=True, slots=True)
class _Plain:
    lowered: str

    def block(self, text: bytes) -> bytes | None:
        if self.lowered.isascii():
            return _found(self.lowered.encode(), text.lower())
        return _found(self.lowered, text.decode().lower())

    def marks(self, line: str) -> list[tuple[int, int]]:
        # Not by lower(): that has another length for some letters.
        found = re.finditer(re.escape(self.lowered), line, re.IGNORECASE)
        return [each.span() for each, _ in zip(found, range(MOST_MARKS), strict=False)]


def _found(sought: Text, text: Text) -> bytes | None:
    if sought not in text:
        return None
    lines = text.split("\n") if isinstance(text, str) else text.split(b"\n")
    return bytes([sought in line for line in lines[:-1]])


@dataclass(frozen=True, slots=True)
class _Expression:
    search_bytes: Callable[[bytes], Any]
    search_text: Callable[[str], Any]
    find: Callable[[str], Any]
    ascii: bool

    def block(self, text: bytes) -> bytes | None:
        if self.ascii:
            if self.search_bytes(text) is None:
                return None
            search = self.search_bytes
            return bytes([search(line) is not None for line in text.split(b"\n")[:-1]])
        return bytes([self.search_text(line) is not None for line in text.decode().split("\n")[:-1]])

    def marks(self, line: str) -> list[tuple[int, int]]:
        spans = (each.span() for each in self.find(line))
        return [span for span, _ in zip(spans, range(MOST_MARKS), strict=False) if span[0] < span[1]]


def _expression(query: str) -> _Expression:
    try:
        re2 = importlib.import_module("re2")
    except ImportError:
        raise BadQuery("Expressions need the package pyre2, which is not installed here. Plain text works.") from None
    # Where RE2 does not know an expression, nothing else is tried: it would be Python's own.
    re2.set_fallback_notification(re2.FALLBACK_EXCEPTION)
    flags = re2.IGNORECASE | re2.MULTILINE
    try:
        as_text = re2.compile(query, flags)
        as_bytes = re2.compile(query.encode(), flags)
    except (re2.error, UnicodeEncodeError) as error:
        why = str(error).replace("(?m)", "", 1)
        raise BadQuery(f"This is no expression that can be looked for: {why[:200]}.") from None
    return _Expression(as_bytes.search, as_text.search, as_text.finditer, query.isascii())
