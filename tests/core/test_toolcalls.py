"""Pieces of tool calls → calls, by every way of counting them that a server has."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.events import ToolCallDelta
from playground.core.reply import ReplyBuilder
from playground.core.toolcalls import ToolCalls


def piece(arguments: Any = None, *, name: str | None = None, **more: Any) -> dict[str, Any]:
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"function": function} | more


def calls(*sent: Any, whole: bool = False) -> list[tuple[str | None, str, str]]:
    """The calls as they are in the reply in the end."""
    reader, builder = ToolCalls(), ReplyBuilder()
    for each in sent:
        for event in reader.read(each, whole=whole):
            builder.feed(event, 0.0)
    return [(call.id, call.name, call.arguments) for call in builder.reply.tool_calls]


ONE = [("x", "look", '{"at": 1}')]
TWO = [("x", "look", "{}"), ("y", "go", '{"to": 2}')]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        # OpenAI's own way, and vLLM's: the first piece has no arguments, the others have neither id nor name.
        ([[piece("", name="look", index=0, id="x")], [piece('{"at"', index=0)], [piece(": 1}", index=0)]], ONE),
        ([[piece(name="look", index=0, id="x")], [piece('{"at"', index=0)], [piece(": 1}", index=0)]], ONE),
        # A call for each index, in pieces that are mixed.
        (
            [
                [piece("{", name="look", index=0, id="x"), piece("", name="go", index=1, id="y")],
                [piece('{"to"', index=1)],
                [piece("}", index=0), piece(": 2}", index=1)],
            ],
            TWO,
        ),
        # Counted from 1.
        ([[piece("{}", name="look", index=1, id="x")], [piece('{"to": 2}', name="go", index=2, id="y")]], TWO),
        # No index: an id is a new call, none is more of the last.
        ([[piece("{", name="look", id="x")], [piece("}")], [piece("", name="go", id="y")], [piece('{"to": 2}')]], TWO),
        ([[piece("{}", name="look", index=None, id="x"), piece('{"to": 2}', name="go", index=True, id="y")]], TWO),
        # The index is always 0.
        ([[piece("{}", name="look", index=0, id="x")], [piece('{"to": 2}', name="go", index=0, id="y")]], TWO),
        (
            [
                [piece("{}", name="look", index=0, id="x")],
                [piece("", name="go", index=0, id="y")],
                [piece('{"to": 2}', index=0)],
            ],
            TWO,
        ),
        # And comes back to the first.
        (
            [
                [piece("{", name="look", index=0, id="x")],
                [piece('{"to": 2}', name="go", index=0, id="y")],
                [piece("}", name="look", index=0, id="x")],
            ],
            TWO,
        ),
        # Id and name with each piece, with and without the index; or a new id for each.
        ([[piece('{"at"', name="look", index=0, id="x")], [piece(": 1}", name="look", index=0, id="x")]], ONE),
        ([[piece('{"at"', name="look", id="x")], [piece(": 1}", name="look", id="x")]], ONE),
        ([[piece('{"at"', name="look", index=0, id="x")], [piece(": 1}", index=0, id="x2")]], ONE),
        # The id and the name come late, or in pieces.
        ([[piece('{"at": 1}', index=0)], [piece(name="look", index=0)], [{"index": 0, "id": "x"}]], ONE),
        ([[piece(name="lo", index=0, id="x")], [piece(name="ok", index=0)], [piece('{"at": 1}', index=0)]], ONE),
        # Not in a list.
        ([piece('{"at": 1}', name="look", index=0, id="x")], ONE),
        # Arguments as JSON, and not as text.
        ([[piece({"at": 1}, name="look", index=0, id="x")]], ONE),
        # OpenAI's tools with an input of their own.
        ([[{"index": 0, "id": "x", "type": "custom", "custom": {"name": "look", "input": '{"at": 1}'}}]], ONE),
        # No ids at all.
        ([[piece("{}", name="f", id=""), piece("{}", name="g", id="")]], [(None, "f", "{}"), (None, "g", "{}")]),
        ([[piece("{}", name="f"), piece("{}", name="f")]], [(None, "f", "{}"), (None, "f", "{}")]),
        ([[piece("{}", name="f", index=0)], [piece("{}", name="g", index=0)]], [(None, "f", "{}"), (None, "g", "{}")]),
        ([[piece(name="f"), piece(name="g")]], [(None, "f", ""), (None, "g", "")]),
        ([[piece("{", name="f")], [piece("}", name="f")]], [(None, "f", "{}")]),
        ([[piece("{", name="f")], [piece("{}}", name="f")]], [(None, "f", "{{}}")]),
        # Nothing that is a call.
        ([[{"index": 0}], [None, 3, "x"], None, [piece("")], [{"function": 3, "id": 7}]], []),
    ],
)  # fmt: skip
def test_pieces_are_put_together_as_they_were_meant(sent: list[Any], found: list[tuple[str | None, str, str]]) -> None:
    assert calls(*sent) == found


def test_an_id_and_a_name_are_told_once() -> None:
    reader = ToolCalls()
    sent = [piece("{", name="f", index=0, id="x"), piece("}", name="f", index=0, id="x")]
    assert list(reader.read(sent)) == [ToolCallDelta(0, "x", "f", "{"), ToolCallDelta(0, None, "", "}")]


def test_calls_that_are_sent_whole_are_each_their_own() -> None:
    same = piece("{}", name="f", id="x", index=0)
    assert calls([same, same], whole=True) == [("x", "f", "{}")] * 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [(["a"], '["a"]'), ({}, "{}"), ({"a": "ü"}, '{"a": "ü"}'), ('"Paris"', '"Paris"'), (False, "false")],
)
def test_arguments_that_are_no_text_become_the_json_they_are(arguments: Any, text: str) -> None:
    assert calls([piece(arguments, name="f")]) == [(None, "f", text)]


def test_arguments_nested_too_deep_are_left_out_and_half_characters_are_replaced() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert calls([piece(deep, name="f")]) == [(None, "f", "")]
    assert calls([piece({"a": "\ud83c"}, name="f")]) == [(None, "f", '{"a": "\ufffd"}')]
