"""What became of each parameter of a request: sent, sent otherwise, left out, ignored, refused; and why.

By the body that was sent last, by what was told of changes (`Adapted`), by the table of who takes what, and by the
error. Where nobody knows, it was sent, and no more is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from playground.core.errors import BadRequest
from playground.core.parameter import Json, Mode, Param
from playground.core.params import BY_NAME, TABLE
from playground.core.params_sending import fragment
from playground.core.run import Run
from playground.core.servers import NAMES

Fate = Literal["sent", "changed", "left out", "ignored", "refused"]
By = Literal["you", "endpoint", "app"]
# What each is called where people read it.
FATES: Mapping[Fate, str] = {
    "sent": "Sent",
    "changed": "Sent otherwise",
    "left out": "Left out",
    "ignored": "Ignored by the server",
    "refused": "Refused",
}
BY: Mapping[By, str] = {"you": "you", "endpoint": "the operator", "app": "the playground"}
# What is sent though nobody set it, and why.
_OURS = {
    "model": "Which model is to answer.",
    "messages": "The conversation.",
    "prompt": "The text to go on from.",
    "stream": "So that the answer comes as it is written.",
    "stream_options": "So that the server gives the counts of tokens.",
    "continue_final_message": "So that the answer is taken up where it ended.",
    "add_generation_prompt": "So that the answer is taken up where it ended.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """`field`: its name in the body, "" where it is none. `value`: what was set; `sent`: what was sent, as JSON values;
    None where that is nothing or too long to show. `by`: who set it."""

    name: str
    label: str
    field: str
    value: Any
    sent: Any
    fate: Fate
    why: str
    by: By

    @property
    def of_ours(self) -> bool:
        """Whether its name is this app's or the protocol's, and not one that somebody chose."""
        return self.name in BY_NAME or self.name in _OURS


def fates(run: Run, body: Mapping[str, Any], mode: Mode) -> tuple[Row, ...]:
    """`body` is the last one sent, `mode` its route."""
    params = run.request.params
    rows = [
        _row(run, param, body, mode)
        for param in TABLE
        if getattr(params, param.name) is not None and param.name != "extra"
    ]
    return (*rows, *_extra(run, body), *_off(run), *_ours(run, body))


def _row(run: Run, param: Param, body: Mapping[str, Any], mode: Mode) -> Row:
    params, server = run.request.params, run.request.server
    value = getattr(params, param.name)
    field = param.name_at(server) if param.wire else ""
    sent = _sent(param, field, body)
    fate, why = _fate(run, param, field, sent is not None, mode)
    shown = value.value if isinstance(value, Json) else list(value) if isinstance(value, tuple) else value
    return Row(param.name, param.label, field, shown, sent, fate, why, _by(run, param.name))


def _fate(run: Run, param: Param, field: str, sent: bool, mode: Mode) -> tuple[Fate, str]:
    names = {param.name, field, *param.fields} - {""}
    told = next((note.why for note in run.reply.adapted if note.what in names), "")
    if isinstance(run.error, BadRequest) and (names & _steps(run.error) or f"“{param.label}”" in run.error.what):
        return "refused", run.error.what
    if mode not in param.modes:
        return "left out", told or "A text completion has no place for it."
    if param.name == "mode":
        return ("changed", told) if told else ("sent", "It chose the route.")
    if not sent:
        return "left out", told or "It has no effect without what it belongs to."
    if told:
        return "changed", told
    server = run.request.server
    if server is not None and param.takes.get(server) is False:
        return "ignored", f"{NAMES[server]} is known not to take it."
    return "sent", ""


def _sent(param: Param, field: str, body: Mapping[str, Any]) -> Any:
    """What of a body a parameter became; None where nothing."""
    match param.name:
        case "mode":
            return "messages" if "messages" in body else "prompt"
        case "system_prompt":
            # Under whatever role, or in front of the first message: the body has it whole.
            return "in messages" if body.get("messages") else None
        case "thinking":
            return (body.get("chat_template_kwargs") or {}).get("enable_thinking")
        case "json_schema":
            return (body.get("response_format") or {}).get("json_schema")
    found = (body[name] for name in (field, *sorted(param.fields)) if name in body)
    return next(found, None)


def _extra(run: Run, body: Mapping[str, Any]) -> Iterator[Row]:
    extra = run.request.params.extra
    for name, value in (extra.value if extra is not None else {}).items():
        told = next((note.why for note in run.reply.adapted if note.what == name), "")
        refused = isinstance(run.error, BadRequest) and (name in _steps(run.error) or f"“{name}”" in run.error.what)
        fate: Fate = (
            "refused" if refused else "sent" if body.get(name) == value else "changed" if name in body else "left out"
        )
        why = run.error.what if refused and run.error is not None else told
        yield Row(name, name, name, value, body.get(name), fate, why, _by(run, "extra"))


def _off(run: Run) -> Iterator[Row]:
    for name in sorted(run.request.params.off):
        param = BY_NAME[name]
        yield Row(
            name,
            param.label,
            param.wire,
            None,
            None,
            "left out",
            "You left it out, though it is set for this endpoint.",
            "you",
        )


def _ours(run: Run, body: Mapping[str, Any]) -> Iterator[Row]:
    set_by_person = fragment(run.request.params, "chat" if "messages" in body else "completion", run.request.server)
    for name, why in _OURS.items():
        if name in body and name not in set_by_person:
            shown = body[name] if name not in ("messages", "prompt") else None
            yield Row(name, name, name, None, shown, "sent", why, "app")
    told = next((note.why for note in run.reply.adapted if note.what == "stream_options"), "")
    if "stream_options" not in body and told:
        yield Row("stream_options", "stream_options", "stream_options", None, None, "left out", told, "app")


def _steps(error: BadRequest) -> set[str]:
    """Every part of the paths that a server names."""
    return {step for path in error.fields for step in re.split(r"[.\[\]]+", path)}


def _by(run: Run, name: str) -> By:
    return "you" if name in run.chosen.raw else "endpoint"
