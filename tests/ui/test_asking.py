"""Which request a turn becomes: whose parameters count, and how a text is taken up again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.core.conversation import Conversation, Turn
from playground.core.endpoint import Endpoint
from playground.core.params import Params
from playground.core.reply import Reply
from playground.core.run import Message, Run
from playground.ui.asking import Asking

ENDPOINT = Endpoint("test", "http://127.0.0.1:1/v1", model="m")


def asking(params: Params = Params(), **settings: Any) -> Asking:  # noqa: B008 - frozen
    endpoint = replace(ENDPOINT, params=params)
    return Asking(Settings(endpoints=(endpoint,), **settings), EndpointBook((endpoint,), None))


def talk() -> tuple[Conversation, Turn]:
    conversation = Conversation("c")
    first = conversation.add("1", "one", after=None, at=0.0)
    return conversation, conversation.add("2", "two", after=first, at=0.0)


def test_the_visitors_parameters_count_before_the_endpoints_and_those_before_the_settings() -> None:
    by_endpoint = Params(temperature=0.2, top_k=5, system_prompt="endpoint")
    asks = asking(by_endpoint, max_tokens=100, system_prompt="settings")
    request = asks.request(*talk(), None, Params(temperature=0.9, off=frozenset({"top_k"})))
    assert (request.params.temperature, request.params.top_k, request.params.max_tokens) == (0.9, None, 100)
    assert request.messages[0] == Message("system", "endpoint")
    assert asks.request(*talk(), None).params == by_endpoint.over(Params(max_tokens=100))


def test_where_nobody_sets_anything_nothing_is_set() -> None:
    request = asking().request(*talk(), None)
    assert (request.params, request.mode, request.server) == (Params(), None, None)
    # What a text completion would send: the visitor's own text, without what was said before.
    assert request.prompt == "two"
    assert request.messages == (Message("user", "one\n\ntwo"),)


def test_a_system_prompt_can_be_left_out_by_the_visitor() -> None:
    request = asking(Params(system_prompt="x")).request(*talk(), None, Params(off=frozenset({"system_prompt"})))
    assert request.messages == (Message("user", "one\n\ntwo"),)


def test_a_text_completion_is_continued_from_its_end_by_any_server() -> None:
    asks = asking(Params(temperature=0.2))
    conversation, turn = talk()
    request = asks.request(conversation, turn, None)
    turn.run = Run(request, Reply(text=" and three", finish="length", mode="completion"), "done")
    assert asks.can_continue(turn)
    more = asks.continuation(conversation, turn)
    assert more is not None
    assert (more.prompt, more.mode, more.continue_by) == ("two and three", "completion", None)
    assert more.params == request.params
    turn.run.reply.mode = "chat"
    assert not asks.can_continue(turn)
    assert asks.continuation(conversation, turn) is None
