"""Properties of reading: the packets an answer comes in change nothing, and no bytes raise anything but our errors."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from playground.core.events import Event
from playground.core.reply import Reply, ReplyBuilder
from playground.core.thinking import ThinkingSplitter
from playground.core.wire import WireReader
from tests.fuzz.checks import KINDS, STATUSES, holds, read

# What texts are made of: tags in pieces, what stands around them, and anything else.
PIECES = st.sampled_from((
    "<think>", "</think>", "<", "</", "th", "ink>", ">", "\n", "\r\n", " ", "`", "```", "w1 ", "ü", "🌍", "你好",
    '"', "\\",
))  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=4).map("".join)
LOGPROBS = st.sampled_from((
    None,
    {"content": [{"token": "a", "logprob": -0.5, "top_logprobs": [{"token": "b", "logprob": -1}]}]},
    {"tokens": ["a", "b"], "token_logprobs": [None, -1.0], "top_logprobs": [None, {"a": -1.0}]},
))  # fmt: skip
CALLS = st.fixed_dictionaries(
    {"function": st.fixed_dictionaries({}, optional={
        "name": st.sampled_from(("look", "go", "")),
        "arguments": st.sampled_from(("{", "}", "{}", "", None, '"x"', {"a": 1})),
    })},
    optional={"index": st.sampled_from((0, 1, None)), "id": st.sampled_from(("x", "y", "", None))},
)  # fmt: skip
CONTENTS = TEXTS | st.none() | st.lists(
    st.one_of(
        st.fixed_dictionaries({"type": st.just("text"), "text": TEXTS}),
        st.fixed_dictionaries({"type": st.just("thinking"), "thinking": TEXTS}),
    ),
    max_size=2,
)  # fmt: skip
DELTAS = st.one_of(
    # The plain ones most often, as in real streams: a run of these has one form.
    st.fixed_dictionaries({"content": TEXTS}),
    st.fixed_dictionaries({"content": TEXTS}),
    st.fixed_dictionaries({"reasoning": TEXTS}),
    st.fixed_dictionaries({}, optional={
        "role": st.just("assistant"), "content": CONTENTS, "reasoning_content": TEXTS, "refusal": TEXTS,
        "tool_calls": st.lists(CALLS, max_size=2), "function_call": st.just({"name": "f", "arguments": "{}"}),
    }),
)  # fmt: skip
CHOICES = st.fixed_dictionaries(
    {
        "delta": DELTAS,
        "index": st.sampled_from((0, 0, 0, 1)),
        "finish_reason": st.sampled_from((None,) * 8 + ("stop",)),
    },
    optional={"logprobs": LOGPROBS, "text": TEXTS},
)
OBJECTS = st.fixed_dictionaries(
    {"model": st.sampled_from(("m", "m", "m", "other")), "choices": st.lists(CHOICES, min_size=1, max_size=1)},
    optional={"usage": st.sampled_from((None, {"prompt_tokens": 1, "completion_tokens": 2}))},
)
STREAMS: st.SearchStrategy[list[Any]] = st.lists(OBJECTS | st.just({"choices": []}), max_size=12)
STYLES = st.fixed_dictionaries({
    "end": st.sampled_from(("\n", "\r\n", "\r")),
    "before": st.sampled_from(("", "\ufeff", ": hello\n\n", "event: message\nid: 1\n", "\n\n")),
    "between": st.sampled_from(("", ": ping\n", "retry: 3\n\n", "data: ping\n\n")),
    "space": st.booleans(),
    "ascii": st.booleans(),
    "indent": st.sampled_from((None, None, None, 1)),
})  # fmt: skip


def written(objects: list[Any], *, end: str, before: str, between: str, space: bool, ascii: bool, indent: Any) -> bytes:
    """A stream of these objects, in one of the ways to write one."""
    field = "data: " if space else "data:"
    lines = [before]
    for each in objects:
        data = json.dumps(each, ensure_ascii=ascii, indent=indent).split("\n")
        lines += [between, *(f"{field}{line}\n" for line in data), "\n"]
    return "".join([*lines, f"{field}[DONE]\n\n"]).replace("\n", end).encode()


def cut(body: bytes, places: list[int]) -> list[bytes]:
    at = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[begin:end] for begin, end in pairwise(at)]


def plainly(objects: list[Any]) -> Reply:
    """The reply that the objects make, each read by itself."""
    wire, builder = WireReader(), ReplyBuilder()
    events: list[Event] = [event for each in objects for event in wire.read(each)]
    for event in events + wire.end():
        builder.feed(event, 0.0)
    return builder.reply


@given(STREAMS, STYLES, st.lists(st.integers(0, 10**6), max_size=30))
def test_any_split_of_any_stream_gives_the_reply_that_its_objects_make(
    objects: list[Any], style: dict[str, Any], places: list[int]
) -> None:
    body = written(objects, **style)
    for packets in (cut(body, places), [body], [body[at : at + 1] for at in range(len(body))]):
        reply, failure = read(packets)
        assert failure is None
        assert reply == plainly(objects)


# Where thinking ends and where it only seems to: by tags alone, and what stands around them.
TAGGED = st.lists(
    st.sampled_from(("<think>", "</think>", "</", "thi", "nk", ">", "ink>", "\n", "x", "`")), min_size=3, max_size=12
)  # fmt: skip


@given(TAGGED, st.integers(1, 400))
def test_texts_of_one_form_are_read_as_the_objects_they_stand_in(texts: list[str], size: int) -> None:
    objects = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ["begun ", "so ", *texts]]
    body = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in objects) + b"data: [DONE]\n\n"
    for packets in ([body], [body[at : at + size] for at in range(0, len(body), size)]):
        assert read(packets) == (plainly(objects), None)


@given(TAGGED, st.booleans())
def test_any_split_of_a_text_gives_the_same_thinking_and_answer(texts: list[str], told: bool) -> None:
    def parted(pieces: list[str]) -> tuple[str, str]:
        splitter, builder = ThinkingSplitter(), ReplyBuilder()
        if told:
            splitter.told()
        for part in [part for piece in pieces for part in splitter.feed(piece)] + splitter.flush():
            builder.feed(part, 0.0)
        return builder.reply.reasoning, builder.reply.text

    assert parted(texts) == parted(["".join(texts)]) == parted([*"".join(texts)])


@given(st.binary(max_size=300), st.sampled_from(KINDS), st.sampled_from(STATUSES), st.integers(1, 64))
def test_no_bytes_raise_anything_but_our_own_errors(body: bytes, kind: str, status: int, size: int) -> None:
    holds(body, kind, status, size)


@given(STREAMS, STYLES, st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), min_size=1, max_size=4),
       st.sampled_from(KINDS), st.integers(1, 64))  # fmt: skip
def test_no_damage_to_a_stream_raises_anything_but_our_own_errors(
    objects: list[Any], style: dict[str, Any], damage: list[tuple[int, bytes]], kind: str, size: int
) -> None:
    body = written(objects, **style)
    for place, other in damage:
        at = place % (len(body) + 1)
        body = body[:at] + other + body[at + len(other) :]
    holds(body, kind, 200, size)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("choices", "delta", "message", "content", "text", "reasoning", "tool_calls", "function",
                         "arguments", "name", "id", "index", "logprobs", "tokens", "token_logprobs", "top_logprobs",
                         "usage", "error", "detail", "errors", "finish_reason", "model", "object", "code", "type")),
        inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(JSON, max_size=4), st.integers(1, 64), st.booleans())
def test_no_json_raises_anything_but_our_own_errors(objects: list[Any], size: int, whole: bool) -> None:
    if whole:
        body = json.dumps(objects[0] if objects else None).encode()
    else:
        body = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in objects)
    holds(body, KINDS[whole], 400, size)


def test_the_same_examples_are_tried_every_time() -> None:
    assert hypothesis.settings().derandomize
    assert hypothesis.settings().database is None
