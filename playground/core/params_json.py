"""JSON that somebody typed → a checked object, and what is wrong with it in plain words: where, and what to do."""

from __future__ import annotations

import json
from typing import Any

# Characters of one value: enough for any schema, too few to fill the memory.
LONGEST = 200_000


class Wrong(ValueError):
    """A value cannot be used. Its text says what is wrong with it and what to do."""


def json_object(text: str) -> dict[str, Any]:
    """The object that a text holds. Raises `Wrong`."""
    try:
        found = json.loads(text)
        # What JSON does not know, numbers too large for it, and halves of characters in escapes.
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise Wrong(
            f"This is not JSON: line {error.lineno}, column {error.colno}: {_why(error)}. "
            'It looks like {"name": "value", "other": 1}.'
        ) from None
    except UnicodeEncodeError:
        raise _half() from None
    except (ValueError, RecursionError):
        raise Wrong("This holds a number that JSON cannot hold, or is nested too deep. Make it simpler.") from None
    if not isinstance(found, dict):
        raise Wrong('This is JSON, but not an object. It begins with { and ends with }, as in {"name": "value"}.')
    return found


def _why(error: json.JSONDecodeError) -> str:
    """The decoder's words, with what most often is the cause."""
    after = error.doc[error.pos : error.pos + 1]
    if after == "'":
        return "texts stand in double quotes, not single ones"
    if error.msg.startswith("Expecting property name") or error.msg.startswith("Illegal trailing comma"):
        return "a name in double quotes is expected here; a comma too many before it is a usual cause"
    if not after:
        return "it ends too early"
    return error.msg[:1].lower() + error.msg[1:]


def sendable(text: str) -> str:
    """The text, if it can go out. Raises `Wrong`."""
    if len(text) > LONGEST:
        raise Wrong(f"This is too long: {len(text):,} characters. It may have {LONGEST:,}.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _half() from None
    return text


def _half() -> Wrong:
    return Wrong("This holds half of a character, which cannot be sent. Type it anew.")
