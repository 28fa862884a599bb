"""What holds for every stream: how it is cut into packets changes nothing, and no bytes raise what is not ours."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from playground.core.errors import EndpointError
from playground.core.reading import BodyReader
from playground.core.reply import Reply, ReplyBuilder

# The same examples on every machine and in every run.
STEADY = settings(derandomize=True, max_examples=300, deadline=None)
KINDS = st.sampled_from(["text/event-stream", "application/json", "text/plain", "text/html", ""])
TEXTS = st.text(max_size=12) | st.sampled_from(["<think>", "</think>", "\n", "a\n</think>\n", "é", "🎉", "`x`"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS


def deltas() -> st.SearchStrategy[dict[str, Any]]:
    call = st.fixed_dictionaries(
        {},
        optional={
            "index": st.integers(0, 2) | st.none(),
            "id": st.sampled_from(["a", "b", "", None]),
            "function": st.fixed_dictionaries({}, optional={"name": TEXTS, "arguments": TEXTS | VALUES}),
        },
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "role": st.just("assistant"),
            "content": TEXTS | st.none() | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXTS})),
            "reasoning": TEXTS | st.none(),
            "reasoning_content": TEXTS | st.fixed_dictionaries({"text": TEXTS}),
            "tool_calls": st.lists(call, max_size=2),
        },
    )


def objects() -> st.SearchStrategy[dict[str, Any]]:
    choice = st.fixed_dictionaries(
        {"index": st.integers(0, 1), "delta": deltas()},
        optional={"finish_reason": st.sampled_from([None, "stop", "length", "tool_calls", "never heard of"])},
    )
    return st.fixed_dictionaries(
        {"choices": st.lists(choice, max_size=2)},
        optional={
            "model": st.sampled_from(["m", "other"]),
            "usage": st.none() | st.fixed_dictionaries({"prompt_tokens": st.integers(0, 9)}),
        },
    )


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """A stream as servers write it, in any framing that the specification of server-sent events allows."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    written = []
    for each in draw(st.lists(objects(), max_size=8)):
        before = draw(st.sampled_from(["", f": keep-alive{end}", f": x{end}{end}", f"event: message{end}"]))
        space = draw(st.sampled_from(["", " "]))
        written.append(f"{before}data:{space}{json.dumps(each, ensure_ascii=draw(st.booleans()))}{end}{end}")
    if draw(st.booleans()):
        written.append(f"data: [DONE]{end}{end}")
    # What JSON cannot hold as UTF-8, half a character, servers send escaped.
    return "".join(written).encode("utf-8", "backslashreplace")


def read(packets: list[bytes], kind: str = "text/event-stream") -> tuple[Reply, EndpointError | None]:
    reader, builder = BodyReader(kind), ReplyBuilder()
    for packet in packets:
        for event in reader.feed(packet):
            builder.feed(event, 0.0)
    for event in reader.end():
        builder.feed(event, 0.0)
    return builder.reply, reader.failure


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(body) + 1) for place in places}), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


@STEADY
@given(streams(), st.lists(st.integers(0, 10_000), max_size=12))
def test_however_a_stream_is_cut_into_packets_the_reply_is_the_same(body: bytes, places: list[int]) -> None:
    whole, failure = read([body])
    again, otherwise = read(cut(body, places))
    assert whole == again
    assert type(failure) is type(otherwise)


@settings(STEADY, max_examples=60)
@given(streams())
def test_a_stream_that_comes_byte_by_byte_gives_the_same_reply(body: bytes) -> None:
    assert read([body])[0] == read([body[at : at + 1] for at in range(len(body))])[0]


@STEADY
@given(st.binary(max_size=200) | streams(), KINDS, st.lists(st.integers(0, 10_000), max_size=4))
def test_no_bytes_raise_anything_but_our_own_errors(body: bytes, kind: str, places: list[int]) -> None:
    _, failure = read(cut(body, places), kind)
    assert failure is None or isinstance(failure, EndpointError)


@STEADY
@given(streams(), st.binary(max_size=20), st.integers(0, 10_000))
def test_a_stream_that_is_damaged_anywhere_raises_nothing(body: bytes, damage: bytes, place: int) -> None:
    at = place % (len(body) + 1)
    _, failure = read([body[:at] + damage + body[at + len(damage) :]])
    assert failure is None or isinstance(failure, EndpointError)
