"""What is set → the fields of a body, by route and server; and back from a body that somebody pastes."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.parameter import Json
from playground.core.params import NOTHING_SET, Params
from playground.core.params_reading import parse
from playground.core.params_sending import fragment, from_body, unsent

SCHEMA = Json('{"type": "object"}')
WRAPPED = {"name": "city", "schema": {"type": "object"}, "strict": True}
SENT: list[tuple[Params, dict[str, Any], dict[str, Any]]] = [
    (NOTHING_SET, {}, {}),
    (Params(mode="chat", system_prompt="x", off=frozenset({"seed"})), {}, {}),
    (Params(temperature=0.0, seed=0), {"temperature": 0.0, "seed": 0}, {"temperature": 0.0, "seed": 0}),
    (Params(stop=("a", "b")), {"stop": ["a", "b"]}, {"stop": ["a", "b"]}),
    (Params(logprobs=True), {"logprobs": True}, {"logprobs": 0}),
    (Params(logprobs=False), {"logprobs": False}, {}),
    (Params(top_logprobs=3), {"logprobs": True, "top_logprobs": 3}, {"logprobs": 3}),
    (Params(logprobs=True, top_logprobs=3), {"logprobs": True, "top_logprobs": 3}, {"logprobs": 3}),
    (Params(reasoning_effort="low"), {"reasoning_effort": "low"}, {}),
    (Params(thinking=False), {"chat_template_kwargs": {"enable_thinking": False}}, {}),
    (Params(json_schema=SCHEMA), {}, {}),
    (
        Params(thinking=True, extra=Json('{"chat_template_kwargs": {"enable_thinking": false, "custom": 1}}')),
        {"chat_template_kwargs": {"enable_thinking": True, "custom": 1}},
        {"chat_template_kwargs": {"enable_thinking": False, "custom": 1}},
    ),
    (Params(thinking=True, extra=Json('{"chat_template_kwargs": 3}')),
     {"chat_template_kwargs": {"enable_thinking": True}}, {"chat_template_kwargs": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("params", "chat", "completion"), SENT)
def test_what_is_set_is_sent_as_the_route_wants_it_and_nothing_else(
    params: Params, chat: dict[str, Any], completion: dict[str, Any]
) -> None:
    assert fragment(params, "chat") == chat
    assert fragment(params, "completion") == completion


# These go the same on both routes.
ALIKE: list[tuple[Params, dict[str, Any]]] = [
    (Params(response_format="text", json_schema=SCHEMA), {"response_format": {"type": "text"}}),
    (Params(response_format="json_object"), {"response_format": {"type": "json_object"}}),
    (
        Params(response_format="json_schema", json_schema=SCHEMA),
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": {"type": "object"}},
            }
        },
    ),
    (
        Params(response_format="json_schema", json_schema=Json.of(WRAPPED)),
        {"response_format": {"type": "json_schema", "json_schema": WRAPPED}},
    ),
    (Params(response_format="json_schema"), {"response_format": {"type": "json_schema"}}),
    (Params(extra=Json('{"ignore_eos": true, "n": 2}')), {"ignore_eos": True, "n": 2}),
]


@pytest.mark.parametrize(("params", "sent"), ALIKE)
def test_what_is_the_same_on_both_routes(params: Params, sent: dict[str, Any]) -> None:
    assert fragment(params, "chat") == fragment(params, "completion") == sent


def test_a_server_is_sent_the_name_it_knows() -> None:
    params = Params(repetition_penalty=1.1, seed=3)
    assert fragment(params, "chat") == {"repetition_penalty": 1.1, "seed": 3}
    assert fragment(params, "chat", "vllm") == {"repetition_penalty": 1.1, "seed": 3}
    assert fragment(params, "chat", "llama.cpp") == {"repeat_penalty": 1.1, "seed": 3}
    assert fragment(params, "chat", "mistral") == {"repetition_penalty": 1.1, "random_seed": 3}


def test_what_has_no_place_on_a_route_is_named() -> None:
    params = Params(system_prompt="x", temperature=1, thinking=True, reasoning_effort="low")
    assert unsent(params, "completion") == ("system_prompt", "reasoning_effort", "thinking")
    assert unsent(params, "chat") == ()


# Bodies as they are pasted, and what is set by them.
PASTED: list[tuple[dict[str, Any], Params]] = [
    ({"model": "m", "messages": [], "stream": True, "stream_options": {}, "seed": None}, NOTHING_SET),
    ({"temperature": 0.2, "max_completion_tokens": 5}, Params(temperature=0.2, max_tokens=5)),
    ({"stop": "END"}, Params(stop=("END",))),
    ({"stop": ["a\n", "b"]}, Params(stop=("a\n", "b"))),
    ({"repeat_penalty": 1.1, "random_seed": 3}, Params(repetition_penalty=1.1, seed=3)),
    ({"chat_template_kwargs": {"enable_thinking": False}}, Params(thinking=False)),
    (
        {"chat_template_kwargs": {"enable_thinking": True, "custom": 1}},
        Params(thinking=True, extra=Json('{"chat_template_kwargs": {"custom": 1}}')),
    ),
    ({"chat_template_kwargs": {"custom": 1}}, Params(extra=Json('{"chat_template_kwargs": {"custom": 1}}'))),
    ({"response_format": {"type": "json_object"}}, Params(response_format="json_object")),
    (
        {"response_format": {"type": "json_schema", "json_schema": WRAPPED}},
        Params(response_format="json_schema", json_schema=Json.of(WRAPPED)),
    ),
    (
        {"response_format": {"type": "regex", "pattern": "a"}},
        Params(extra=Json('{"response_format": {"type": "regex", "pattern": "a"}}')),
    ),
    ({"prompt": "x", "logprobs": 2}, Params(logprobs=True, top_logprobs=2)),
    ({"prompt": "x", "logprobs": True}, Params(logprobs=True)),
    ({"logprobs": True, "top_logprobs": 2}, Params(logprobs=True, top_logprobs=2)),
    ({"enable_thinking": False}, Params(extra=Json('{"enable_thinking": false}'))),
    ({"n": 2, "tools": [1]}, Params(extra=Json('{"n": 2, "tools": [1]}'))),
    ({"max_tokens": 5, "max_completion_tokens": 5}, Params(max_tokens=5)),
]


@pytest.mark.parametrize(("body", "params"), PASTED)
def test_a_pasted_body_fills_the_parameters(body: dict[str, Any], params: Params) -> None:
    raw = from_body(body)
    if "max_completion_tokens" in raw.get("extra", {}):
        # Named twice: the one that is left is shown, and what is wrong with it.
        assert "“Max tokens”" in parse(raw).errors["extra"]
    else:
        assert parse(raw).errors == {}
    assert parse(raw).params == params


def test_what_is_sent_is_read_back_from_its_body() -> None:
    params = Params(
        temperature=0.5, top_k=3, stop=("a",), logprobs=True, top_logprobs=2, thinking=False, reasoning_effort="low",
        response_format="json_schema", json_schema=Json.of(WRAPPED), extra=Json('{"n": 2}'),
    )  # fmt: skip
    assert parse(from_body(fragment(params, "chat"))).params == params
