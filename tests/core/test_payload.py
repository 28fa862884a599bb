"""The exact body that is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playground.core.endpoint import Endpoint
from playground.core.parameter import Json
from playground.core.params import Params
from playground.core.payload import Dialect, body, neighbours, prompt_of
from playground.core.run import Message, Request, Role

REQUEST = Request(
    Endpoint("test", "http://127.0.0.1:1/v1"), (Message("system", "be brief"), Message("user", "hi")), model="m"
)
MESSAGES = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]


def turns(*said: tuple[Role, str]) -> Request:
    return replace(REQUEST, messages=tuple(Message(role, content) for role, content in said))


def sent(request: Request, dialect: Dialect) -> list[tuple[str, str]]:
    return [(each["role"], each["content"]) for each in body(request, model="m", dialect=dialect)["messages"]]


def test_the_turns_the_model_and_the_wish_for_counts_are_sent_and_nothing_else() -> None:
    assert body(REQUEST, model="m") == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_wish_for_counts_can_be_left_out_and_be_added_to() -> None:
    wished = replace(REQUEST, params=Params(extra=Json('{"stream_options": {"continuous_usage_stats": true}}')))
    assert body(wished, model="m")["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}
    for request in (REQUEST, wished):
        assert set(body(request, model="m", dialect=Dialect(usage=False))) == {"model", "messages", "stream"}
    odd = replace(REQUEST, params=Params(extra=Json('{"stream_options": 3}')))
    assert body(odd, model="m")["stream_options"] == {"include_usage": True}


def test_a_limit_that_was_set_is_sent_under_the_name_the_server_takes() -> None:
    limited = replace(REQUEST, params=Params(max_tokens=7))
    assert body(limited, model="m")["max_tokens"] == 7
    newer = Dialect(limit="max_completion_tokens")
    assert body(limited, model="m", dialect=newer)["max_completion_tokens"] == 7
    assert "max_tokens" not in body(limited, model="m", dialect=newer)
    # The route for text completions knows the older name only.
    assert body(limited, model="m", dialect=newer, mode="completion")["max_tokens"] == 7


def test_a_parameter_has_the_name_that_the_server_knows_it_by() -> None:
    request = replace(REQUEST, params=Params(repetition_penalty=1.1), server="llama.cpp")
    assert body(request, model="m")["repeat_penalty"] == 1.1


def test_what_is_refused_is_left_out() -> None:
    request = replace(REQUEST, params=Params(top_k=4, seed=1))
    made = body(request, model="m", dialect=Dialect(refused=frozenset({"top_k", "frobnicate"})))
    assert made["seed"] == 1
    assert "top_k" not in made


def test_an_answer_is_continued_in_the_way_the_server_knows() -> None:
    begun = replace(REQUEST, messages=(*REQUEST.messages, Message("assistant", "Hel")))
    plain = {"role": "assistant", "content": "Hel"}
    flagged = body(replace(begun, continue_by="continue_final_message"), model="m")
    assert flagged["messages"][-1] == plain
    assert (flagged["continue_final_message"], flagged["add_generation_prompt"]) == (True, False)
    trailing = body(replace(begun, continue_by="trailing_assistant"), model="m")
    assert trailing["messages"][-1] == plain
    assert set(trailing) == set(body(REQUEST, model="m"))
    prefixed = body(replace(begun, continue_by="prefix"), model="m")
    assert prefixed["messages"][-1] == plain | {"prefix": True}
    assert set(prefixed) == set(trailing)


def test_a_text_completion_sends_the_last_thing_said_or_what_it_is_given() -> None:
    made = body(REQUEST, model="m", mode="completion")
    assert made == {"model": "m", "prompt": "hi", "stream": True, "stream_options": {"include_usage": True}}
    assert body(replace(REQUEST, prompt=""), model="m", mode="completion")["prompt"] == ""
    assert body(REQUEST, model="m", mode="completion", prompt="rendered")["prompt"] == "rendered"
    assert prompt_of(turns(("assistant", "hello"))) == ""


@pytest.mark.parametrize(
    ("request_", "folded"),
    [
        (REQUEST, [("user", "be brief\n\nhi")]),
        (turns(("user", "hi")), [("user", "hi")]),
        (turns(("system", "a"), ("system", "b")), [("user", "a\n\nb")]),
        (turns(("system", "a"), ("assistant", "b")), [("user", "a"), ("assistant", "b")]),
        (turns(("system", ""), ("user", "b")), [("user", "b")]),
    ],
)
def test_a_system_prompt_goes_in_front_of_the_first_message_where_it_has_no_role(
    request_: Request, folded: list[tuple[str, str]]
) -> None:
    assert sent(request_, Dialect(system="user")) == folded


def test_a_system_prompt_goes_under_the_role_that_is_wanted() -> None:
    assert sent(REQUEST, Dialect(system="developer")) == [("developer", "be brief"), ("user", "hi")]


def test_neighbours_of_one_role_are_merged_where_that_is_wanted() -> None:
    request = turns(("user", "a"), ("user", "b"), ("assistant", "c"), ("user", "d"))
    assert neighbours(request.messages)
    assert not neighbours(REQUEST.messages)
    assert sent(request, Dialect(merged=True)) == [("user", "a\n\nb"), ("assistant", "c"), ("user", "d")]
    both = turns(("system", "s"), ("user", "a"), ("user", "b"))
    assert sent(both, Dialect(merged=True, system="user")) == [("user", "s\n\na\n\nb")]
