"""Continuing an answer by the completion route: what is asked of the server, and what it may answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from playground.adapters import chat
from playground.adapters.local import LocalServer, Options
from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest, ConnectionBroke, PlaygroundError, Refused
from playground.core.events import Finished, TextDelta
from playground.core.params import Params
from playground.core.run import Message, Request
from playground.core.secret import Secret
from tests.fake_endpoint import FakeEndpoint

KEY = Secret("sk-the-endpoints-own-key")


@pytest.fixture(autouse=True)
async def _settled() -> AsyncIterator[None]:
    yield
    chat.forget()


@asynccontextmanager
async def serving(**more: Any) -> AsyncIterator[FakeEndpoint]:
    """The scripted endpoint, and at the end no connection that is kept to it."""
    async with FakeEndpoint(**more) as fake:
        try:
            yield fake
        finally:
            await chat.close()


def continuing(endpoint: Endpoint, said: str = "scenario:prefill_refused") -> Request:
    messages = (Message("user", said), Message("assistant", "This is the beginning"))
    return Request(endpoint, messages, endpoint.model or "m", continue_by="trailing_assistant")


async def answer(request: Request) -> str:
    events = [event async for batch in chat.stream(request) for event in batch]
    assert any(isinstance(event, Finished) for event in events)
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def test_a_server_that_takes_no_beginning_is_sent_the_conversation_as_text() -> None:
    routes = {"/apply-template": {"prompt": "<user>q</user><assistant>"}}
    async with serving(key=KEY.reveal(), routes=routes) as fake:
        assert await answer(continuing(Endpoint("t", fake.url, KEY))) == " and the rest."
        refused, asked = fake.completions
        template = next(each for each in fake.log if each.path == "/apply-template")
    assert refused.body["messages"][-1]["role"] == "assistant"
    assert template.body == {"messages": [{"role": "user", "content": "scenario:prefill_refused"}]}
    assert template.headers["authorization"] == f"Bearer {KEY.reveal()}"
    assert asked.path == "/v1/completions"
    assert asked.body["prompt"] == "<user>q</user><assistant>This is the beginning"
    assert set(asked.body) == {"model", "prompt", "stream", "stream_options"}


@pytest.mark.parametrize("template", [None, [], {"prompt": 7}])
async def test_a_server_that_does_not_render_is_said_to_know_no_way(template: object) -> None:
    async with serving(routes={"/apply-template": template} if template is not None else {}) as fake:
        with pytest.raises(BadRequest, match="no way to continue"):
            await answer(continuing(Endpoint("t", fake.url)))


async def test_another_refusal_is_shown_as_it_is() -> None:
    async with serving() as fake:
        with pytest.raises(BadRequest, match="refused the request"):
            await answer(continuing(Endpoint("t", fake.url), "scenario:bad_request"))


async def test_a_server_that_is_gone_is_an_error_of_ours() -> None:
    request = continuing(Endpoint("t", "http://127.0.0.1:1/v1"))
    gone = Request(request.endpoint, request.messages, "m", continue_by="completion")
    with pytest.raises(PlaygroundError) as error:
        await answer(gone)
    assert isinstance(error.value, Refused | ConnectionBroke)


async def test_the_real_server_renders_and_continues() -> None:
    local = LocalServer(Options())
    await local.start()
    endpoint = await local.wait_ready()
    try:
        messages = (Message("user", "Count from one to ten in words."), Message("assistant", "one, two, three,"))
        text = await answer(
            Request(endpoint, messages, endpoint.model, params=Params(max_tokens=8), continue_by="completion")
        )
        assert "four" in text.lower()
    finally:
        await chat.close()
        await local.stop()
