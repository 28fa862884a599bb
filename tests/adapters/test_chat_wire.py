"""Every way a server writes an answer or an error, from its socket to the reply that is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from playground.adapters import chat
from playground.core.endpoint import Endpoint
from playground.core.errors import (
    BadRequest,
    ContextTooLong,
    EndpointError,
    PlaygroundError,
    ServerFailed,
    StreamFailed,
    Unauthorized,
)
from playground.core.events import TokenLogprob, Usage
from playground.core.reply import Reply, ReplyBuilder, ToolCall
from playground.core.run import Message, Request, Run
from playground.core.secret import Secret
from playground.core.views import stats_line, tool_calls
from tests.fake_endpoint import FakeEndpoint
from tests.scenarios_wire import WIRE

# What each scenario's answer is: thinking, text, finish reason, token counts.
ANSWERS: dict[str, tuple[str, str, str | None, Usage | None]] = {
    "first_deltas": ("", "Hi", "stop", Usage(8, 5)),
    "emoji_in_pieces": ("", "a 🌍!", "stop", Usage(8, 6)),
    "finish_with_text": ("", "to the limit", "length", None),
    "finish_error": ("", "Half", "error", None),
    "usage_in_finish": ("", "one two", "stop", Usage(5, 2)),
    "usage_on_every_chunk": ("", "one two three", "stop", Usage(38, 3)),
    "usage_in_choice": ("", "one", "stop", Usage(5, 1)),
    "reasoning_parts": ("The user wants Paris.", "Paris.", "stop", Usage(8, 4)),
    "reasoning_details": ("Easy.", "Paris.", "stop", Usage(8, 2)),
    "think_opened_by_template": ("The capital of France.\n", "It is Paris.", "stop", Usage(8, 9)),
    "hidden_reasoning": ("", "", "stop", Usage(8, 20)),
    "logprobs_chat": ("Easy.", "Paris", "stop", Usage(8, 3)),
    "logprobs_text": ("", "The capital is", "length", None),
    "prompt_logprobs": ("", "Paris.", "stop", Usage(8, 3)),
    "two_answers": ("", "It is Paris", "stop", None),
    "whitespace_runaway": ("", "\n  " * 150, "length", Usage(8, 300)),
    "multi_line_data": ("", "in lines", "stop", Usage(8, 0)),
    "utf8_cut_apart": ("", "日本語Grüße 🌍", "stop", Usage(8, 0)),
    "deflate_stream": ("", "packed otherwise", "stop", None),
    "raw_deflate_stream": ("", "packed otherwise", "stop", None),
    "gzip_json": ("", "All packed.", "stop", Usage(8, 3)),
}
# The calls of each, its text and its finish reason.
CALLS: dict[str, tuple[list[ToolCall], str, str]] = {
    "tool_call_vllm": ([ToolCall("call-1", "look", '{"at": "Paris"}')], "", "tool_calls"),
    "tool_named_stops": ([ToolCall("call-1", "look", '"Paris"')], "", "stop"),
    "tool_call_no_index": ([ToolCall("call-1", "look", '{"at": 1}'), ToolCall("call-2", "go", "{}")], "", "tool_calls"),
    "tool_calls_index_zero": (
        [ToolCall("call-1", "look", '{"at": 1}'), ToolCall("call-2", "go", "{}")],
        "",
        "tool_calls",
    ),
    "tool_calls_odd": (
        [ToolCall("call-1", "look", '{"at": 1}'), ToolCall(None, "go", ""), ToolCall("call-3", "wait", "{}")],
        "",
        "tool_calls",
    ),
    "tool_call_whole_json": (
        [ToolCall("call-1", "look", "{}"), ToolCall("call-2", "go", '{"to": 2}')],
        "Let me look.",
        "stop",
    ),
}
# What each fails with: the error, the text before it, the server's words, the status.
FAILURES: dict[str, tuple[type[EndpointError], str, str, int | None]] = {
    "tools_refused": (BadRequest, "", '"auto" tool choice requires', 400),
    "logprobs_refused": (BadRequest, "", "greater than max allowed: 20", 400),
    "bad_schema": (BadRequest, "", "Grammar error", 400),
    "unauthorized_in_a_word": (Unauthorized, "", "Unauthorized", 401),
    "key_refused_as_400": (BadRequest, "", "No connected db.", 400),
    "key_missing_as_500": (ServerFailed, "", "Internal Server Error", 500),
    "detail_object": (BadRequest, "", "the audio is too short", 400),
    "error_old_vllm": (BadRequest, "", "top_k must be -1", 400),
    "context_too_long_litellm": (ContextTooLong, "", "ContextWindowExceededError", 400),
    "no_images_400": (BadRequest, "", "not a multimodal model", 400),
    "no_images_500": (BadRequest, "", "image input is not supported", 500),
    "starts_without_chat": (ServerFailed, "", "does not support completions", 501),
    "error_old_vllm_in_stream": (StreamFailed, "This much came", "the engine died", 500),
    "error_event": (StreamFailed, "This much came", "the worker went away", None),
    "error_field": (StreamFailed, "This much came", "slot unavailable", 500),
    "error_in_choice": (StreamFailed, "This much came", "the provider timed out", 502),
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as fake:
        yield fake
    await chat.close()
    chat.forget()


def request(fake: FakeEndpoint, scenario: str, key: str | None = "sk-1") -> Request:
    endpoint = Endpoint("test", fake.url, key=None if key is None else Secret(key))
    return Request(endpoint, (Message("user", f"scenario:{scenario}"),), model="tiny-chat")


async def ask(asked: Request) -> tuple[Reply, PlaygroundError | None]:
    """The reply, each batch of it a second after the one before, and the error it ends with."""
    builder, at = ReplyBuilder(), 0.0
    try:
        async for batch in chat.stream(asked):
            for event in batch:
                builder.feed(event, at)
            at += 1.0
    except PlaygroundError as error:
        return builder.reply, error
    return builder.reply, None


def test_every_scenario_of_the_wire_is_played() -> None:
    assert {*ANSWERS, *CALLS, *FAILURES} == WIRE


@pytest.mark.parametrize("scenario", ANSWERS)
async def test_an_answer_is_read_however_its_server_writes_it(fake: FakeEndpoint, scenario: str) -> None:
    reply, error = await ask(request(fake, scenario))
    assert error is None
    assert (reply.reasoning, reply.text, reply.finish, reply.usage) == ANSWERS[scenario]
    assert reply.tool_calls == []


@pytest.mark.parametrize("scenario", CALLS)
async def test_tool_calls_are_told_apart_however_their_server_counts_them(fake: FakeEndpoint, scenario: str) -> None:
    reply, error = await ask(request(fake, scenario))
    assert error is None
    assert (reply.tool_calls, reply.text, reply.finish) == CALLS[scenario]
    assert reply.first_token_at is not None


@pytest.mark.parametrize("scenario", FAILURES)
async def test_an_error_is_known_however_its_server_writes_it(fake: FakeEndpoint, scenario: str) -> None:
    kind, text, said, status = FAILURES[scenario]
    reply, error = await ask(request(fake, scenario))
    assert type(error) is kind
    assert (reply.text, error.status) == (text, status)
    assert said in error.said
    assert reply.finish is None
    # A request that was refused is the person's to change, and not ours to send again.
    assert len(fake.completions) == 1


@pytest.mark.parametrize("scenario", ["key_refused_as_400", "key_missing_as_500"])
@pytest.mark.parametrize("key", ["sk-1", None])
async def test_where_no_key_was_sent_a_refusal_that_is_no_401_suggests_one(
    fake: FakeEndpoint, scenario: str, key: str | None
) -> None:
    _, error = await ask(request(fake, scenario, key))
    assert error is not None
    assert ("No API key is set" in error.hint) == (key is None)


async def test_the_first_token_is_the_first_text_and_not_the_first_event(fake: FakeEndpoint) -> None:
    events = [event async for batch in chat.stream(request(fake, "first_deltas")) for event in batch]
    assert [type(event).__name__ for event in events[:3]] == ["Sent", "Served", "TextDelta"]


async def test_deltas_without_text_are_no_pieces(fake: FakeEndpoint) -> None:
    reply, _ = await ask(request(fake, "emoji_in_pieces"))
    assert reply.pieces == 3


async def test_likelihoods_come_in_both_shapes_and_null_where_there_are_none(fake: FakeEndpoint) -> None:
    reply, _ = await ask(request(fake, "logprobs_chat"))
    assert reply.logprobs == [
        TokenLogprob("Pa", -0.5, (("Pa", -0.5), ("other", -3.0))),
        TokenLogprob("ris", -0.5, (("ris", -0.5), ("other", -3.0))),
    ]
    reply, _ = await ask(request(fake, "logprobs_text"))
    assert reply.logprobs == [
        TokenLogprob("The", None),
        TokenLogprob(" capital", -2.5, ((" capital", -2.5),)),
        TokenLogprob(" is", -0.1, ((" is", -0.1),)),
    ]


async def test_the_prompts_likelihoods_are_not_taken_for_the_answers(fake: FakeEndpoint) -> None:
    reply, _ = await ask(request(fake, "prompt_logprobs"))
    assert reply.logprobs == []


async def test_a_second_answer_is_kept_beside_the_first(fake: FakeEndpoint) -> None:
    reply, _ = await ask(request(fake, "two_answers"))
    assert list(reply.others) == [1]
    assert (reply.others[1].reasoning, reply.others[1].text, reply.others[1].finish) == ("Hm.", "Rome", "length")


async def test_an_answer_whose_beginning_was_thinking_has_its_times(fake: FakeEndpoint) -> None:
    reply, _ = await ask(request(fake, "think_opened_by_template"))
    assert reply.moved
    assert reply.thinking_started_at == reply.first_token_at
    assert reply.thinking_ended_at is not None


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("tool_named_stops", "asked for a tool"),
        ("tool_call_vllm", "asked for a tool"),
        ("hidden_reasoning", "finished with no text"),
        ("finish_error", "ended by an error"),
        ("whitespace_runaway", "stopped at the server's limit of 300 tokens"),
    ],
)
async def test_how_an_answer_ended_is_said_in_words(fake: FakeEndpoint, scenario: str, said: str) -> None:
    asked = request(fake, scenario)
    reply, _ = await ask(asked)
    assert stats_line(Run(asked, reply, "done")).startswith(said)


async def test_a_tools_arguments_that_are_no_object_are_shown_as_they_came(fake: FakeEndpoint) -> None:
    reply, _ = await ask(request(fake, "tool_named_stops"))
    assert tool_calls(reply) == [{"id": "call-1", "name": "look", "arguments": '"Paris"', "kind": "other"}]


async def test_the_model_that_answers_is_named_where_it_is_another(fake: FakeEndpoint) -> None:
    asked = request(fake, "renamed_model")
    reply, _ = await ask(asked)
    assert "answered as another/model@main" in stats_line(Run(asked, reply, "done"))
