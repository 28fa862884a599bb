"""A server's tool calls → our events: which pieces belong to one call, by every way of counting them that was seen.

OpenAI's protocol gives each call an `index` and, once, an id and a name. Servers leave the index out, send 0 for all,
repeat the id or the name with every piece, make up a new id for each, or send calls whole. Not here: what a call means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playground.core.events import ToolCallDelta
from playground.core.texts import sound, text_of


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Piece:
    index: int | None
    id: str
    name: str
    arguments: str


class ToolCalls:
    """The calls of one answer. `whole`: each object is a call of its own, whatever it says of its place."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._by_index: dict[int, int] = {}
        self._last = 0

    def read(self, sent: Any, *, whole: bool = False) -> Iterator[ToolCallDelta]:
        """Takes a list of calls, or one; what has neither id nor name nor arguments is none."""
        for each in sent if isinstance(sent, list) else [sent]:
            if isinstance(each, dict) and (piece := _piece(each)) is not None:
                yield self._add(piece, None if whole else self._place(piece))

    def _add(self, piece: _Piece, at: int | None) -> ToolCallDelta:
        if at is None:
            at = len(self._calls)
            self._calls.append(_Call())
        call = self._calls[at]
        if piece.index is not None:
            self._by_index[piece.index] = at
        self._last = at
        id = "" if call.id else piece.id
        name = "" if piece.name == call.name else piece.name
        call.id += id
        call.name += name
        if piece.arguments:
            call.arguments.append(piece.arguments)
        return ToolCallDelta(at, id or None, name, piece.arguments)

    def _place(self, piece: _Piece) -> int | None:
        """Which call a piece belongs to; None for a new one."""
        if piece.index is None:
            at = self._same_id(piece) if piece.id else self._last if self._calls else None
        else:
            at = self._by_index.get(piece.index)
        if at is None:
            return None
        call = self._calls[at]
        if not piece.id or not call.id:
            return None if _begins_another(call, piece) else at
        if piece.id == call.id:
            return at
        # The index is taken by a call of another id. A new id without a name is one that is made up for each piece.
        same = self._same_id(piece)
        return at if same is None and not piece.name else same

    def _same_id(self, piece: _Piece) -> int | None:
        return next((at for at, call in enumerate(self._calls) if call.id == piece.id), None)


def _piece(sent: dict[str, Any]) -> _Piece | None:
    names = ("function", "custom")
    called: dict[str, Any] = next((sent[name] for name in names if isinstance(sent.get(name), dict)), {})
    index, id, name = sent.get("index"), text_of(sent.get("id")), text_of(called.get("name"))
    arguments = _arguments(called.get("arguments", called.get("input")))
    if not (id or name or arguments):
        return None
    counted = isinstance(index, int) and not isinstance(index, bool)
    return _Piece(index if counted else None, id, name, arguments)


def _arguments(value: Any) -> str:
    """The arguments as text, also where they are sent as JSON instead of a text that holds it."""
    if value is None or isinstance(value, str):
        return sound(value or "")
    try:
        return sound(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return ""


def _begins_another(call: _Call, piece: _Piece) -> bool:
    """Whether a piece without an id is more than the rest of a call: it has a name, which the call has already."""
    if not piece.name or not call.name:
        return False
    if piece.name != call.name:
        # Before any arguments, it may be the rest of a name that comes in pieces; who does that counts the calls.
        return bool(call.arguments) or piece.index is None
    # The same tool again, or its name repeated: the call's arguments tell whether it is whole.
    return piece.arguments.lstrip().startswith("{") and is_json("".join(call.arguments))


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
