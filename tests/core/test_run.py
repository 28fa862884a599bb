"""A request and what became of it."""

from __future__ import annotations

import dataclasses

import pytest

from playground.core.endpoint import Endpoint
from playground.core.params import Params
from playground.core.reply import Reply
from playground.core.run import Message, Request, Run
from playground.core.secret import Secret

REQUEST = Request(Endpoint("test", "http://127.0.0.1:1/v1", key=Secret("sk-secret")), (Message("user", "hi"),))


def test_a_request_cannot_be_changed_afterwards() -> None:
    for name in ("model", "messages", "params", "continue_by", "endpoint"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(REQUEST, name, None)


def test_nothing_is_set_that_nobody_set() -> None:
    assert (REQUEST.model, REQUEST.params, REQUEST.continue_by, REQUEST.mode) == (None, Params(), None, None)


def test_a_request_shows_no_key() -> None:
    assert "sk-secret" not in repr(REQUEST)


def test_a_run_begins_running_without_an_error_and_with_notes_of_its_own() -> None:
    first, second = Run(REQUEST, Reply()), Run(REQUEST, Reply())
    assert (first.status, first.error) == ("running", None)
    first.notes.append("a note")
    assert second.notes == []


def test_an_answer_has_the_parts_that_came_before_and_itself() -> None:
    first = Run(REQUEST, Reply())
    second = Run(REQUEST, Reply(), earlier=first.parts)
    third = Run(REQUEST, Reply(), earlier=second.parts)
    assert [part is each for part, each in zip(third.parts, (first, second, third), strict=True)] == [True] * 3
