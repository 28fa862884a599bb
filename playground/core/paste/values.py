"""What a piece of code says, however it was read: values, names without a value, calls. Nothing of it is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# Texts made of parts, and values with parts in common, could grow without an end.
LONGEST = 100_000
MOST = 100_000
DEEPEST = 60
_SURROGATE = re.compile("[\ud800-\udfff]")
# Functions that give their first argument in another form.
_PASSING = frozenset(
    (
        "JSON.stringify", "json.dumps", "orjson.dumps", "json.loads", "ConvertTo-Json", "str", "String",
        "float", "int", "Secret", "SecretStr", "URL", "Headers", "dict",
    )
)  # fmt: skip
# Methods that give their object, as far as it matters here.
_KEEPING = frozenset(("encode", "strip", "rstrip", "trim", "toString"))
_ENVIRONMENT = re.compile(r"(?:os\.getenv|(?:os\.)?environ\.get|Deno\.env\.get|userdata\.get|\w*\.?get_secret)")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not in the text; `name` is the variable that holds it there, "" where there is none."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is written: `OpenAI(base_url=…)` is `Call("OpenAI", [], {"base_url": …})`."""

    name: str
    args: list[Any]
    named: dict[str, Any]


@dataclass(slots=True)
class Script:
    """The variables with the value they had last, and the calls in their order."""

    variables: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def bind(self, name: str, value: Any) -> None:
        """`openai.api_base = …` and `os.environ["X"] = …` bind their last name: nothing else here has objects."""
        self.variables[name.rpartition(".")[2]] = value

    def value(self, name: str) -> Any:
        return self.variables.get(name.rpartition(".")[2], Unknown(name))

    def called(self, call: Call) -> Any:
        """Keeps the call, and gives its value where it can be told without running anything."""
        self.calls.append(call)
        first = call.args[0] if call.args else None
        if _ENVIRONMENT.fullmatch(call.name) and isinstance(first, str):
            return either(self.value(first), *call.args[1:2])
        if call.name == "dict" and not call.args:
            return call.named
        if call.name.rpartition(".")[2] in _PASSING or call.name in _PASSING:
            return first
        return Unknown(call.name)


def method(value: Any, name: str) -> Any:
    """What a method gives, called on a value."""
    return value if name in _KEEPING else Unknown(name)


def either(*values: Any) -> Any:
    """The first value that is known: the default of a variable that is not."""
    return next((value for value in values if not isinstance(value, Unknown)), values[0])


def joined(parts: Iterable[Any]) -> Any:
    """Texts and numbers in one text; what is unknown stands in it as ${name}."""
    texts = [f"${{{part.name}}}" if isinstance(part, Unknown) else part for part in parts]
    if not all(isinstance(text, str | int | float) for text in texts):
        return Unknown()
    if len(texts) == 1:
        return str(texts[0])
    size = sum(len(text) if isinstance(text, str) else 40 for text in texts)
    return "".join(text if isinstance(text, str) else str(text) for text in texts) if size <= LONGEST else Unknown()


class NotJSON(ValueError):
    """A value that no request can carry: unknown, not finite, too deep, too large."""


def as_json(value: Any) -> Any:
    """The value as JSON has it. Raises `NotJSON` where a part of it is none.

    Half a surrogate pair becomes the replacement character: no request can carry it.
    """
    return _as_json(value, [MOST], 0)


def text_of(value: str) -> str:
    if not _SURROGATE.search(value):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_json(value: Any, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise NotJSON("too large")
    match value:
        case str():
            return text_of(value)
        case None | bool():
            return value
        # Past 64 bits no server reads a number; past some thousand digits Python will not write one.
        case int() if -(2**63) <= value < 2**64:
            return value
        case float() if value - value == 0:
            return value
        case list():
            return [_as_json(part, left, depth + 1) for part in value]
        case dict():
            return {text_of(name): _as_json(part, left, depth + 1) for name, part in value.items()}
        case _:
            raise NotJSON("no JSON value")
