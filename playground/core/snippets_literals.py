"""JSON values as source text: JSON itself, Python, JavaScript. With real quoting, and readable: lines stand on lines.

Each gives back exactly the value when it is run. Characters that cannot be seen are written as escapes: what is pasted
into a terminal shows all that it does.
"""

from __future__ import annotations

import json
import re
from typing import Any

_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
# Beyond this a number in JavaScript is not exact.
_EXACT = 2**53
# Characters of a list that stands on one line.
_FLAT = 60
STEP = "    "


def as_json(value: Any, indent: int | None = 2) -> str:
    """`indent` None: on one line."""
    made = json.dumps(value, ensure_ascii=False, indent=indent)
    return made if made.isascii() and "\x7f" not in made else _BEYOND_ASCII.sub(_escaped, made)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1]


def as_python(value: Any, indent: str = "") -> str:
    """A Python expression whose first line stands behind something, and whose others are indented."""
    inner = indent + STEP
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_python_text(name)}: {as_python(each, inner)},\n" for name, each in value.items()]
        return "{\n" + "".join(lines) + indent + "}"
    if isinstance(value, list) and value:
        flat = ", ".join(as_python(each) for each in value)
        if len(flat) < _FLAT and "\n" not in flat:
            return f"[{flat}]"
        return "[\n" + "".join(f"{inner}{as_python(each, inner)},\n" for each in value) + indent + "]"
    if isinstance(value, str):
        parts = _lines(value)
        if len(parts) < 2:
            return _python_text(value)
        return "(\n" + "".join(f"{inner}{_python_text(part)}\n" for part in parts) + indent + ")"
    return repr(value)


def _python_text(text: str) -> str:
    """With double quotes where that needs no more backslashes: as most people write it."""
    made = repr(text)
    return f'"{made[1:-1]}"' if made[0] == "'" and '"' not in made and "\\'" not in made else made


def as_javascript(value: Any, indent: str = "") -> str:
    """A JavaScript expression, as `as_python`."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_javascript_name(name)}: {as_javascript(each, inner)},\n" for name, each in value.items()]
        return "{\n" + "".join(lines) + indent + "}"
    if isinstance(value, list) and value:
        flat = ", ".join(as_javascript(each) for each in value)
        if len(flat) < _FLAT and "\n" not in flat:
            return f"[{flat}]"
        return "[\n" + "".join(f"{inner}{as_javascript(each, inner)},\n" for each in value) + indent + "]"
    if isinstance(value, str):
        parts = [as_json(part) for part in _lines(value)]
        return f" +\n{inner}".join(parts)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return f'JSON.rawJSON("{value}")'
    return json.dumps(value)


def _javascript_name(name: str) -> str:
    if name == "__proto__":
        # Without the brackets it would not be a field but the object's kind.
        return '["__proto__"]'
    return name if _NAME.fullmatch(name) else as_json(name)


def _lines(text: str) -> list[str]:
    """The text in parts to be written below one another: its lines, with what ends them."""
    parts = text.split("\n")
    ended = [f"{part}\n" for part in parts[:-1]]
    return [*ended, parts[-1]] if parts[-1] or not ended else ended
