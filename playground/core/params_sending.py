"""`Params` → the fields of a request's body, by route and server; and a body's fields → raw values to be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playground.core.parameter import Json, Mode
from playground.core.params import TABLE, Params
from playground.core.params_reading import RESERVED
from playground.core.servers import Taker

SCHEMA_NAME = "answer"
# Fields of a body that say how it is answered, not what is asked.
_OURS = (*RESERVED, "stream_options")


def fragment(params: Params, mode: Mode, server: Taker | None = None) -> dict[str, Any]:
    """What is added to a body: each field that is set and has a place on that route, and nothing else."""
    made: dict[str, Any] = {}
    for param in TABLE:
        value = getattr(params, param.name)
        if value is None or not param.wire or mode not in param.modes:
            continue
        special = _SPECIAL.get(param.name)
        made |= special(params, mode) if special else {param.name_at(server): _plain(value)}
    for name, value in (params.extra.value if params.extra is not None else {}).items():
        if name in made and isinstance(value, dict) and isinstance(made[name], dict):
            # As in `chat_template_kwargs`, where the switch for thinking stands beside other things.
            made[name] = value | made[name]
        else:
            made.setdefault(name, value)
    return made


def unsent(params: Params, mode: Mode) -> tuple[str, ...]:
    """The names of what is set but has no place on that route."""
    return tuple(param.name for param in TABLE if getattr(params, param.name) is not None and mode not in param.modes)


def from_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request's body, as somebody pastes one → raw values for `params_reading.parse`. Raises nothing.

    What belongs to the conversation (model, messages, prompt, stream) is left out. What has no parameter of its own is
    under `extra`.
    """
    rest = {name: value for name, value in body.items() if name not in _OURS and value is not None}
    raw: dict[str, Any] = {}
    kwargs = rest.get("chat_template_kwargs")
    if isinstance(kwargs, dict) and isinstance(kwargs.get("enable_thinking"), bool):
        raw["thinking"] = kwargs["enable_thinking"]
        rest["chat_template_kwargs"] = {name: value for name, value in kwargs.items() if name != "enable_thinking"}
    wanted = rest.get("response_format")
    if isinstance(wanted, dict) and wanted.keys() <= {"type", "json_schema"}:
        raw |= {"response_format": wanted.get("type"), "json_schema": wanted.get("json_schema")}
        del rest["response_format"]
    if "prompt" in body and type(rest.get("logprobs")) is int:
        raw |= {"logprobs": True, "top_logprobs": rest.pop("logprobs")}
    if isinstance(rest.get("stop"), str):
        rest["stop"] = [rest["stop"]]
    for param in TABLE:
        if not param.wire or param.name in ("thinking", "response_format"):
            continue
        # Where a body names one thing twice, the first counts and the other stays what it is.
        for name in (param.wire, *param.named.values(), *param.says):
            if name in rest and param.name not in raw:
                raw[param.name] = rest.pop(name)
    rest = {name: value for name, value in rest.items() if value != {}}
    if rest:
        raw["extra"] = rest
    return {name: value for name, value in raw.items() if value is not None}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _logprobs(params: Params, mode: Mode) -> dict[str, Any]:
    if mode == "chat":
        return {"logprobs": params.logprobs}
    return {"logprobs": params.top_logprobs or 0} if params.logprobs else {}


def _top_logprobs(params: Params, mode: Mode) -> dict[str, Any]:
    # Every server that gives alternatives wants both.
    return (
        {"logprobs": True, "top_logprobs": params.top_logprobs} if mode == "chat" else {"logprobs": params.top_logprobs}
    )


def _thinking(params: Params, _mode: Mode) -> dict[str, Any]:
    return {"chat_template_kwargs": {"enable_thinking": params.thinking}}


def _response_format(params: Params, _mode: Mode) -> dict[str, Any]:
    wanted: dict[str, Any] = {"type": params.response_format}
    if params.response_format == "json_schema" and params.json_schema is not None:
        wanted["json_schema"] = _schema(params.json_schema)
    return {"response_format": wanted}


def _schema(written: Json) -> dict[str, Any]:
    """OpenAI's form wants a name beside the schema; it is given one where there is none."""
    schema: dict[str, Any] = written.value
    if isinstance(schema.get("schema"), dict) and isinstance(schema.get("name"), str):
        return schema
    return {"name": SCHEMA_NAME, "schema": schema}


_SPECIAL: Mapping[str, Callable[[Params, Mode], dict[str, Any]]] = {
    "logprobs": _logprobs,
    "top_logprobs": _top_logprobs,
    "thinking": _thinking,
    "response_format": _response_format,
}
