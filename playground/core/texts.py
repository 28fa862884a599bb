"""The text in a value of foreign JSON, fit to be sent on: "" where there is none."""

from __future__ import annotations

from typing import Any

# Under which names an object holds its text, a thinking part of a content among them.
_NAMES = ("text", "thinking", "reasoning", "content", "summary")
# Objects in objects; no server goes further.
_DEEPEST = 4


def text_of(value: Any) -> str:
    """A text, or the text inside an object."""
    if isinstance(value, dict):
        value = value.get("text")
    return sound(value) if isinstance(value, str) else ""


def text_within(value: Any, depth: int = 0) -> str:
    """All text in a value that holds nothing else: a string, an object, a list of either."""
    if isinstance(value, str):
        return sound(value)
    if depth < _DEEPEST:
        if isinstance(value, list):
            return "".join(text_within(each, depth + 1) for each in value)
        if isinstance(value, dict):
            return next((found for name in _NAMES if (found := text_within(value.get(name), depth + 1))), "")
    return ""


def sound(text: str) -> str:
    """JSON can hold half of a surrogate pair, which UTF-8 cannot: halves that belong together are joined."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
