"""Lines of settings → what they say of an endpoint: .env files, shell exports, YAML, TOML, keywords."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playground.core.paste.bodies import take_parameter
from playground.core.paste.found import Found
from playground.core.paste.names import PARAMETERS, Meaning, meaning
from playground.core.paste.values import Unknown

_MOST_LINES = 2_000
_LONGEST = 20_000
_SETTING = re.compile(
    r"(?:[-*•][ \t]+)?(?:(?:export|set|setx|ENV|env|let|const|var|local)[ \t]+)?\"?'?"
    r"(?:\$env:|\$)?([A-Za-z][\w.\-]{0,60}(?: [A-Za-z]\w{0,30}){0,2}) {0,40}[\"']?\]?[ \t]{0,40}[:=][ \t]*(.*)"
)
_PAIR = re.compile(r"(?<![\w&?])[A-Z][A-Z0-9_]{2,60}=[^\s&]{1,2000}")
_QUOTED = re.compile(r"([\"'`])(.*?)\1[,;]?\s*(?:[#/].*)?$")
_VARIABLE = re.compile(r"(?:os\.environ|os\.getenv|process\.env|import\.meta\.env|getenv)\W{1,3}(\w{1,80})")


@dataclass(frozen=True, slots=True)
class Setting:
    """One line; `meaning` is None where its name says nothing of an endpoint."""

    name: str
    value: Any
    meaning: Meaning | None


def settings(text: str) -> Iterator[Setting]:
    """What the lines set, in their order; a line that sets nothing is stepped over."""
    for line in text.splitlines()[:_MOST_LINES]:
        plain = line.strip()
        if len(plain) <= _LONGEST and (found := _SETTING.fullmatch(plain)):
            name = found[1].strip()
            yield Setting(name, _value(found[2]), meaning(name))


def pairs(text: str) -> str:
    """The NAME=value words of a command, one a line: docker run -e OPENAI_API_KEY=… image."""
    return "\n".join(_PAIR.findall(text))


def take_lines(found: Found, text: str) -> None:
    """Fills what the lines say. A key is taken only if its name fits the address's: others open something else."""
    lines = [setting for setting in settings(text) if setting.value not in ("", None)]
    address = _best(lines, "address")
    if address is not None:
        port = _best(lines, "port")
        found.take_address(_with_port(address.value, None if port is None else port.value))
    owner = address.meaning.prefix if address is not None and address.meaning is not None else None
    key = next((line for line in _meant(lines, "key") if line.meaning and line.meaning.prefix == owner), None)
    key = key or _best(lines, "key", foreign=owner is None)
    if key is not None:
        found.take_key(key.value)
    elif any(_meant(lines, "key")):
        found.note("A key was left out: by its name it belongs to another address.")
    if (model := _best(lines, "model")) is not None:
        found.take_model(model.value)
    for line in (*_meant(lines, "system"), *_meant(lines, "prompt")):
        if line.meaning is not None and isinstance(line.value, str):
            setattr(found, line.meaning.concept, line.value)
    for line in lines:
        if line.name in PARAMETERS:
            take_parameter(found, line.name, _typed(line.value))


def _meant(lines: list[Setting], concept: str) -> list[Setting]:
    return [line for line in lines if line.meaning is not None and line.meaning.concept == concept]


def _best(lines: list[Setting], concept: str, foreign: bool = True) -> Setting | None:
    """The first whose name is nobody's own, else the first."""
    meant = _meant(lines, concept)
    general = next((line for line in meant if line.meaning is not None and line.meaning.general), None)
    return general or (meant[0] if meant and foreign else None)


def _value(text: str) -> Any:
    """A value without its quotes, its comment and the comma after it."""
    plain = text.strip()
    if found := _VARIABLE.search(plain[:300]):
        return Unknown(found[1])
    if found := _QUOTED.match(plain):
        return found[2]
    return re.split(r"\s[#;]|\s//", plain + " ", maxsplit=1)[0].strip().rstrip(",;").strip("\"'`")


def _with_port(address: Any, port: Any) -> Any:
    """HOST and PORT in two lines are one address."""
    if not isinstance(address, str) or not isinstance(port, str) or not port.isdecimal():
        return address
    place = address.partition("://")[2] or address
    return address if ":" in place or "/" in place else f"{address}:{port}"


def _typed(value: Any) -> Any:
    """A number, a list, true or false as JSON writes them; any other text as it is."""
    try:
        return json.loads(value)
    except (TypeError, ValueError, RecursionError):
        return value
