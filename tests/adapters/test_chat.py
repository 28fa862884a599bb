"""Every way an endpoint answers, or fails to, against the scripted one on a real socket."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from playground.adapters import chat, http
from playground.core.endpoint import Endpoint
from playground.core.errors import (
    BadRequest,
    ConnectionBroke,
    ContextTooLong,
    EndpointError,
    Loading,
    NotAnEndpoint,
    NotAStream,
    PathNotFound,
    PlaygroundError,
    RateLimited,
    ServerFailed,
    Stopped,
    StreamFailed,
    Unauthorized,
    UnknownModel,
    Waking,
)
from playground.core.events import Event, Finished, ReasoningDelta, Sent, Served, TextDelta, Usage, Waiting
from playground.core.params import Params
from playground.core.run import Message, Request
from playground.core.secret import Secret
from playground.core.tries import Patience
from tests.fake_endpoint import FakeEndpoint
from tests.scenarios import SCENARIOS
from tests.scenarios_details import AWAY
from tests.scenarios_probe import PROBED
from tests.scenarios_requests import REQUESTS
from tests.scenarios_wire import WIRE
from tests.waiting import until

KEY = "sk-the-endpoints-own-key"
QUICK = Patience(longest=5.0, in_all=0.3, wake=0.3, first=0.01, growing_to=0.05)
# What each scenario's answer is: thinking, text, finish reason, tokens of the answer.
ANSWERS: dict[str, tuple[str, str, str | None, int | None]] = {
    "echo": ("", "You said: scenario:echo", "stop", 3),
    "plain_text": ("", "Hello, world", "stop", 4),
    "cut_at_limit": ("", "This is the beginning", "length", 4),
    "reasoning": ("The user asks for the capital of France.", "It is Paris.", "stop", 6),
    "reasoning_content": ("The capital.", "Paris.", "stop", 3),
    "think_tags": ("The capital of France.", "It is Paris.", "stop", 8),
    "only_reasoning": ("I think and think", "", "length", 1),
    "empty_answer": ("", "", "stop", 0),
    "tool_call": ("", "", "tool_calls", 1),
    "crlf_framing": ("", "Grüße 🌍", "stop", 0),
    "gzip_stream": ("", "packed well", "stop", 2),
    "no_done": ("", "whole", "stop", None),
    "done_but_open": ("", "whole", "stop", None),
    "done_before_end": ("", "whole", "stop", None),
    "comments_and_blanks": ("", "heard", "stop", 1),
    "odd_chunks": ("", "abcd", "a_new_reason", 7),
    "whole_json": ("Quick.", "All at once.", "stop", 3),
    "lying_content_type": ("", "still a stream", "stop", 2),
    "broken_after_finish": ("", "whole", "stop", None),
    "renamed_model": ("", "hi", "stop", 1),
    "refuses_stream_options": ("", "fine without", "stop", 2),
    "rate_limited_shortly": ("", "Hello, world", "stop", 4),
    "loading_once": ("", "Hello, world", "stop", 4),
    "scaled_to_zero": ("", "Hello, world", "stop", 4),
    "drops_once": ("", "Hello, world", "stop", 4),
}
# What each scenario fails with, and what the server is quoted with.
FAILURES: dict[str, tuple[type[EndpointError], str]] = {
    "unauthorized": (Unauthorized, "Incorrect API key provided"),
    "forbidden": (Unauthorized, "may not use this model"),
    "path_not_found": (PathNotFound, "Not Found"),
    "unknown_model": (UnknownModel, "does not exist"),
    "bad_request": (BadRequest, "temperature must be in [0, 2]"),
    "unprocessable": (BadRequest, "body.frobnicate: Extra inputs are not permitted"),
    "context_too_long": (ContextTooLong, "maximum context length"),
    "context_too_long_llama": (ContextTooLong, "available context size"),
    "rate_limited": (RateLimited, "slow down"),
    "rate_limited_for_hours": (RateLimited, "come back tomorrow"),
    "loading_for_ever": (Loading, "Loading model"),
    "server_error": (ServerFailed, "Internal Server Error"),
    "bad_gateway": (ServerFailed, ""),
    "unavailable": (ServerFailed, "Service Unavailable"),
    "huge_error": (ServerFailed, "error error"),
    "gzip_bomb": (ServerFailed, ""),
    "redirects_away": (NotAnEndpoint, ""),
    "redirects_here": (NotAnEndpoint, ""),
    "html_page": (NotAnEndpoint, ""),
    "not_sse": (NotAStream, "hello, this is no model"),
    "unreadable_json": (NotAStream, ""),
    "foreign_json": (NotAStream, ""),
    "no_models": (NotAStream, ""),
    "empty_body": (NotAStream, ""),
    "endless_line": (NotAStream, ""),
    "error_as_200": (StreamFailed, "the model crashed"),
    "drops_always": (ConnectionBroke, ""),
    "drops_after_head": (ConnectionBroke, ""),
}
# What comes before each of these breaks.
PARTIAL: dict[str, tuple[type[EndpointError], str, str]] = {
    "error_in_stream": (StreamFailed, "This much came", "CUDA out of memory"),
    "error_with_text": (StreamFailed, "Half way", "the provider went away"),
    "broken_stream": (ConnectionBroke, "This much came", ""),
    "cut_off_stream": (ConnectionBroke, "This much came", ""),
    "garbage_in_stream": (NotAStream, "This much came", ""),
}
# Played by tests of their own, below or in the browser.
OTHERS = {
    "slow_stream", "slow_first_token", "silent", "silent_before_head", "markdown", "hostile_markdown", "long_line",
    "rate_limited_once", "stalled_error", "prefill_refused",
}  # fmt: skip


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as fake:
        yield fake
    await chat.close()
    chat.forget()


def request(fake: FakeEndpoint, said: str, **more: Any) -> Request:
    endpoint = Endpoint("test", fake.url, key=Secret(KEY))
    return replace(Request(endpoint, (Message("user", said),), model="tiny-chat"), **more)


async def ask(asked: Request, patience: Patience = QUICK) -> tuple[list[Event], PlaygroundError | None]:
    """All events, and the error they end with."""
    events: list[Event] = []
    try:
        async with asyncio.timeout(20):
            async for batch in chat.stream(asked, patience):
                assert batch
                events += batch
    except PlaygroundError as error:
        return events, error
    return events, None


def text(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def thinking(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def last(events: list[Event], kind: type[Any]) -> Any:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)


def test_every_scenario_is_played() -> None:
    assert {*ANSWERS, *FAILURES, *PARTIAL, *OTHERS} == SCENARIOS.keys() - REQUESTS - PROBED - WIRE - AWAY


@pytest.mark.parametrize("scenario", ANSWERS)
async def test_an_answer_is_read_however_it_is_sent(fake: FakeEndpoint, scenario: str) -> None:
    events, error = await ask(request(fake, f"scenario:{scenario}"))
    assert error is None
    finish, usage = last(events, Finished), last(events, Usage)
    assert (thinking(events), text(events), finish.reason if finish else None, usage.completion if usage else None) == (
        ANSWERS[scenario]
    )


@pytest.mark.parametrize("scenario", FAILURES)
async def test_a_failure_is_called_by_its_name_and_quotes_the_server(fake: FakeEndpoint, scenario: str) -> None:
    kind, said = FAILURES[scenario]
    events, error = await ask(request(fake, f"scenario:{scenario}"))
    assert type(error) is kind
    assert error.what and error.hint
    assert said in error.said if said else error.said == ""
    assert len(error.said) <= 2000
    shown = error.what + error.hint + error.said
    assert KEY not in shown and "<" not in shown
    assert text(events) == ""


@pytest.mark.parametrize("scenario", PARTIAL)
async def test_what_came_before_a_failure_is_given_first(fake: FakeEndpoint, scenario: str) -> None:
    kind, partial, said = PARTIAL[scenario]
    events, error = await ask(request(fake, f"scenario:{scenario}"))
    assert type(error) is kind
    assert text(events) == partial
    assert said == error.said
    assert last(events, Finished) is None


async def test_the_events_begin_with_the_request_that_counts_and_the_model_that_answers(fake: FakeEndpoint) -> None:
    events, _ = await ask(request(fake, "scenario:renamed_model"))
    assert events[:3] == [Sent(1), Served("another/model@main"), TextDelta("hi")]


async def test_a_burst_comes_in_a_few_batches(fake: FakeEndpoint) -> None:
    batches = [batch async for batch in chat.stream(request(fake, "emit-0-3000"))]
    events = [event for batch in batches for event in batch]
    assert text(events).split()[-2:] == ["w2998", "END"]
    assert len(batches) < 1000


async def test_a_line_of_eight_megabytes_gets_through(fake: FakeEndpoint) -> None:
    events, error = await ask(request(fake, "scenario:long_line"))
    assert error is None
    assert len(text(events)) == 8 * 2**20


# What is sent


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the SDK would take from the environment."""
    for name, value in {
        "OPENAI_API_KEY": "sk-leak-from-environment",
        "OPENAI_ADMIN_KEY": "sk-leak-admin",
        "OPENAI_ORG_ID": "org-leak",
        "OPENAI_PROJECT_ID": "proj-leak",
        "OPENAI_WEBHOOK_SECRET": "whsec-leak",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/leak",
        "OPENAI_CUSTOM_HEADERS": "X-Leak: leak\nAuthorization: Bearer leak\nCookie: leak=1\nUser-Agent: leak",
        "OPENAI_LOG": "debug",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("leaky")
@pytest.mark.parametrize("key", [Secret(KEY), None])
async def test_nothing_is_sent_that_nobody_set(fake: FakeEndpoint, key: Secret | None) -> None:
    asked = request(fake, "hi", endpoint=Endpoint("test", fake.url, key=key))
    _, error = await ask(asked)
    assert error is None
    (recorded,) = fake.completions
    assert recorded.body == {
        "model": "tiny-chat",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    allowed = {"host", "connection", "accept", "accept-encoding", "content-type", "content-length", "user-agent"}
    # The one thing of ours: a number for this request alone, by which it is found in the server's log.
    allowed |= {"x-request-id"}
    assert re.fullmatch(r"[0-9a-f]{32}", recorded.headers["x-request-id"])
    assert set(recorded.headers) == allowed | ({"authorization"} if key else set())
    assert recorded.headers.get("authorization") == (f"Bearer {KEY}" if key else None)
    assert recorded.headers["user-agent"] == http.USER_AGENT
    assert "leak" not in json.dumps(recorded.plain())
    assert len(fake.log) == 1


async def test_what_is_set_is_sent(fake: FakeEndpoint) -> None:
    turns = (Message("system", "be brief"), Message("user", "hi"), Message("assistant", "He"))
    await ask(request(fake, "", messages=turns, params=Params(max_tokens=5), continue_by="continue_final_message"))
    (recorded,) = fake.completions
    assert recorded.body == {
        "model": "tiny-chat",
        "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 5,
        "continue_final_message": True,
        "add_generation_prompt": False,
    }


async def test_a_cut_off_answer_is_continued(fake: FakeEndpoint) -> None:
    turns = (Message("user", "scenario:cut_at_limit"), Message("assistant", "This is the beginning"))
    for way in ("continue_final_message", "trailing_assistant", "prefix"):
        events, error = await ask(request(fake, "", messages=turns, continue_by=way))
        assert error is None
        assert text(events) == " and this is the rest."
    assert fake.completions[2].body["messages"][-1]["prefix"] is True


async def test_a_key_never_reaches_the_log(fake: FakeEndpoint, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for scenario in ("plain_text", "unauthorized", "broken_stream"):
        await ask(request(fake, f"scenario:{scenario}"))
    assert caplog.records
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", ["sk-“quoted”", "two words", "line\nbreak", ""])
async def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(fake: FakeEndpoint, key: str) -> None:
    _, error = await ask(request(fake, "hi", endpoint=Endpoint("test", fake.url, key=Secret(key))))
    assert isinstance(error, Unauthorized)
    assert not key or key not in error.what + error.hint
    assert fake.log == []


async def test_cookies_are_not_kept(fake: FakeEndpoint) -> None:
    fake.routes["/v1/chat/completions"] = {"choices": [{"message": {"content": "hi"}}]}
    fake.extra_headers["Set-Cookie"] = "sticky=visitor-one; Path=/"
    for _ in range(2):
        _, error = await ask(request(fake, "hi"))
        assert error is None
    assert len(fake.completions) == 2
    assert all("cookie" not in recorded.headers for recorded in fake.completions)
    assert not http.streaming_client(fake.url, Endpoint("test", fake.url)).cookies


# Which model, which address


async def test_where_no_model_is_named_the_first_listed_one_is_asked_for_and_remembered(fake: FakeEndpoint) -> None:
    for _ in range(2):
        _, error = await ask(request(fake, "hi", model=None))
        assert error is None
    assert [recorded.body["model"] for recorded in fake.completions] == ["tiny-chat", "tiny-chat"]
    assert len(fake.log) == 3


async def test_the_endpoints_own_model_is_asked_for_where_the_request_names_none(fake: FakeEndpoint) -> None:
    endpoint = Endpoint("test", fake.url, model="its-own")
    await ask(request(fake, "hi", model=None, endpoint=endpoint))
    assert fake.completions[0].body["model"] == "its-own"
    assert len(fake.log) == 1


async def test_where_no_model_is_named_and_none_is_listed_the_error_asks_for_one(fake: FakeEndpoint) -> None:
    fake.models_scenario = "no_models"
    _, error = await ask(request(fake, "hi", model=None))
    assert isinstance(error, UnknownModel)
    assert "--model" in error.hint
    assert fake.completions == []


@pytest.mark.parametrize(("scenario", "kind"), [("unauthorized", Unauthorized), ("loading_for_ever", Loading)])
async def test_where_the_list_is_refused_the_error_is_that_one(
    fake: FakeEndpoint, scenario: str, kind: type[EndpointError]
) -> None:
    fake.models_scenario = scenario
    events, error = await ask(request(fake, "hi", model=None))
    assert type(error) is kind
    assert KEY not in error.said
    assert (last(events, Waiting) is not None) == (kind is Loading)


async def test_a_model_that_loads_while_its_name_is_asked_for_is_waited_for(fake: FakeEndpoint) -> None:
    fake.models_scenario = "loading_for_ever"
    batches = chat.stream(request(fake, "hi", model=None), QUICK)
    assert isinstance((await anext(batches))[0], Waiting)
    fake.models_scenario = None
    events = [event async for batch in batches for event in batch]
    assert text(events) == "You said: hi"


async def test_a_model_that_was_replaced_is_found_again(fake: FakeEndpoint) -> None:
    await ask(request(fake, "hi", model=None))
    fake.only_model = "new-model"
    fake.models = [{"id": "new-model"}]
    events, error = await ask(request(fake, "hi", model=None))
    assert error is None
    assert last(events, Served) == Served("new-model")


async def test_an_unknown_model_comes_with_the_list_of_those_there_are(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "scenario:unknown_model", model="nonesuch"))
    assert isinstance(error, UnknownModel)
    assert error.models == ("tiny-chat", "tiny-adapter")
    assert "nonesuch" in error.what


async def test_a_model_that_is_listed_and_refused_all_the_same_is_not_asked_for_for_ever(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "scenario:unknown_model", model=None))
    assert isinstance(error, UnknownModel)
    assert len(fake.completions) == 2


@pytest.mark.parametrize(("prefix", "given"), [("/v1", ""), ("", ""), ("", "/v1"), ("/api/v1", "/api"), ("/v1", "/v1")])
async def test_the_base_url_is_found_with_and_without_its_version_and_remembered(
    fake: FakeEndpoint, prefix: str, given: str
) -> None:
    fake.prefix = prefix
    endpoint = Endpoint("test", fake.origin + given, key=Secret(KEY))
    for _ in range(2):
        events, error = await ask(request(fake, "hi", endpoint=endpoint))
        assert error is None
        assert [event for event in events if isinstance(event, Sent)][-1] == Sent(1)
    paths = [recorded.path for recorded in fake.log]
    assert paths[-2:] == [f"{prefix}/chat/completions"] * 2
    assert len(paths) == (2 if prefix == given + "/v1" or prefix == given == "/v1" else 3)


async def test_a_base_url_that_has_moved_is_found_again(fake: FakeEndpoint) -> None:
    endpoint = Endpoint("test", fake.origin)
    await ask(request(fake, "hi", endpoint=endpoint))
    fake.prefix = ""
    _, error = await ask(request(fake, "hi", endpoint=endpoint))
    assert error is None


async def test_a_refused_wish_for_counts_is_remembered(fake: FakeEndpoint) -> None:
    for _ in range(2):
        events, error = await ask(request(fake, "scenario:refuses_stream_options"))
        assert error is None
        assert last(events, Usage) == Usage(4, 2)
        assert last(events, Sent) == Sent(1)
    assert ["stream_options" in recorded.body for recorded in fake.completions] == [True, False, False]


# Once more, and later


async def test_a_connection_that_drops_before_any_byte_is_tried_once_more(fake: FakeEndpoint) -> None:
    events, error = await ask(request(fake, "scenario:drops_once"))
    assert error is None
    assert [event for event in events if isinstance(event, Sent)] == [Sent(1), Sent(2)]
    fake.reset()
    events, error = await ask(request(fake, "scenario:drops_always"))
    assert isinstance(error, ConnectionBroke)
    assert len(fake.completions) == 2


@pytest.mark.parametrize(
    "scenario", ["drops_after_head", "broken_stream", "error_in_stream", "server_error", "html_page"]
)
async def test_nothing_is_asked_twice_once_an_answer_has_begun(fake: FakeEndpoint, scenario: str) -> None:
    await ask(request(fake, f"scenario:{scenario}"))
    assert len(fake.completions) == 1


async def test_a_kept_connection_is_used_again(fake: FakeEndpoint) -> None:
    for scenario in ("plain_text", "bad_request", "plain_text", "whole_json", "done_before_end", "plain_text"):
        await ask(request(fake, f"scenario:{scenario}"))
    assert fake.connections == 1


async def test_a_kept_connection_that_the_server_closed_is_replaced(fake: FakeEndpoint) -> None:
    await ask(request(fake, "scenario:plain_text"))
    await fake.close_connections()
    events, error = await ask(request(fake, "scenario:plain_text"))
    assert error is None
    assert text(events) == "Hello, world"


async def test_a_wait_says_why_and_how_long_and_what_follows_counts_from_its_end(fake: FakeEndpoint) -> None:
    events, _ = await ask(request(fake, "scenario:rate_limited_shortly"))
    assert events[:4] == [
        Sent(1),
        Waiting("The endpoint is asked too often.", 0.02, 2),
        Sent(2),
        Served("tiny-chat"),
    ]
    events, _ = await ask(request(fake, "scenario:loading_once"))
    assert [event for event in events if isinstance(event, Waiting | Sent)] == [
        Sent(1),
        Waiting("The model is loading.", 0.01, 2),
        Sent(2),
        Waiting("The model is loading.", 0.05, 3),
        Sent(3),
    ]


async def test_a_wait_that_is_too_long_is_not_waited(fake: FakeEndpoint) -> None:
    events, error = await ask(request(fake, "scenario:rate_limited_for_hours"))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7200
    assert events == [Sent(1)]


async def test_a_wait_can_be_stopped(fake: FakeEndpoint) -> None:
    batches = chat.stream(request(fake, "scenario:rate_limited_once"))
    assert await anext(batches) == (Sent(1),)
    assert await anext(batches) == (Waiting("The endpoint is asked too often.", 2.0, 2),)
    task = asyncio.ensure_future(anext(batches))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(fake.completions) == 1


async def test_an_error_body_that_stalls_is_not_waited_for(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "scenario:stalled_error"))
    assert isinstance(error, BadRequest)
    assert error.status == 400


# Hanging up


@pytest.mark.parametrize("said", ["scenario:slow_stream", "emit-200-100000", "scenario:silent"])
async def test_closing_the_generator_hangs_up(fake: FakeEndpoint, said: str) -> None:
    batches = chat.stream(request(fake, said))
    assert await anext(batches) == (Sent(1),)
    if "silent" not in said:
        await anext(batches)
        await batches.aclose()
    else:
        # It is in the middle of waiting for the network, so that it is the task that is cancelled.
        task = asyncio.ensure_future(anext(batches))
        await until(lambda: bool(fake.completions))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await until(lambda: fake.completions[0].hung_up)


async def test_closing_hangs_up_also_while_more_has_come_than_is_taken(fake: FakeEndpoint) -> None:
    async with aclosing(chat.stream(request(fake, "emit-0-100000"))) as batches:
        await anext(batches)
        await anext(batches)
        sent = -1
        # Until nothing more goes out, since nothing is taken.
        while sent != fake.completions[0].sent:
            sent = fake.completions[0].sent
            await asyncio.sleep(0.05)
        assert sent < 100000
    await until(lambda: fake.completions[0].hung_up)


@pytest.mark.parametrize("scenario", ["silent", "silent_before_head", "slow_stream", "slow_first_token"])
async def test_cancelling_the_task_that_reads_hangs_up(fake: FakeEndpoint, scenario: str) -> None:
    task = asyncio.create_task(ask(request(fake, f"scenario:{scenario}")))
    await until(lambda: bool(fake.completions))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: fake.completions[0].hung_up)


async def test_a_generator_that_is_dropped_leaves_nothing_behind(fake: FakeEndpoint) -> None:
    batches = chat.stream(request(fake, "scenario:slow_stream"))
    await anext(batches)
    await anext(batches)
    del batches
    gc.collect()
    await until(lambda: fake.completions[0].hung_up)


async def test_many_answers_at_once_are_each_their_own(fake: FakeEndpoint) -> None:
    async def one(count: int) -> str:
        events, error = await ask(request(fake, f"emit-0-{count}"))
        assert error is None
        return text(events)

    answers = await asyncio.gather(*(one(count) for count in range(10, 150)))
    assert [len(answer.split()) for answer in answers] == list(range(10, 150))


async def test_a_slow_taker_loses_nothing(fake: FakeEndpoint) -> None:
    events: list[Event] = []
    async for batch in chat.stream(request(fake, "emit-0-20000")):
        events += batch
        time.sleep(0.001)  # noqa: ASYNC251 - a loop that is busy elsewhere is what this is about
    assert len(text(events).split()) == 20000


async def test_a_message_to_an_endpoint_at_zero_is_kept_through_all_that_a_gateway_says(fake: FakeEndpoint) -> None:
    patience = Patience(wake=10.0, first=0.01, growing_to=0.01)
    events, error = await ask(request(fake, "scenario:wakes_roughly"), patience)
    assert error is None and text(events) == "Hello, world"
    waits = [event.why for event in events if isinstance(event, Waiting)]
    assert set(waits[:-1]) == {"The model is waking up."} and waits[-1] == "The model is loading."
    # The request that counts is the last one.
    assert isinstance(events[[type(each) for each in events].index(Served) - 1], Sent)
    assert all(asked.body["messages"][-1]["content"] == "scenario:wakes_roughly" for asked in fake.completions)


async def test_when_to_come_back_is_read_by_the_gateways_own_clock(fake: FakeEndpoint) -> None:
    events, error = await ask(request(fake, "scenario:wakes_with_a_date"), Patience())
    assert error is None
    assert last(events, Waiting) == Waiting("The model is waking up.", 1.0, 2)


async def test_a_bare_503_is_waited_for_where_the_endpoint_is_known_to_sleep(fake: FakeEndpoint) -> None:
    asked = request(fake, "scenario:bare_503_twice")
    events, error = await ask(asked)
    assert isinstance(error, ServerFailed) and text(events) == ""
    fake.reset()
    sleeper = replace(asked, endpoint=replace(asked.endpoint, sleeps=True))
    events, error = await ask(sleeper)
    assert error is None and text(events) == "Hello, world"
    assert len([event for event in events if isinstance(event, Waiting)]) == 2


async def test_patience_has_an_end_and_says_so(fake: FakeEndpoint) -> None:
    _, error = await ask(request(fake, "scenario:asleep"), Patience(wake=0.5))
    assert type(error) is Waking and "not woken up" in error.what and "kept" in error.hint
    assert error.said == "no healthy upstream"


async def test_an_endpoint_that_is_stopped_is_not_waited_for(fake: FakeEndpoint) -> None:
    events, error = await ask(request(fake, "scenario:stopped"))
    assert type(error) is Stopped and last(events, Waiting) is None


async def test_a_wait_for_the_list_of_models_of_one_that_wakes_is_a_wait_as_well(fake: FakeEndpoint) -> None:
    fake.models_scenario = "scaled_to_zero"
    fake.models = []
    events, _error = await ask(request(fake, "hello", model=None), Patience(wake=0.2, first=0.01))
    wait = last(events, Waiting)
    assert wait is not None and wait.why == "The model is waking up."
