"""The table of parameters as a panel and as a page of documentation. Plain dicts and Markdown; nothing is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, get_args

from playground.core.parameter import Json, Param
from playground.core.params import TABLE, Params, label_of
from playground.core.params_reading import Parsed, list_as_text
from playground.core.reply import Reply
from playground.core.servers import NAMES, Taker


def panel(
    read: Parsed, below: Params, *, server: Taker | None = None, refused: Collection[str] = ()
) -> list[dict[str, Any]]:
    """One dict for each parameter, in the table's order.

    `below`: what is sent where the visitor sets nothing: the endpoint's own table over the settings. `refused`: fields
    of the body that the endpoint is known not to take. `state` is "set" by the visitor, "endpoint" where what is below
    counts, "off" where the visitor leaves that out, else "unset". `takes` is None where it is not known.
    """
    return [_row(param, read, below, server, refused) for param in TABLE]


def _row(param: Param, read: Parsed, below: Params, server: Taker | None, refused: Collection[str]) -> dict[str, Any]:
    own, under = getattr(read.params, param.name), getattr(below, param.name)
    if own is not None:
        state = "set"
    elif under is not None:
        state = "off" if param.name in read.params.off else "endpoint"
    else:
        state = "unset"
    return {
        "name": param.name,
        "label": param.label,
        "help": param.help,
        "kind": param.kind,
        "state": state,
        "value": _shown(own),
        "below": _shown(under),
        "low": param.low,
        "high": param.high,
        "step": param.step,
        "choices": [{"value": value, "label": label} for value, label in param.choices],
        "more": param.more,
        "modes": list(param.modes),
        "field": param.name_at(server),
        "takes": param.takes.get(server) if server is not None else None,
        "refused": bool(refused) and param.name_at(server) in refused,
        "error": read.errors.get(param.name),
        "note": read.notes.get(param.name),
    }


def _shown(value: Any) -> Any:
    if isinstance(value, Json):
        return value.text
    return list_as_text(value) if isinstance(value, tuple) else value


def notes(reply: Reply) -> list[dict[str, str]]:
    """What was sent otherwise than it was set, for a note at the answer: its name, why, and the server's words."""
    return [{"label": label_of(note.what), "why": note.why, "said": note.said} for note in reply.adapted]


def document() -> str:
    """docs/parameters.md, whole."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Parameters"
    yield ""
    yield "What can be set of a request. Nothing that is not set is sent. A value outside the usual range is sent all"
    yield "the same: servers differ, and say so themselves. Which servers take a parameter is what they document;"
    yield "“unknown” means just that. Where a server refuses one by name, it is left out and the page says so."
    yield ""
    yield "An endpoint in the settings file can set any of them, by the names in the first column:"
    yield ""
    yield "```toml"
    yield "[[endpoints]]"
    yield 'url = "http://gpu-host:8000/v1"'
    yield "[endpoints.params]"
    yield "temperature = 0.2"
    yield 'extra = { chat_template_kwargs = { custom = "x" } }'
    yield "```"
    yield ""
    yield "| Name | Label | Usual | Modes | How it is sent | Taken by | Not taken by |"
    yield "|---|---|---|---|---|---|---|"
    for param in TABLE:
        cells = (
            f"`{param.name}`", param.label, _usual(param), ", ".join(param.modes), _sent(param), *_takers(param)
        )  # fmt: skip
        yield "| " + " | ".join(cells) + " |"
    for param in TABLE:
        yield ""
        yield f"## {param.label}"
        yield ""
        yield param.help


def _usual(param: Param) -> str:
    if param.choices:
        return ", ".join(f"`{value}`" for value, _ in param.choices) + (" and others" if param.more else "")
    if param.kind in ("number", "integer") and param.low is not None and param.high is not None:
        return f"{param.low:g} to {param.high:g}"
    return {"switch": "on, off", "list": "texts", "json": "a JSON object", "text": "text"}.get(param.kind, "any number")


def _sent(param: Param) -> str:
    sent = param.sent or f"`{param.wire}`"
    return sent + "".join(f"; `{name}` for {NAMES[server]}" for server, name in param.named.items())


def _takers(param: Param) -> tuple[str, str]:
    yes, no = (
        ", ".join(NAMES[server] for server in get_args(Taker) if param.takes.get(server) is wanted)
        for wanted in (True, False)
    )
    return yes or ("unknown" if param.wire else "–"), no or "none known"
