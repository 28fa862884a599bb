"""Parameters and modes against the embedded llama.cpp: what is sent has the effect that the table promises."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from playground.adapters import chat
from playground.adapters.local import LocalServer, Options
from playground.core.errors import BadRequest
from playground.core.parameter import Json
from playground.core.params import Params
from playground.core.reply import Reply, ReplyBuilder
from playground.core.run import Message, Request


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def request_() -> AsyncIterator[Request]:
    """A question to the real server; each test sets its parameters."""
    local = LocalServer(Options())
    await local.start()
    endpoint = await local.wait_ready()
    yield Request(endpoint, (Message("user", "Name three fruits."),), endpoint.model, server="llama.cpp")
    await chat.close()
    await local.stop()
    chat.forget()


async def answer(request: Request, params: Params) -> Reply:
    builder = ReplyBuilder()
    async for batch in chat.stream(replace(request, params=params)):
        for event in batch:
            builder.feed(event, at=0.0)
    return builder.reply


STEADY = Params(temperature=0, max_tokens=24, seed=1)
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_everything_that_is_set_at_once_is_taken(request_: Request) -> None:
    params = replace(
        STEADY, top_p=0.9, top_k=10, min_p=0.01, frequency_penalty=0.1, presence_penalty=0.1, repetition_penalty=1.1,
        stop=("END",), logprobs=True, top_logprobs=2, reasoning_effort="low", thinking=False, response_format="text",
        extra=Json('{"cache_prompt": true}'),
    )  # fmt: skip
    reply = await answer(request_, params)
    assert reply.text
    assert (reply.adapted, reply.attempts) == ((), 1)


async def test_the_same_seed_gives_the_same_answer_and_a_limit_and_a_stop_end_it(request_: Request) -> None:
    first, again = await answer(request_, STEADY), await answer(request_, STEADY)
    assert first.text == again.text
    short = await answer(request_, replace(STEADY, max_tokens=2))
    assert short.finish == "length" and short.usage is not None and short.usage.completion == 2
    word = first.text.split()[2]
    stopped = await answer(request_, replace(STEADY, stop=(word,)))
    assert word not in stopped.text and first.text.startswith(stopped.text)


async def test_a_penalty_goes_under_the_name_that_has_an_effect_there(request_: Request) -> None:
    plain = await answer(request_, STEADY)
    heavy = replace(STEADY, repetition_penalty=5.0)
    assert (await answer(request_, heavy)).text != plain.text
    # Under OpenAI-like servers' usual name llama.cpp ignores it without a word.
    assert (await answer(replace(request_, server=None), heavy)).text == plain.text


async def test_an_answer_follows_a_schema(request_: Request) -> None:
    schema = {"type": "object", "properties": {"fruit": {"enum": ["apple", "pear"]}}, "required": ["fruit"]}
    params = replace(STEADY, response_format="json_schema", json_schema=Json.of(schema))
    assert json.loads((await answer(request_, params)).text)["fruit"] in ("apple", "pear")


async def test_a_text_is_completed_by_its_own_route(request_: Request) -> None:
    reply = await answer(replace(request_, prompt="one, two, three, four,"), replace(STEADY, mode="completion"))
    assert (reply.mode, reply.adapted) == ("completion", ())
    assert reply.text.startswith(" five")


async def test_what_it_refuses_is_shown_in_its_words(request_: Request) -> None:
    with pytest.raises(BadRequest) as raised:
        await answer(request_, replace(STEADY, extra=Json('{"grammar": "root ::= ("}')))
    assert raised.value.said
