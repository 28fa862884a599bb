"""What the endpoint refuses is sent otherwise, once, said and remembered: over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from playground.adapters import chat
from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest, EndpointError, PathNotFound, PlaygroundError
from playground.core.events import Adapted
from playground.core.parameter import Json, Mode
from playground.core.params import Params
from playground.core.reply import Reply, ReplyBuilder
from playground.core.run import Message, Request
from playground.core.secret import Secret
from tests.fake_endpoint import FakeEndpoint
from tests.scenarios_requests import REQUESTS

KEY = "sk-the-endpoints-own-key"
ALL = Params(
    temperature=0.5, top_p=0.9, top_k=40, min_p=0.05, frequency_penalty=0.1, presence_penalty=0.2,
    repetition_penalty=1.1, seed=7, stop=("END",), logprobs=True, top_logprobs=3, reasoning_effort="low",
    thinking=False, response_format="json_object", extra=Json('{"frobnicate": 1, "n": 1}'),
)  # fmt: skip
# What is set, and what of it is left out at the end: each scenario of a parameter.
LEFT_OUT: dict[str, tuple[Params, str, int]] = {
    "forbids_extra_fields": (
        ALL,
        "stream_options top_k min_p frequency_penalty presence_penalty repetition_penalty seed logprobs top_logprobs "
        "reasoning_effort chat_template_kwargs response_format frobnicate n",
        3,
    ),
    "unexpected_fields": (ALL, "stop frobnicate", 2),
    "unsupported_one_at_a_time": (ALL, "temperature seed top_k", 4),
    "only_the_default": (Params(temperature=0.3), "temperature", 2),
    "refuses_thinking": (Params(thinking=True, top_p=1), "chat_template_kwargs", 2),
    "wants_completion_tokens": (Params(max_tokens=9), "max_tokens", 2),
}
TURNS = (
    Message("system", "be brief"),
    Message("user", "one"),
    Message("assistant", "two"),
    Message("user", "scenario:{}"),
)
FOLDED = ["user", "assistant", "user"]
# Which roles arrive at the end, and in how many tries.
ROLES: dict[str, tuple[list[str], int]] = {
    "system_refused": (FOLDED, 2),
    "system_refused_as_500": (FOLDED, 2),
    "roles_must_alternate": (FOLDED, 2),
    "wants_developer": (["developer", "assistant", "user"], 2),
    "wants_no_instructions": (FOLDED, 3),
}
# The mode that is found out, and the requests until then, by route.
MODES: dict[str, tuple[Mode | None, list[Mode]]] = {
    "no_chat_template": (None, ["chat", "completion"]),
    "base_model": (None, ["chat", "completion"]),
    "template_not_found": (None, ["chat", "completion"]),
    "not_a_chat_model": (None, ["chat", "completion"]),
    "no_chat_route": (None, ["chat", "chat", "completion"]),
    "only_a_chat_model": ("completion", ["completion", "chat"]),
}
SHOWN = {
    "refuses_for_ever", "temperature_out_of_range", "logprobs_out_of_range", "wants_no_limit", "no_completion_route",
    "embeddings_only", "base_model_refuses_top_k", "echoes_the_key",
}  # fmt: skip


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as fake:
        yield fake
    await chat.close()
    chat.forget()


def request(fake: FakeEndpoint, said: str, params: Params = Params(), **more: Any) -> Request:  # noqa: B008 - frozen
    endpoint = Endpoint("test", fake.url, key=Secret(KEY))
    return replace(Request(endpoint, (Message("user", said),), model="tiny-chat", params=params), **more)


async def ask(asked: Request) -> tuple[Reply, PlaygroundError | None]:
    builder = ReplyBuilder()
    try:
        async with asyncio.timeout(20):
            async for batch in chat.stream(asked):
                for event in batch:
                    builder.feed(event, at=0.0)
    except PlaygroundError as error:
        return builder.reply, error
    return builder.reply, None


def whats(reply: Reply) -> list[str]:
    return [note.what for note in reply.adapted]


def routes(fake: FakeEndpoint) -> list[Mode]:
    return ["completion" if "prompt" in asked.body else "chat" for asked in fake.completions]


def test_every_scenario_of_a_refused_request_is_played() -> None:
    assert {*LEFT_OUT, *ROLES, *MODES, *SHOWN} == REQUESTS


async def test_everything_that_is_set_is_sent_as_it_is_set_and_nothing_else(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "hi", ALL))
    assert error is None
    (asked,) = fake.completions
    assert asked.body == {
        "model": "tiny-chat",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.05,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "repetition_penalty": 1.1,
        "seed": 7,
        "stop": ["END"],
        "logprobs": True,
        "top_logprobs": 3,
        "reasoning_effort": "low",
        "chat_template_kwargs": {"enable_thinking": False},
        "response_format": {"type": "json_object"},
        "frobnicate": 1,
        "n": 1,
    }


@pytest.mark.parametrize("scenario", LEFT_OUT)
async def test_a_refused_parameter_is_left_out_said_and_remembered(fake: FakeEndpoint, scenario: str) -> None:
    params, names, tries = LEFT_OUT[scenario]
    left_out = names.split()
    reply, error = await ask(request(fake, f"scenario:{scenario}", params))
    assert error is None
    assert (reply.text, reply.attempts) == ("fine now", 1)
    assert sorted(whats(reply)) == sorted(left_out)
    assert all(note.why and note.said for note in reply.adapted)
    assert len(fake.completions) == tries
    before, *_, after = (asked.body for asked in fake.completions)
    assert set(before) - set(after) == set(left_out)
    again, error = await ask(request(fake, f"scenario:{scenario}", params))
    assert error is None
    assert len(fake.completions) == tries + 1
    assert fake.completions[-1].body == after
    # What changes nothing that was set is said once; what leaves something out, each time, in our own words alone.
    assert set(whats(again)) == set(left_out) - {"stream_options", "max_tokens"}
    assert not any(note.said for note in again.adapted)


async def test_a_limit_is_renamed_and_never_left_out(fake: FakeEndpoint) -> None:
    await ask(request(fake, "scenario:wants_completion_tokens", Params(max_tokens=9)))
    assert fake.completions[-1].body["max_completion_tokens"] == 9
    chat.forget()
    fake.reset()
    reply, error = await ask(request(fake, "scenario:wants_no_limit", Params(max_tokens=9)))
    assert isinstance(error, BadRequest)
    assert "Max tokens" in error.what and "max_completion_tokens" in error.said
    assert (whats(reply), len(fake.completions)) == ([], 2)


async def test_a_refusal_that_repeats_is_shown(fake: FakeEndpoint) -> None:
    reply, error = await ask(request(fake, "scenario:refuses_for_ever", Params(top_k=4)))
    assert isinstance(error, BadRequest)
    assert error.said == "Unsupported parameter: 'top_k'"
    assert (len(fake.completions), reply.text) == (2, "")


async def test_a_value_out_of_range_is_sent_and_its_refusal_explained(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "scenario:temperature_out_of_range", Params(temperature=5, top_k=3)))
    assert isinstance(error, BadRequest)
    assert "“Temperature”" in error.what and "0 to 2" in error.hint
    assert error.said == "temperature must be in [0, 2], got 5."
    _, error = await ask(request(fake, "scenario:logprobs_out_of_range", Params(top_logprobs=30)))
    assert isinstance(error, BadRequest)
    assert "“Log probabilities”" in error.what and "max allowed: 20" in error.said
    assert len(fake.completions) == 2
    assert chat.refused_fields(request(fake, "").endpoint, "tiny-chat") == frozenset()


async def test_what_was_refused_is_known_and_forgotten_on_request(fake: FakeEndpoint) -> None:
    asked = request(fake, "scenario:unsupported_one_at_a_time", Params(seed=1, top_k=2))
    endpoint = asked.endpoint
    assert chat.refused_fields(endpoint, "tiny-chat") == frozenset()
    chat.forget_dialect(endpoint)
    await ask(asked)
    assert chat.refused_fields(endpoint, "tiny-chat") == {"seed", "top_k"}
    assert chat.refused_fields(endpoint, "another") == frozenset()
    assert chat.refused_fields(endpoint, None) == frozenset()
    chat.forget_dialect(endpoint, "tiny-chat", "seed")
    assert chat.refused_fields(endpoint, "tiny-chat") == {"top_k"}
    fake.reset()
    await ask(asked)
    assert [set(one.body) & {"seed", "top_k"} for one in fake.completions] == [{"seed"}, set()]
    chat.forget_dialect(endpoint)
    assert chat.refused_fields(endpoint, "tiny-chat") == frozenset()


async def test_what_one_model_refuses_is_sent_to_another(fake: FakeEndpoint) -> None:
    await ask(request(fake, "scenario:only_the_default", Params(temperature=0.3)))
    fake.reset()
    await ask(request(fake, "hi", Params(temperature=0.3), model="tiny-adapter"))
    assert [asked.body["temperature"] for asked in fake.completions] == [0.3]


async def test_a_key_in_a_refusals_words_is_not_shown(fake: FakeEndpoint) -> None:
    reply, _ = await ask(request(fake, "scenario:echoes_the_key", Params(top_k=1)))
    (note,) = reply.adapted
    assert "top_k" in note.said
    assert KEY not in repr(reply.adapted)


async def test_only_so_many_learned_endpoints_are_kept(fake: FakeEndpoint) -> None:
    endpoint = request(fake, "").endpoint
    for number in range(chat.MOST_LEARNED + 1):
        await anext(chat.stream(request(fake, "", endpoint=replace(endpoint, base_url=f"http://127.0.0.1:1/{number}"))))
    assert len(chat._learned) == chat.MOST_LEARNED


# Roles


@pytest.mark.parametrize("scenario", ROLES)
async def test_a_refused_role_is_sent_otherwise_said_and_remembered(fake: FakeEndpoint, scenario: str) -> None:
    roles, tries = ROLES[scenario]
    turns = (*TURNS[:-1], Message("user", f"scenario:{scenario}"))
    roles = roles if "developer" not in roles else ["developer", "user", "assistant", "user"]
    reply, error = await ask(request(fake, "", messages=turns))
    assert (error, reply.text) == (None, "fine now")
    sent = fake.completions[-1].body["messages"]
    assert [message["role"] for message in sent] == roles
    told = "be brief\n\none" if roles == FOLDED else "be brief"
    assert sent[0]["content"] == told
    assert len(fake.completions) == tries
    assert reply.adapted[-1].what == "system_prompt"
    again, error = await ask(request(fake, "", messages=turns))
    assert (error, len(fake.completions)) == (None, tries + 1)
    assert whats(again) == ["system_prompt"]


async def test_neighbours_of_one_role_are_merged_where_turns_must_alternate(fake: FakeEndpoint) -> None:
    turns = (Message("user", "one"), Message("user", "scenario:roles_must_alternate"))
    for tries in (2, 3):
        reply, error = await ask(request(fake, "", messages=turns))
        assert (error, whats(reply), len(fake.completions)) == (None, ["turns"], tries)
    assert fake.completions[-1].body["messages"] == [
        {"role": "user", "content": "one\n\nscenario:roles_must_alternate"}
    ]


async def test_a_demand_for_turns_that_alternate_is_shown_where_they_do(fake: FakeEndpoint) -> None:
    turns = (Message("assistant", "hello"), Message("user", "scenario:roles_must_alternate"))
    _, error = await ask(request(fake, "", messages=turns))
    assert isinstance(error, BadRequest)
    assert len(fake.completions) == 1


# Modes


@pytest.mark.parametrize("scenario", MODES)
async def test_the_mode_is_found_out_by_the_refusal_of_the_other_said_and_remembered(
    fake: FakeEndpoint, scenario: str
) -> None:
    told, expected = MODES[scenario]
    asked = request(fake, f"scenario:{scenario}", mode=told)
    reply, error = await ask(asked)
    assert error is None
    assert (routes(fake), reply.mode, whats(reply)) == (expected, expected[-1], ["mode"])
    again, error = await ask(asked)
    assert error is None
    assert routes(fake) == [*expected, expected[-1]]
    assert (again.mode, whats(again)) == (expected[-1], ["mode"])


async def test_a_text_completion_sends_the_visitors_text_alone_and_shows_what_comes_as_it_came(
    fake: FakeEndpoint,
) -> None:
    turns = tuple(replace(turn, content=turn.content.format("no_chat_template")) for turn in TURNS)
    params = Params(temperature=0.5, max_tokens=240, system_prompt="be brief", thinking=True, logprobs=True)
    reply, error = await ask(request(fake, "", params, messages=turns, prompt="scenario:no_chat_template "))
    assert error is None
    assert fake.completions[-1].path == "/v1/completions"
    assert fake.completions[-1].body == {
        "model": "tiny-chat",
        "prompt": "scenario:no_chat_template ",
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 240,
        "logprobs": 0,
    }
    assert (reply.text, reply.reasoning, reply.finish) == (" <think>as it\ncame</think> ", "", "length")
    assert whats(reply) == ["mode", "system_prompt", "thinking"]


async def test_a_mode_that_was_told_or_chosen_is_asked_for_at_once_and_without_a_note(fake: FakeEndpoint) -> None:
    for more in ({"mode": "completion"}, {"params": Params(mode="completion")}):
        reply, error = await ask(replace(request(fake, "scenario:no_chat_template"), **more))
        assert (error, reply.mode, reply.adapted) == (None, "completion", ())
    assert routes(fake) == ["completion", "completion"]


async def test_a_mode_that_was_chosen_is_kept_and_its_refusal_says_what_to_choose(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "scenario:no_chat_template", Params(mode="chat")))
    assert isinstance(error, BadRequest)
    assert "no chat" in error.what and "text completion" in error.hint and "chat template" in error.said
    _, error = await ask(request(fake, "scenario:no_completion_route", Params(mode="completion")))
    assert isinstance(error, PathNotFound)
    assert routes(fake) == ["chat", "completion", "completion"]


async def test_where_neither_route_is_there_the_first_answer_is_shown_and_nothing_is_remembered(
    fake: FakeEndpoint,
) -> None:
    for _ in range(2):
        _, error = await ask(request(fake, "scenario:path_not_found"))
        assert isinstance(error, PathNotFound)
    assert routes(fake) == ["chat", "chat", "completion", "completion"] * 2


async def test_a_model_that_is_said_to_chat_is_not_asked_to_complete_where_its_address_is_wrong(
    fake: FakeEndpoint,
) -> None:
    _, error = await ask(request(fake, "scenario:no_chat_route", mode="chat"))
    assert isinstance(error, PathNotFound)
    assert routes(fake) == ["chat", "chat"]


async def test_where_both_routes_are_refused_the_first_refusal_is_shown(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "scenario:embeddings_only"))
    assert isinstance(error, EndpointError)
    assert "Chat Completions" in error.said
    assert routes(fake) == ["chat", "completion"]


async def test_several_things_are_found_out_one_after_the_other(fake: FakeEndpoint) -> None:
    reply, error = await ask(request(fake, "scenario:base_model_refuses_top_k", Params(top_k=3)))
    assert error is None
    assert (whats(reply), reply.text) == (["mode", "top_k"], "1 prompt")
    assert reply.adapted[1] == Adapted(
        "top_k",
        "This endpoint does not take “Top-k” (top_k), so it was left out.",
        "Unrecognized request argument supplied: top_k",
    )
    assert routes(fake) == ["chat", "completion", "completion"]
