"""Pieces of a Markdown file in which foreign text is nothing but text, whatever stands in it. Pure strings."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What a line may have and still mean nothing but its letters, wherever Markdown is read: no mark-up, no mention of a
# person or a number of an issue, no link.
_PLAIN = re.compile(r"(?:(?!\s*(?:[-+]|\d+[.)])\s)(?=.*\w)(?:[\w .,;()%+=“”‘’…▼·?!\"'/-]|:(?!//))+)?")


def heading(title: str, depth: int = 2) -> list[str]:
    """With blank lines around it."""
    return ["", f"{'#' * depth} {title}", ""]


def inline(text: str) -> str:
    """A text on one line: as it is where it means only itself, else as code."""
    line = "".join(char if char.isprintable() else _visible(char) for char in text)
    if _PLAIN.fullmatch(line) and not re.search(r"(?<!\w)_|_(?!\w)|\bwww\.", line):
        return line
    return code(line)


def code(text: str) -> str:
    """A line as code that nothing in it can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    # One space at each end goes when it is read; without it, a tick at an end would be one of the fence's.
    space = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{space}{text}{space}{fence}"


def item(name: str, value: str) -> str:
    """A line of a list."""
    return f"- {inline(name)}: {inline(value)}"


def block(text: str, kind: str = "text") -> list[str]:
    """Lines that nothing in them can end."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return ["", f"{fence}{kind}", text.rstrip("\n"), fence]


def shortened(lines: Sequence[str], most: int) -> list[str]:
    """The beginning and the end of more lines than that."""
    if len(lines) <= most:
        return list(lines)
    first = most // 2
    return [*lines[:first], f"… {len(lines) - most} left out …", *lines[len(lines) - (most - first) :]]


def _visible(char: str) -> str:
    """A character that would not be seen, or would end the line."""
    return " " if char in "\n\r\t" else f"\\u{ord(char):04x}"
