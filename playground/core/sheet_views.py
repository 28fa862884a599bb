"""The sheet of an endpoint as the panel draws it: plain dicts, what is unknown as None. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args
from urllib.parse import urlsplit

from playground.core.capabilities import LABELS, ORIGINS, Capabilities
from playground.core.details import Details, Fact, Lines
from playground.core.errors import PlaygroundError
from playground.core.flexai import seconds_of
from playground.core.picker import entry
from playground.core.sheet import TABLE, Filled, Group, Sheet
from playground.core.status import Status

GROUPS: tuple[Group, ...] = get_args(Group)


def view(
    sheet: Sheet,
    status: Status,
    details: Details | None,
    notes: Iterable[tuple[str, PlaygroundError]],
    *,
    model: str | None,
    asking: bool,
    now: float,
) -> dict[str, Any]:
    """What the panel shows of one endpoint. `model`: the one that the tab speaks to; `now` in wall-clock seconds.

    `groups`: the table's fields, `rows` with `value` None for unknown. `ago`: seconds for which it has been as it is.
    """
    return {
        "asking": asking,
        "status": {
            "dot": status.dot,
            "text": status.text,
            "ago": None if status.since is None else max(0.0, now - status.since),
            "rests": status.rests,
        },
        "groups": [{"title": group, "rows": [_row(each, now) for each in _of(sheet, group)]} for group in GROUPS],
        "models": _models(details),
        "remembered": details is not None and details.remembered,
        "capabilities": _capabilities(details, model),
        "more": [{"source": source, "rows": _lines(lines, now)} for source, lines in sheet.more],
        "notes": [
            {"source": source, "what": error.what, "hint": error.hint, "said": error.said} for source, error in notes
        ],
    }


def _of(sheet: Sheet, group: Group) -> list[Filled]:
    return [sheet.of(row.field) for row in TABLE if row.group == group]


def _row(filled: Filled, now: float) -> dict[str, Any]:
    row, fact = filled.row, filled.fact
    shown = {"name": row.field, "label": row.label, "kind": row.kind, "others": [_fact(each) for each in filled.others]}
    if fact is None:
        return shown | {"value": None, "origin": None, "source": "nobody says"}
    if row.kind == "time":
        return shown | _fact(fact) | {"ago": max(0.0, now - float(fact.value))}
    if fact.words:
        # Nothing to be copied.
        return shown | _fact(fact) | {"kind": "text"}
    if row.kind == "link" and not _leads(fact.value):
        # Shown, but nothing to press.
        shown["kind"] = "code"
    return shown | _fact(fact)


def _fact(fact: Fact) -> dict[str, Any]:
    return {"value": fact.value, "origin": fact.origin, "how": ORIGINS[fact.origin], "source": fact.source}


def _leads(address: str) -> bool:
    """Whether an address is one of a web page; or one of this app's own, which the browser completes."""
    if address.startswith("/") and not address.startswith("//"):
        return True
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def _lines(lines: Lines, now: float) -> list[dict[str, Any]]:
    """`ago`: how many seconds ago, where the text is a time."""
    rows = []
    for key, text in lines:
        at = seconds_of(text)
        rows.append({"key": key, "value": text, "ago": None if at is None else now - at})
    return rows


def _models(details: Details | None) -> list[dict[str, Any]] | None:
    """None where it was not asked yet."""
    return None if details is None else [entry(model) for model in details.models]


def _capabilities(details: Details | None, id: str | None) -> dict[str, Any]:
    """Of the model that is asked: `rows` of what is known, `unknown` the names of the rest."""
    model = details.model(id) if details is not None else None
    known = model.capabilities if model is not None else details.routes if details is not None else Capabilities()
    rows = []
    for ability, label in LABELS.items():
        claim, against = known.of(ability), known.against(ability)
        if claim is None:
            continue
        note = f"{ORIGINS[claim.origin]} {claim.source}"
        if against is not None:
            note += f"; but {against.source} says otherwise"
        rows.append({"label": label, "able": claim.able, "origin": claim.origin, "note": note})
    unknown = [label for ability, label in LABELS.items() if known.of(ability) is None]
    return {"model": id, "rows": rows, "unknown": unknown}
