"""What is told of the wire: each try as it went out and what came back, over real sockets, and never a secret."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx2
import pytest

from playground.adapters import chat
from playground.adapters.telling import Teller
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError
from playground.core.params import Params
from playground.core.run import Message, Request
from playground.core.secret import MASK, Secret
from playground.core.tries import Patience
from playground.core.wire_events import Answered, Closed, Opened, Received, Told
from tests.fake_endpoint import FakeEndpoint

pytestmark = pytest.mark.asyncio
KEY, TEAM = "sk-told-Ab3dEf6hIj9", "team-secret-value"
QUICK = Patience(longest=5, in_all=10, first=0.01, growing_to=0.01)


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as made:
        yield made
    await chat.close()
    chat.forget()


def asked(fake: FakeEndpoint, said: str, **endpoint: Any) -> Request:
    given: dict[str, Any] = {"key": Secret(KEY), "headers": (("X-Team", Secret(TEAM)),)} | endpoint
    return Request(Endpoint("told", fake.url, model="tiny-chat", **given), (Message("user", said),))


async def told(request: Request) -> tuple[list[Told], EndpointError | None]:
    heard: list[Told] = []
    try:
        async for _ in chat.stream(request, QUICK, heard.append):
            pass
    except EndpointError as error:
        return heard, error
    return heard, None


def of(kind: type[Any], heard: list[Told]) -> list[Any]:
    return [each for each in heard if isinstance(each, kind)]


async def test_a_request_is_told_exactly_as_it_went_out(fake: FakeEndpoint) -> None:
    heard, _ = await told(asked(fake, 'emit-0-3 “naïve” 👋 \\ "'))
    [opened] = of(Opened, heard)
    [recorded] = fake.completions
    assert json.loads(opened.body) == recorded.body
    assert dict(opened.headers)["content-length"] == str(len(opened.body))
    assert (opened.method, opened.url) == ("POST", f"{fake.url}/chat/completions")
    # Every header that arrived, and no other; those of the secret ones masked.
    masked = {"authorization": f"Bearer {MASK}", "x-team": MASK}
    assert {name.lower(): value for name, value in opened.headers} == recorded.headers | masked


async def test_an_answer_is_told_byte_for_byte(fake: FakeEndpoint) -> None:
    fake.extra_headers = {"X-Request-Id": "theirs", "Set-Cookie": "a=b", "X-Echo": f"it was {KEY}"}
    heard, _ = await told(asked(fake, "emit-0-2"))
    [answered] = of(Answered, heard)
    shown = {name.lower(): value for name, value in answered.headers}
    assert (answered.status, shown["x-request-id"], shown["set-cookie"]) == (200, "theirs", MASK)
    assert KEY not in shown["x-echo"]
    came = b"".join(each.data for each in of(Received, heard))
    assert came.startswith(b'data: {"id"') and came.endswith(b"data: [DONE]\n\n")
    assert isinstance(heard[-1], Closed) and heard[-1].why == ""


async def test_each_try_has_an_id_of_its_own_and_is_told_with_its_refusal(fake: FakeEndpoint) -> None:
    heard, error = await told(asked(fake, "scenario:refuses_stream_options"))
    assert error is None
    assert [type(each).__name__ for each in heard if not isinstance(each, Received)] == [
        "Opened", "Answered", "Closed", "Opened", "Answered", "Closed",
    ]  # fmt: skip
    ids = [dict(each.headers)["x-request-id"] for each in of(Opened, heard)]
    assert len(set(ids)) == 2 and all(re.fullmatch(r"[0-9a-f]{32}", id) for id in ids)
    assert ids == [recorded.headers["x-request-id"] for recorded in fake.completions]
    assert [each.status for each in of(Answered, heard)] == [422, 200]
    first = next(each for each in heard if isinstance(each, Received))
    assert b"stream_options" in first.data


async def test_an_id_that_the_operator_sets_is_the_one_that_goes_out_and_is_told(fake: FakeEndpoint) -> None:
    heard, _ = await told(asked(fake, "emit-0-1", headers=(("X-Request-Id", Secret("operators-own")),)))
    assert fake.completions[0].headers["x-request-id"] == "operators-own"
    assert dict(of(Opened, heard)[0].headers)["x-request-id"] == MASK


@pytest.mark.parametrize(
    "said", ["scenario:unauthorized", "scenario:bad_request", "scenario:echoes_the_key", "emit-0-2"]
)
async def test_no_secret_is_told_whatever_a_server_echoes(fake: FakeEndpoint, said: str) -> None:
    heard, _ = await told(asked(fake, f"{said} my key is {KEY}, {TEAM}"))
    bodies = [getattr(each, "body", b"") + getattr(each, "data", b"") for each in heard]
    everything = repr(heard) + repr(bodies)
    assert KEY not in everything and TEAM not in everything


async def test_a_key_that_is_forgotten_meanwhile_was_masked_as_it_came(fake: FakeEndpoint) -> None:
    key = Secret(KEY)
    heard, _ = await told(asked(fake, f"emit-0-1 {KEY}", key=key))
    key.forget()
    assert KEY.encode() not in of(Opened, heard)[0].body


async def test_a_key_that_came_in_two_reads_is_in_neither_though_it_was_forgotten_between_them() -> None:
    said = f"data: it was {KEY}, yes".encode()
    for cut in range(len(said) + 1):
        heard: list[Told] = []
        key = Secret(KEY)
        async with Teller(heard.append, Endpoint("t", "http://h/v1", key=key)) as teller:
            teller.received(said[:cut])
            key.forget()
            teller.received(said[cut:])
        came = of(Received, heard)
        # Each read is told as it comes, whatever is left of it.
        assert len(came) >= 2
        assert b"".join(each.data for each in came) == f"data: it was {MASK}, yes".encode()
        assert isinstance(heard[-1], Closed)


async def test_what_may_be_a_keys_beginning_is_told_at_the_end() -> None:
    heard: list[Told] = []
    async with Teller(heard.append, Endpoint("t", "http://h/v1", key=Secret(KEY))) as teller:
        teller.received(b"it ends in sk-")
    assert [each.data for each in of(Received, heard)] == [b"it ends in ", b"sk-"]


@pytest.mark.parametrize("key", ["test", "1234", "true", "role", "stream"])
async def test_a_key_that_is_a_word_garbles_nothing_that_was_sent(fake: FakeEndpoint, key: str) -> None:
    params = Params(seed=12345)
    request = dataclasses.replace(asked(fake, f"emit-0-2 the latest {key}", key=Secret(key)), params=params)
    heard, _ = await told(request)
    [opened] = of(Opened, heard)
    assert json.loads(opened.body) == fake.completions[0].body and not opened.masked


async def test_a_key_in_what_is_sent_is_masked_in_texts_only_and_it_is_said(fake: FakeEndpoint) -> None:
    request = asked(fake, "emit-0-2 my key is 12345678", key=Secret("12345678"))
    heard, _ = await told(dataclasses.replace(request, params=Params(seed=123456789)))
    [opened] = of(Opened, heard)
    body = json.loads(opened.body)
    assert opened.masked and body["seed"] == 123456789
    assert body["messages"][-1]["content"] == f"emit-0-2 my key is {MASK}"


@pytest.mark.parametrize(
    "host", ["hf-inference-7b.internal", "sk-gpu-cluster1.corp", "xai-gateway01.corp", "flex-inference.example.com"]
)
async def test_a_host_is_called_what_it_is_called_though_it_looks_like_a_key(host: str) -> None:
    assert opened_at(f"https://{host}/v1/chat/completions") == (f"https://{host}/v1/chat/completions", False)


async def test_a_key_in_an_addresss_path_is_masked_and_in_a_hosts_name_not() -> None:
    assert opened_at(f"http://h:1/{KEY}/v1/completions") == (f"http://h:1/{MASK}/v1/completions", True)
    assert opened_at("http://h/a%2Fb%20key1/v1", "a/b key1") == (f"http://h/{MASK}/v1", True)
    assert opened_at("http://playground.test/v1", "playground") == ("http://playground.test/v1", False)


def opened_at(url: str, key: str = KEY) -> tuple[str, bool]:
    """What is told of an address."""
    heard: list[Told] = []
    Teller(heard.append, Endpoint("t", "http://h/v1", key=Secret(key)))._opened(
        httpx2.Request("POST", url, content=b"{}")
    )
    [opened] = of(Opened, heard)
    return opened.url, opened.masked


async def test_a_header_whose_name_says_that_it_is_a_secret_is_shown_to_nobody(fake: FakeEndpoint) -> None:
    names = ("X-Auth-Token", "X-Refresh-Token", "X-Session-Token", "X-Amz-Security-Token", "Set-Cookie", "X-Api-Key")
    plain = {"X-Ratelimit-Remaining-Tokens": "5", "X-Trace-Id": "abcdef123456"}
    fake.extra_headers = dict.fromkeys(names, "0a1b2c3d4e5f") | plain
    heard, _ = await told(asked(fake, "emit-0-1"))
    shown = {name.lower(): value for name, value in of(Answered, heard)[0].headers}
    assert {shown[name.lower()] for name in names} == {MASK}
    assert {name: shown[name.lower()] for name in plain} == plain


async def test_a_connection_that_fails_is_a_try_without_an_answer() -> None:
    request = Request(Endpoint("t", "http://127.0.0.1:1/v1", model="m"), (Message("user", "hi"),))
    heard, error = await told(request)
    assert error is not None
    assert [type(each).__name__ for each in heard] == ["Opened", "Closed"]
    assert heard[-1] == Closed(error.what)


async def test_an_answer_that_is_stopped_says_so(fake: FakeEndpoint) -> None:
    heard: list[Told] = []
    async with aclosing(chat.stream(asked(fake, "emit-100-1000"), tell=heard.append)) as batches:
        async for _ in batches:
            if of(Received, heard):
                break
    assert heard[-1] == Closed("stopped")


async def test_two_at_a_time_are_told_apart(fake: FakeEndpoint) -> None:
    first, second = await asyncio.gather(told(asked(fake, "emit-0-2 one")), told(asked(fake, "emit-0-2 two")))
    for (heard, _), word in ((first, b"one"), (second, b"two")):
        assert [word in each.body for each in of(Opened, heard)] == [True]


async def test_nobody_need_listen(fake: FakeEndpoint) -> None:
    batches = [batch async for batch in chat.stream(asked(fake, "emit-0-2"))]
    assert batches
    with pytest.raises(EndpointError):
        async for _ in chat.stream(asked(fake, "scenario:bad_request")):
            pass
