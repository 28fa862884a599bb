"""After this error: is it sent again, where to, how, and after how long?"""

from __future__ import annotations

import pytest

from playground.core.errors import (
    BadRequest,
    ConnectionBroke,
    EndpointError,
    Loading,
    PathNotFound,
    RateLimited,
    ServerFailed,
)
from playground.core.events import Waiting
from playground.core.payload import Dialect
from playground.core.tries import Learned, Patience, Tries

BASE = "http://host:8000"


def make(learned: Learned | None = None, patience: Patience | None = None) -> Tries:
    return Tries(BASE, learned or Learned(), patience or Patience())


def limited(retry_after: float | None = None) -> RateLimited:
    return RateLimited("limited", "wait", retry_after=retry_after)


def loading(retry_after: float | None = None) -> Loading:
    return Loading("loading", "wait", retry_after=retry_after)


def waits(tries: Tries, error: RateLimited, most: int = 1000) -> list[float | None]:
    """How long each wait is, until the error is raised."""
    found: list[float | None] = []
    for _ in range(most):
        try:
            wait = tries.after(error)
        except RateLimited as raised:
            assert raised is error
            return found
        assert wait is not None
        found.append(wait.seconds)
    return found


def test_a_path_that_is_not_found_leads_to_the_next_address_and_is_no_new_attempt() -> None:
    learned = Learned()
    tries = make(learned)
    assert tries.base_url == f"{BASE}/v1"
    assert tries.after(PathNotFound("a", "b")) is None
    assert (tries.base_url, tries.attempt) == (BASE, 1)
    tries.works()
    assert learned.base_url == BASE
    assert make(learned).base_url == BASE


def test_where_no_address_is_right_the_first_answer_is_shown_and_nothing_is_remembered() -> None:
    learned = Learned(base_url=BASE)
    tries = make(learned)
    first = PathNotFound("first", "b")
    assert tries.after(first) is None
    assert tries.base_url == f"{BASE}/v1"
    with pytest.raises(PathNotFound) as raised:
        tries.after(PathNotFound("second", "b"))
    assert raised.value is first
    assert learned.base_url is None


def test_a_lone_address_that_is_wrong_says_so() -> None:
    tries = make()
    tries.after(PathNotFound("a", "b"))
    with pytest.raises(PathNotFound):
        tries.after(PathNotFound("b", "b"))


def test_a_connection_that_drops_before_any_byte_is_tried_once_more() -> None:
    tries = make()
    broke = ConnectionBroke("broke", "again")
    tries.after_drop(broke)
    assert tries.attempt == 2
    with pytest.raises(ConnectionBroke):
        tries.after_drop(broke)


def test_a_refused_field_is_left_out_from_then_on() -> None:
    learned = Learned()
    refused = BadRequest("a", "b", "stream_options: not permitted")
    assert make(learned).after(refused) is None
    assert learned.dialect == Dialect(usage=False)
    with pytest.raises(BadRequest):
        make(learned).after(refused)


def test_other_errors_are_raised_at_once() -> None:
    for error in (BadRequest("a", "b", "temperature"), ServerFailed("a", "b"), EndpointError("a", "b")):
        with pytest.raises(EndpointError) as raised:
            make().after(error)
        assert raised.value is error


def test_a_wait_is_as_long_as_the_server_says_and_counts_the_next_attempt() -> None:
    tries = make()
    assert tries.after(limited(7.0)) == Waiting("The endpoint is asked too often.", 7.0, 2)
    assert tries.after(loading(1.0)) == Waiting("The model is loading.", 1.0, 3)
    assert tries.attempt == 3


def test_a_model_that_loads_is_waited_for_with_growing_pauses_until_patience_ends() -> None:
    found = waits(make(), loading())
    assert found[:4] == [2.0, 3.0, 4.5, 6.75]
    assert found[-1] == 10.0
    assert 590 <= sum(each or 0 for each in found) <= 600


def test_a_rate_limit_that_does_not_say_how_long_is_waited_out_three_times() -> None:
    assert len(waits(make(), limited())) == 3


def test_a_single_wait_that_is_too_long_is_not_waited() -> None:
    assert waits(make(), limited(121.0)) == []
    assert waits(make(), loading(121.0)) == []


def test_all_waits_together_have_an_end_also_where_the_server_says_at_once() -> None:
    assert waits(make(), limited(100.0)) == [100.0] * 6
    at_once = waits(make(patience=Patience(in_all=1.0)), limited(0.0))
    assert at_once[0] == 0.0
    assert 15 < len(at_once) < 25
