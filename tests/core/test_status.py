"""The states in words: each has its own, and those of a locked app name nothing."""

from __future__ import annotations

import dataclasses
from typing import get_args

from playground.core.capabilities import Capabilities, only
from playground.core.details import Details, Model
from playground.core.endpoint import Endpoint
from playground.core.errors import Refused
from playground.core.status import LOCAL, RESTS, TABLE, Dot, LocalState, Status, line, resting, status_of

STATUS = Status("name", None, "running", "Ready", local=False)


def test_every_state_has_its_words_and_none_speaks_of_the_endpoint_where_the_app_is_locked() -> None:
    assert set(TABLE) == set(get_args(Dot))
    assert len({row.word for row in TABLE.values()}) == len(TABLE)
    assert not any("endpoint" in row.locked.lower() for row in TABLE.values())
    assert not any("endpoint" in " ".join(row.line).lower() for row in TABLE.values() if row.line)


def test_every_state_of_the_embedded_server_has_a_dot_and_words_of_its_own() -> None:
    assert set(LOCAL) == set(get_args(LocalState))
    assert {dot for dot, _ in LOCAL.values()} <= set(TABLE)
    assert len({text for _, text in LOCAL.values()}) == len(LOCAL)


def test_an_endpoint_is_as_its_details_say_and_a_model_that_cannot_chat_is_no_chat() -> None:
    endpoint = Endpoint("x", "http://x/v1")
    assert status_of(endpoint, None) == Status("x", None, "unknown", "Not asked yet", local=False)
    embeds = Model("e", capabilities=Capabilities(only("embeddings", "said", "its list")))
    running = Details("http://x/v1", "running", (embeds, Model("m")))
    assert (status_of(endpoint, running).dot, status_of(endpoint, running).model) == ("running", "m")
    unfit = status_of(dataclasses.replace(endpoint, model="e"), running)
    assert (unfit.dot, "makes embeddings only" in unfit.text) == ("unfit", True)
    away = status_of(endpoint, Details("http://x/v1", "unreachable", error=Refused("Nothing there.", "")))
    assert (away.dot, away.text, away.model) == ("unreachable", "Nothing there.", None)
    assert status_of(endpoint, Details("http://x/v1", "waking")).text == TABLE["waking"].text


def test_a_line_is_there_for_what_does_not_answer_and_says_since_when() -> None:
    assert line(STATUS, 100.0) is None
    told = line(dataclasses.replace(STATUS, dot="unreachable", since=40.0), 100.0)
    assert told is not None and told["what"] == "The model cannot be reached" and told["ago"] == 60.0
    unknown = line(dataclasses.replace(STATUS, dot="waking"), 100.0)
    assert unknown is not None and unknown["ago"] is None and "sent as soon as" in unknown["then"]


def test_of_one_that_is_left_alone_it_is_said_how_it_was_and_that_it_may_sleep() -> None:
    left = resting(dataclasses.replace(STATUS, since=40.0))
    assert (left.dot, left.rests, left.text) == ("running", True, "Ready, when it was last asked")
    assert line(left, 100.0) == {"what": RESTS[0], "then": RESTS[1], "ago": None}
    # What does not change by itself is said as it was.
    stopped = line(resting(dataclasses.replace(STATUS, dot="stopped", text="It is stopped.")), 100.0)
    assert stopped is not None and stopped["what"] == "The model is stopped"
    unknown = dataclasses.replace(STATUS, dot="unknown")
    assert resting(unknown) is unknown
