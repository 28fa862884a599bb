"""What is read without parsing is what parsing would have given: each stream is read in both ways."""

from __future__ import annotations

import json
import random
from itertools import groupby
from typing import Any

import pytest

from playground.core.events import Event, ReasoningDelta, TextDelta
from playground.core.reading import BodyReader
from playground.core.repeats import GIVE_UP, Repeats
from playground.core.wire import WireReader

TEXTS = (
    "w1 ", "x", "", " ", "\n\n", '"', "\\", 'say "hi"', "a\\b", "\t", "é", "你好", "🌍", "\u2028", "\xa0", "\x7f",
    "</think>", "<think>", "probe", "m", "stop", ",", ":",
    '","', "null", "\ud83d", "\ude00", "\u0000", "data: x", "[DONE]",
    "y" * 300,
)  # fmt: skip


def delta(text: Any, key: str = "content", **more: Any) -> dict[str, Any]:
    return {"id": "c-1", "model": "m", "choices": [{"index": 0, "delta": {key: text}, "finish_reason": None}]} | more


def data(value: Any, *, ascii: bool = True) -> bytes:
    return json.dumps(value, ensure_ascii=ascii).encode("utf-8", "surrogatepass")


def plainly(events: list[bytes]) -> list[Event]:
    """Each object parsed and understood, one after the other."""
    wire = WireReader()
    found: list[Event] = []
    for event in events:
        found += wire.read(json.loads(event.decode("utf-8", "replace")))
    return found + wire.end()


def joined(events: list[Event]) -> list[Event]:
    found: list[Event] = []
    for kind, group in groupby(events, type):
        alike = list(group)
        if kind in (TextDelta, ReasoningDelta):
            pieces = sum(getattr(event, "pieces") for event in alike)  # noqa: B009 - only these two have it
            alike = [kind("".join(getattr(event, "text") for event in alike), pieces)]  # noqa: B009
        found += alike
    return found


def read(events: list[bytes], size: int) -> list[Event]:
    """The same by the reader, which is given so many bytes at once."""
    body = b"".join(b"data: " + event + b"\n\n" for event in events)
    reader = BodyReader("text/event-stream")
    found = [event for at in range(0, len(body), size) for event in reader.feed(body[at : at + size])]
    return found + list(reader.end())


@pytest.mark.parametrize("ascii", [True, False])
@pytest.mark.parametrize("key", ["content", "reasoning", "reasoning_content", "refusal"])
def test_every_text_is_read_as_parsing_reads_it(key: str, ascii: bool) -> None:
    texts = [text for text in TEXTS for _ in range(3)]
    # Lone halves cannot be sent in any other way than escaped.
    events = [data(delta(text, key), ascii=ascii or not text.isprintable()) for text in ("begun", *texts)]
    for size in (10**6, 50, 7):
        assert joined(read(events, size)) == joined(plainly(events))


def test_streams_made_at_random_are_read_as_parsing_reads_them() -> None:
    rng = random.Random(11)
    others: list[dict[str, Any]] = [
        delta("t", model="another"), delta("t", created=1), delta("t", usage={"prompt_tokens": 1}), delta(["a"]),
        delta([{"type": "text", "text": "part"}]), delta([{"type": "thinking", "thinking": "hm"}]), {"choices": []},
        {"choices": [{"index": 1, "delta": {"content": "not this"}}]}, {"choices": [{"index": 0, "text": "plain"}]},
        delta("both", reasoning="both"), {"choices": [{"delta": {"reasoning": "r", "content": " "}}]},
        {"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}]}, {"x": "t", "content": "t", **delta("t")},
    ]  # fmt: skip
    for _ in range(400):
        events = []
        for _ in range(rng.randint(1, 12)):
            if rng.random() < 0.4:
                events.append(data(rng.choice(others)))
                continue
            key = rng.choice(("content", "content", "reasoning"))
            texts = rng.choices(TEXTS, k=rng.randint(1, 5))
            events += [data(delta(text, key), ascii=rng.random() < 0.5 or not text.isprintable()) for text in texts]
        assert joined(read(events, rng.choice((10**6, 40)))) == joined(plainly(events)), events


def learned(*before: bytes) -> Repeats:
    wire = WireReader()
    repeats = Repeats(wire)
    for event in before:
        repeats.learn(event, wire.read(json.loads(event)))
    return repeats


def test_a_form_is_known_from_the_second_event_on_and_all_that_have_it_are_one() -> None:
    events = [data(delta(text)) for text in ("a", "b", "c", "d\n", "e")]
    assert learned().take(events, 0) == []
    # The first names the model as well, so that it shows no form.
    assert learned(events[0]).take(events, 1) == []
    known = learned(*events[:2])
    assert known.take(events, 2) == ["c", "d\n", "e"]
    assert known.take([*events[2:4], data({"choices": []}), events[4]], 0) == ["c", "d\n"]
    assert known.kind is TextDelta


@pytest.mark.parametrize(
    "other",
    [
        data(delta("x", created=1)),
        data(delta("x")) + b" ",
        data(delta("x")).replace(b'"x"', b'""'),
        data(delta("x")).replace(b'"x"', b'"x", "finish_reason": "stop"'),
        data(delta("x")).replace(b'"x"', b'"x\n"'),
        data(delta("x")).replace(b'"x"', b'"x\\"'),
        data(delta("x")).replace(b'"x"', b'"\\u12"'),
        data(delta("x")).replace(b'"x"', b"null"),
        data(delta("x"))[:-1],
        b"[DONE]",
    ],
)
def test_an_event_of_another_form_is_left_to_be_parsed(other: bytes) -> None:
    assert learned(data(delta("a")), data(delta("b"))).take([other], 0) == []


@pytest.mark.parametrize(
    "event",
    [
        data(delta("x", usage={"completion_tokens": 1})),
        data({"choices": [{"delta": {"content": [{"text": "a"}, {"text": "b"}]}}]}),
        data({"choices": [{"delta": {"content": ""}}]}),
        # Where the text is cannot be told by looking for it.
        data({"choices": [{"delta": {"role": "a", "content": "a"}}]}),
        data({"x": ["a", "b"], "choices": [{"delta": {"content": ","}}]}).replace(b'", "', b'","'),
        # Thinking whose end has to be looked for.
        data({"choices": [{"delta": {"content": "<think>so"}}]}),
        # White space that is held back until more comes.
        data({"choices": [{"delta": {"reasoning": "so", "content": " "}}]}),
        data({"choices": [{"delta": {"content": "x"}}], "error": "boom"}),
    ],
)  # fmt: skip
def test_no_form_is_learned_where_another_text_would_not_be_just_that(event: bytes) -> None:
    assert learned(event).take([event.replace(b"so", b"and so")], 0) == []


def test_a_form_is_forgotten_when_anything_else_comes() -> None:
    a, b, c = (data(delta(text)) for text in "abc")
    assert learned(a, b, data({"choices": []})).take([c], 0) == []
    assert learned(a, b, data({"choices": []}), b).take([c], 0) == ["c"]


def test_a_stream_without_forms_is_not_looked_at_for_ever() -> None:
    def event(number: int) -> bytes:
        return data(delta("x", created=number))

    assert learned(event(0), *(event(number) for number in range(1, GIVE_UP + 1))).take([event(GIVE_UP)], 0)
    given_up = learned(event(0), *(event(number) for number in range(1, GIVE_UP + 2)))
    assert given_up.take([event(GIVE_UP + 1)], 0) == []


def test_thinking_is_read_in_the_same_way() -> None:
    a, b, c = (data(delta(text, "reasoning")) for text in "abc")
    known = learned(a, b)
    assert known.take([c, c], 0) == ["c", "c"]
    assert known.kind is ReasoningDelta


def test_an_event_nested_as_deep_as_can_be_parsed_is_no_failure() -> None:
    deep = data(delta("x")).replace(b'"c-1"', b"[" * 100_000 + b"]" * 100_000)
    repeats = learned(data(delta("a")))
    repeats.learn(deep, [TextDelta("x")])
    assert repeats.take([deep], 0) == []
