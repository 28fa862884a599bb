"""What somebody typed, pasted or wrote into the settings file → `Params`, and what is wrong with it in plain words.

Only what no server can make sense of is refused. What is merely unusual is taken, with a note that says so.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.core.parameter import Json, Kind, Param
from playground.core.params import BY_NAME, TABLE, Params
from playground.core.params_json import Wrong, json_object, sendable

# Fields of the body that are the playground's own business.
RESERVED: Mapping[str, str] = {
    "model": "the model is chosen beside the parameters",
    "messages": "the conversation is what is sent",
    "prompt": "your message is what is sent",
    "stream": "answers always stream",
}
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\"}
_ESCAPED = re.compile(r"\\[ntr\\]")
_YES_NO = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Parsed:
    """`params` holds what could be read. `errors`: by name, what is wrong; `notes`: what is sent but unusual."""

    params: Params
    errors: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


def parse(raw: Mapping[str, object]) -> Parsed:
    """Reads values as a form, a JSON body or TOML gives them, by the parameters' names.

    A name that is not there is not set. One that is there and empty (None, "", an empty list) is left out on purpose:
    it is not sent even where the endpoint's own table sets it. Never raises.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    off = set()
    for name, value in raw.items():
        param = BY_NAME.get(name)
        if param is None:
            errors[name] = "There is no parameter of this name. What has no field of its own goes into “More (JSON)”."
        elif _empty(value):
            off.add(name)
        else:
            try:
                values[name] = _READERS[param.kind](value, param)
            except Wrong as wrong:
                errors[name] = str(wrong)
    errors |= _together(values)
    params = Params(**{name: value for name, value in values.items() if name not in errors}, off=frozenset(off))
    return Parsed(params, errors, _notes(params))


def list_as_text(texts: tuple[str, ...]) -> str:
    """Stop sequences as the lines of a text field; `parse` reads them back."""
    back = {value: key for key, value in _ESCAPES.items()}
    return "\n".join("".join(back.get(char, char) for char in text) for text in texts)


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], ())


def _number(value: object, param: Param) -> float | int:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value.strip().replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise Wrong(f"This is no number. Write one such as {_example(param)}, or reset it.")
    _within(value, param)
    return value


def _integer(value: object, param: Param) -> int:
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,30}", value.strip()):
        value = int(value.strip())
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"This is no whole number. Write one such as {_example(param)}, digits only, or reset it.")
    _within(value, param)
    return value


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _within(value: float, param: Param) -> None:
    if param.above is not None and value <= param.above:
        raise Wrong(f"It has to be above {param.above:g}. {_instead(param)}")
    if param.least is not None and value < param.least:
        raise Wrong(f"It cannot be below {_plain(param.least)}. {_instead(param)}")
    if param.most is not None and value > param.most:
        raise Wrong(f"It cannot be above {_plain(param.most)}. {_instead(param)}")


def _instead(param: Param) -> str:
    if param.name == "max_tokens":
        return "Reset it to set no limit."
    return f"Write a number such as {_example(param)}, or reset it."


def _example(param: Param) -> str:
    return "42" if param.low is None or param.high is None else _plain((param.low + param.high) // 2 or param.high)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"


def _text(value: object, _param: Param) -> str:
    if not isinstance(value, str):
        raise Wrong("This is no text. Write one, or reset it.")
    return sendable(value)


def _choice(value: object, param: Param) -> str:
    known = {choice: choice for choice, _ in param.choices} | {label.lower(): choice for choice, label in param.choices}
    said = value.strip() if isinstance(value, str) else ""
    if (found := known.get(said.lower())) is not None:
        return found
    # Servers know words of their own, which are sent as they are.
    if param.more and _WORD.fullmatch(said):
        return said
    words = ", ".join(label for _, label in param.choices)
    raise Wrong(f"This is none of the choices. Choose one of: {words}; or reset it.")


def _switch(value: object, _param: Param) -> bool:
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower() if isinstance(value, str | int) else ""
    if said not in _YES_NO:
        raise Wrong("This is neither on nor off. Choose one of them, or reset it.")
    return _YES_NO[said]


def _list(value: object, _param: Param) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [
            _ESCAPED.sub(lambda found: _ESCAPES[found[0]], line) for line in value.replace("\r\n", "\n").split("\n")
        ]
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise Wrong("These are no texts. Write each on a line of its own, or reset it.")
    return tuple(sendable(each) for each in value if each)


def _json(value: object, param: Param) -> Json:
    """An object, from its text or as a JSON body or TOML has it."""
    if isinstance(value, str):
        text = sendable(value.strip())
    else:
        try:
            text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            raise Wrong("This cannot be sent as JSON. Use texts, numbers, true, false, lists and objects.") from None
    found = json_object(sendable(text))
    if param.name == "extra":
        for name, why in RESERVED.items():
            if name in found:
                raise Wrong(f"“{name}” cannot be set here: {why}. Take it out.")
    return Json(text)


_READERS: Mapping[Kind, Callable[[object, Param], Any]] = {
    "choice": _choice,
    "text": _text,
    "number": _number,
    "integer": _integer,
    "switch": _switch,
    "list": _list,
    "json": _json,
}


def _together(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong only beside something else."""
    errors = {}
    if values.get("response_format") == "json_schema" and "json_schema" not in values:
        errors["response_format"] = "JSON schema needs a schema. Write one into the field below, or choose another."
    if values.get("logprobs") is False and "top_logprobs" in values:
        errors["top_logprobs"] = "Log probabilities are off. Turn them on, or reset this."
    extra = values.get("extra")
    if extra is not None:
        taken = {name: param.label for param in TABLE if param.name in values for name in param.fields}
        both = [name for name in extra.value if name in taken]
        if both:
            errors["extra"] = f"“{both[0]}” is set as “{taken[both[0]]}” already. Take it out here, or reset it there."
    return errors


def _notes(params: Params) -> dict[str, str]:
    notes = {}
    for param in TABLE:
        value = getattr(params, param.name)
        if value is None or param.high is None:
            continue
        if param.kind == "list" and len(value) > param.high:
            notes[param.name] = f"More than {param.high:g}: some servers refuse that."
        elif param.kind == "number" and not (param.low or 0) <= value <= param.high:
            notes[param.name] = (
                f"Unusual: most servers take {_plain(param.low or 0)} to {_plain(param.high)}. It is sent as it is."
            )
        elif param.name == "top_logprobs" and value > param.high:
            notes[param.name] = f"Unusual: most servers give at most {param.high:g}. It is sent as it is."
    if params.json_schema is not None and params.response_format != "json_schema":
        notes["json_schema"] = "Not sent: the response format is not JSON schema."
    return notes
