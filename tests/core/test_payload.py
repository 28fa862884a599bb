"""The exact body that is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playground.core.endpoint import Endpoint
from playground.core.payload import Dialect, adapted, body
from playground.core.run import Message, Request

REQUEST = Request(
    Endpoint("test", "http://127.0.0.1:1/v1"), (Message("system", "be brief"), Message("user", "hi")), model="m"
)
MESSAGES = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]


def test_the_turns_the_model_and_the_wish_for_counts_are_sent_and_nothing_else() -> None:
    assert body(REQUEST, model="m") == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_the_wish_for_counts_can_be_left_out() -> None:
    assert body(REQUEST, model="m", dialect=Dialect(usage=False)) == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
    }


def test_a_limit_that_was_set_is_sent_under_the_name_the_server_takes() -> None:
    limited = replace(REQUEST, max_tokens=7)
    assert body(limited, model="m")["max_tokens"] == 7
    newer = body(limited, model="m", dialect=Dialect(limit="max_completion_tokens"))
    assert newer["max_completion_tokens"] == 7
    assert "max_tokens" not in newer


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


MISTRAL = "body.stream_options.include_usage: Extra inputs are not permitted"
OPENAI = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."


@pytest.mark.parametrize(
    ("dialect", "said", "then"),
    [
        (Dialect(), MISTRAL, Dialect(usage=False)),
        (Dialect(usage=False), MISTRAL, None),
        (Dialect(), OPENAI, Dialect(limit="max_completion_tokens")),
        (Dialect(limit="max_completion_tokens"), OPENAI, None),
        (Dialect(), "max_tokens must be positive", None),
        (Dialect(), "max_tokens and max_completion_tokens must be positive", None),
        (Dialect(), "", None),
    ],
)
def test_a_refused_field_is_left_out_or_renamed_once(dialect: Dialect, said: str, then: Dialect | None) -> None:
    assert adapted(dialect, said) == then
