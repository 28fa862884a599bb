"""One JSON object of a server → events, in every dialect seen."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.events import (
    Alternative,
    Event,
    Finished,
    Logprobs,
    ReasoningDelta,
    Served,
    TextDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)
from playground.core.wire import WireReader


def read(*objects: Any) -> list[Event]:
    reader = WireReader()
    return [event for sent in objects for event in reader.read(sent)] + reader.end()


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields}]}


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (delta(content="a"), [TextDelta("a")]),
        (delta(role="assistant", content=""), []),
        (delta(content=None), []),
        (delta(content=3), []),
        (delta(refusal="no"), [TextDelta("no")]),
        (delta(tool_calls=[{"index": 0}]), []),
        (delta(content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), [TextDelta("ab")]),
        (delta(content=["a", None, {"type": "image_url"}]), [TextDelta("a")]),
        (delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]), [ReasoningDelta("hm")]),
        (delta(content=[{"type": "thinking", "thinking": "hm"}]), [ReasoningDelta("hm")]),
        (delta(reasoning="hm"), [ReasoningDelta("hm")]),
        (delta(reasoning_content="hm"), [ReasoningDelta("hm")]),
        (delta(reasoning_content={"text": "hm"}), [ReasoningDelta("hm")]),
        (delta(reasoning="hm", reasoning_content="hm"), [ReasoningDelta("hm")]),
        (delta(reasoning="hm", content="so"), [ReasoningDelta("hm"), TextDelta("so")]),
        ({"choices": [{"index": 0, "text": "completion"}]}, [TextDelta("completion")]),
        ({"choices": [{"message": {"content": "message"}}]}, [TextDelta("message")]),
        ({"choices": [{"index": 1, "delta": {"content": "second"}}]}, [Alternative(1, TextDelta("second"))]),
        ({"choices": [{"text": "a"}, {"text": "b"}]}, [TextDelta("a"), Alternative(1, TextDelta("b"))]),
        (delta(thinking="hm"), [ReasoningDelta("hm")]),
        (delta(reasoning_details=[{"type": "reasoning.text", "text": "h"}, {"text": "m"}]), [ReasoningDelta("hm")]),
        (delta(reasoning={"summary": [{"text": "hm"}]}), [ReasoningDelta("hm")]),
        (delta(reasoning=[[[[[["hm"]]]]]], reasoning_content=7), []),
        (
            delta(content=[{"type": "reasoning", "summary": "hm"}, {"type": "text", "text": "a"}]),
            [ReasoningDelta("hm"), TextDelta("a")],
        ),
        (delta(content=[{"type": "refusal", "refusal": "no"}]), [TextDelta("no")]),
        (delta(content={"type": "text", "text": "a"}), [TextDelta("a")]),
        (delta(tool_calls=[{"index": 0, "id": "x"}]), [ToolCallDelta(0, "x")]),
        (delta(function_call={"name": "f", "arguments": "{}"}), [ToolCallDelta(0, None, "f", "{}")]),
        (
            {"choices": [{"index": 0, "text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": [-1]}}]},
            [TextDelta("a"), Logprobs((TokenLogprob("a", -1.0),))],
        ),
        ({"choices": [{"index": 0, "logprobs": {"content": []}}]}, []),
        ({"choices": [{"delta": None, "finish_reason": None}]}, []),
        ({"choices": [None]}, []),
        ({"choices": None}, []),
        ({"choices": []}, []),
        ({"model": ""}, []),
        ({"model": 7}, []),
        ({}, []),
        (None, []),
        ([], []),
        ("text", []),
    ],
)
def test_an_object_gives_what_is_in_it_and_forgives_the_rest(sent: Any, events: list[Event]) -> None:
    reader = WireReader()
    assert reader.read(sent) == events
    assert reader.error is None
    assert not reader.finished


@pytest.mark.parametrize(
    ("usage", "events"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}, [Usage(3, 4)]),
        ({"prompt_tokens": 3}, [Usage(3, None)]),
        ({"completion_tokens": 0}, [Usage(None, 0)]),
        ({"input_tokens": 3, "output_tokens": 4}, [Usage(3, 4)]),
        ({"completion_tokens": 10**400}, []),
        ([3], []),
        ({"prompt_tokens": -1, "completion_tokens": True}, []),
        ({}, []),
        (None, []),
    ],
)
def test_token_counts_are_taken_from_any_object(usage: Any, events: list[Event]) -> None:
    assert read({"choices": [], "usage": usage}) == events
    assert read({"usage": usage, "choices": None}) == events
    assert read({"choices": [{"delta": {}, "usage": usage}]}) == events
    assert read({"choices": [], "x_groq": {"id": "1", "usage": usage}}) == events


def test_the_model_is_told_once_and_again_when_it_changes() -> None:
    assert read({"model": "a"}, {"model": "a"}, {"model": "b"}) == [Served("a"), Served("b")]


def test_the_last_text_comes_before_the_finish_in_the_same_object() -> None:
    reader = WireReader()
    sent = {"choices": [{"index": 0, "delta": {"content": "end"}, "finish_reason": "length"}]}
    assert reader.read(sent) == [TextDelta("end"), Finished("length")]
    assert reader.finished


def test_a_finish_gives_what_was_held_back_first() -> None:
    assert read(delta(content="<th"), {"choices": [{"delta": {}, "finish_reason": "stop"}]}) == [
        TextDelta("<th"),
        Finished("stop"),
    ]


def test_the_end_gives_what_was_held_back() -> None:
    assert read(delta(content="<think>a"), delta(content="</th")) == [ReasoningDelta("a"), ReasoningDelta("</th")]


def test_a_whole_completion_is_read_from_its_message() -> None:
    reader = WireReader()
    sent = {
        "model": "m",
        "choices": [{"message": {"content": "<think>a</think>b", "reasoning": None}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    assert reader.read(sent, "message") == [
        Served("m"),
        ReasoningDelta("a"),
        TextDelta("b"),
        Finished("stop"),
        Usage(1, 2),
    ]


@pytest.mark.parametrize(
    ("sent", "said", "status"),
    [
        ({"error": {"message": "out of memory", "code": 500}}, "out of memory", 500),
        ({"error": {"message": "gone", "code": "server_error"}}, "gone", None),
        ({"error": {"message": "gone", "code": 7}}, "gone", None),
        ({"error": "Unauthorized"}, "Unauthorized", None),
        ({"object": "error", "message": "old vLLM", "code": 400}, "old vLLM", 400),
    ],
)
def test_an_error_object_is_an_error_with_the_servers_reason(sent: Any, said: str, status: int | None) -> None:
    reader = WireReader()
    assert reader.read(sent) == []
    assert reader.error is not None
    assert (reader.error.said, reader.error.status) == (said, status)


def test_the_text_that_comes_with_an_error_is_kept_and_its_finish_is_none() -> None:
    reader = WireReader()
    sent = {"error": {"message": "x"}, "choices": [{"delta": {"content": "half"}, "finish_reason": "error"}]}
    assert reader.read(sent) == [TextDelta("half")]
    assert not reader.finished


def test_halves_of_a_character_are_joined_and_a_lone_half_is_replaced() -> None:
    assert read(delta(content="\ud83c\udf0d ü")) == [TextDelta("🌍 ü")]
    (event,) = read(delta(content="\ud83c ü"))
    assert isinstance(event, TextDelta)
    assert event.text.encode().decode() == "\ufffd ü"


def test_answers_to_one_question_are_told_apart_and_each_has_its_own_thinking() -> None:
    def choice(index: int, text: str, finish: str | None = None) -> dict[str, Any]:
        return {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]}

    reader = WireReader()
    events = [
        event
        for sent in (choice(1, "<think>a</th"), choice(0, "b<"), choice(1, "ink>c", "length"), choice(2, "d<"))
        for event in reader.read(sent)
    ]
    assert not reader.finished
    assert events + reader.end() == [
        Alternative(1, ReasoningDelta("a")),
        TextDelta("b"),
        Alternative(1, TextDelta("c")),
        Alternative(1, Finished("length")),
        Alternative(2, TextDelta("d")),
        TextDelta("<"),
        Alternative(2, TextDelta("<")),
    ]


def test_the_last_of_several_calls_in_a_whole_completion_is_a_call_of_its_own() -> None:
    calls = [{"id": "", "function": {"name": "f", "arguments": "{}"}}] * 2
    sent = {"choices": [{"message": {"content": None, "tool_calls": calls}, "finish_reason": "tool_calls"}]}
    assert WireReader().read(sent, "message") == [
        ToolCallDelta(0, None, "f", "{}"),
        ToolCallDelta(1, None, "f", "{}"),
        Finished("tool_calls"),
    ]


def test_an_error_may_stand_in_the_answer_itself() -> None:
    reader = WireReader()
    sent = {"choices": [{"index": 0, "delta": {"content": "half"}, "error": {"code": 502, "message": "gone"}}]}
    assert reader.read(sent) == [TextDelta("half")]
    assert reader.error is not None
    assert (reader.error.said, reader.error.status) == ("gone", 502)
    reader = WireReader()
    reader.read(sent | {"error": "the whole"})
    assert reader.error is not None
    assert reader.error.said == "the whole"


def test_more_of_the_same_is_read_as_objects_that_hold_it() -> None:
    for key, kind in (("content", TextDelta), ("reasoning", ReasoningDelta)):
        plainly, quickly = WireReader(), WireReader()
        plainly.read(delta(**{key: "a"}))
        quickly.read(delta(**{key: "a"}))
        assert quickly.more(kind, ["b", "c"]) == [kind("bc", 2)]
        assert [plainly.read(delta(**{key: text})) for text in "bc"] == [[kind("b")], [kind("c")]]
