"""After this error: is it sent again, where to, how, and after how long?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from playground.core.endpoint import Endpoint
from playground.core.errors import (
    BadRequest,
    ConnectionBroke,
    EndpointError,
    Loading,
    PathNotFound,
    RateLimited,
    Refused,
    ServerFailed,
    Unreachable,
    Waking,
)
from playground.core.events import Adapted, Waiting
from playground.core.learning import Learned
from playground.core.parameter import Json
from playground.core.params import Params
from playground.core.payload import Dialect, body
from playground.core.refusals import waking
from playground.core.run import Message, Request
from playground.core.tries import MOST_CHANGES, Patience, Tries

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


REQUEST = Request(Endpoint("test", BASE), (Message("user", "hi"),), model="m", params=Params(top_k=1, seed=2))


def send(tries: Tries, request: Request = REQUEST, model: str = "m") -> dict[str, object]:
    """What goes out next."""
    asked = tries.asks(request, model, 0.0)
    sent = body(asked.request, model=model, dialect=asked.dialect, mode=asked.mode)
    tries.sends(sent)
    return sent


def refused(said: str, status: int = 400) -> BadRequest:
    return BadRequest("a", "b", said, status=status)


def test_a_refused_field_is_left_out_and_that_is_kept_once_the_endpoint_answers() -> None:
    learned = Learned()
    tries = make(learned)
    for said in ("stream_options: not permitted", "top_k is not supported"):
        send(tries)
        assert tries.after(refused(said)) is None
    assert learned.dialect("m", 0.0) == Dialect()
    assert set(send(tries)) == {"model", "messages", "stream", "seed"}
    assert [(note.what, note.said) for note in tries.works()] == [
        ("stream_options", "stream_options: not permitted"),
        ("top_k", "top_k is not supported"),
    ]
    assert learned.dialect("m", 0.0) == Dialect(usage=False, refused=frozenset({"top_k"}))
    assert tries.attempt == 1
    later = make(learned)
    assert set(send(later)) == {"model", "messages", "stream", "seed"}
    assert later.works() == (Adapted("top_k", tries.works()[1].why),)


def test_one_thing_is_changed_once() -> None:
    tries = make()
    send(tries)
    assert tries.after(refused("top_k is not supported")) is None
    with pytest.raises(BadRequest):
        # Not sent again: the body is still the old one, as where a server names what did not come.
        tries.after(refused("top_k is not supported"))


def test_of_any_number_of_things_only_so_many_are_changed() -> None:
    names = [f"field_{number}" for number in range(MOST_CHANGES + 1)]
    extra = Params(extra=Json.of(dict.fromkeys(names, 1)))
    tries = make()
    for name in names[:-1]:
        send(tries, replace(REQUEST, params=extra))
        assert tries.after(refused(f"{name} is not supported")) is None
    send(tries, replace(REQUEST, params=extra))
    with pytest.raises(BadRequest):
        tries.after(refused(f"{names[-1]} is not supported"))


def test_what_was_changed_for_one_model_is_not_for_another() -> None:
    tries = make()
    send(tries)
    tries.after(refused("top_k is not supported"))
    assert "top_k" in send(tries, model="other")
    assert tries.works() == ()


def test_before_anything_was_sent_nothing_is_adapted() -> None:
    tries = make()
    tries.sends({})
    error = refused("top_k is not supported")
    with pytest.raises(BadRequest) as raised:
        tries.after(error)
    assert raised.value is error
    assert tries.works() == ()


def test_a_refusal_of_a_value_is_explained() -> None:
    tries = make()
    send(tries)
    with pytest.raises(BadRequest) as raised:
        tries.after(refused("top_k must be at least 5"))
    assert "Top-k" in raised.value.what


NO_CHAT, NO_COMPLETION = "The model does not support Chat Completions API", "The model does not support Completions API"


def test_the_other_route_is_tried_once_and_if_that_is_refused_the_first_refusal_is_shown() -> None:
    tries = make()
    assert "messages" in send(tries)
    first = refused(NO_CHAT)
    assert tries.after(first) is None
    assert "prompt" in send(tries)
    with pytest.raises(BadRequest) as raised:
        tries.after(refused(NO_COMPLETION))
    assert raised.value is first
    with pytest.raises(BadRequest) as raised:
        tries.after(refused("top_k must be at least 5"))
    assert "Top-k" in raised.value.what


def test_a_route_that_is_not_there_and_says_why_is_not_looked_for_at_another_address() -> None:
    tries = make()
    send(tries)
    assert tries.after(PathNotFound("a", "b", "This is not a chat model.", status=404)) is None
    assert (tries.base_url, "prompt" in send(tries)) == (f"{BASE}/v1", True)


def test_where_no_address_has_the_route_the_other_one_is_tried_at_each() -> None:
    tries = make()
    gone = [PathNotFound(str(number), "b", status=404) for number in range(4)]
    asked = []
    for error in gone[:3]:
        asked.append((tries.base_url, "prompt" in send(tries)))
        assert tries.after(error) is None
    asked.append((tries.base_url, "prompt" in send(tries)))
    assert asked == [(f"{BASE}/v1", False), (BASE, False), (f"{BASE}/v1", True), (BASE, True)]
    with pytest.raises(PathNotFound) as raised:
        tries.after(gone[3])
    assert raised.value is gone[0]


def test_a_route_that_was_refused_in_words_says_so_where_the_other_is_not_there() -> None:
    tries = make(Learned(base_url=f"{BASE}/v1"))
    send(tries)
    first = refused(NO_CHAT)
    tries.after(first)
    send(tries)
    tries.after(PathNotFound("gone", "b", status=404))
    send(tries)
    with pytest.raises(BadRequest) as raised:
        tries.after(PathNotFound("gone", "b", status=404))
    assert raised.value is first


@pytest.mark.parametrize(
    ("request_", "mode"),
    [
        (REQUEST, "chat"),
        (replace(REQUEST, mode="completion"), "completion"),
        (replace(REQUEST, mode="completion", params=Params(mode="chat")), "chat"),
        (replace(REQUEST, mode="completion", continue_by="trailing_assistant"), "chat"),
    ],
)
def test_what_is_chosen_counts_before_what_is_found_and_that_before_what_is_told(request_: Request, mode: str) -> None:
    assert make().asks(request_, "m", 0.0).mode == mode
    learned = Learned()
    learned.learn("m", {"mode": "completion"}, 0.0)
    free = request_.params.mode is None and request_.continue_by is None
    assert make(learned).asks(request_, "m", 0.0).mode == ("completion" if free else "chat")


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
    # A model that loads says how long it takes, and is waited for as long as there is patience at all.
    assert waits(make(patience=Patience(wake=300.0)), loading(121.0)) == [121.0, 121.0]


def test_all_waits_together_have_an_end_also_where_the_server_says_at_once() -> None:
    assert waits(make(), limited(100.0)) == [100.0] * 6
    at_once = waits(make(patience=Patience(in_all=1.0)), limited(0.0))
    assert at_once[0] == 0.0
    assert 15 < len(at_once) < 25


def test_an_endpoint_at_zero_is_waited_for_in_its_own_words() -> None:
    tries = make()
    assert tries.after(waking(later=5.0)) == Waiting("The model is waking up.", 5.0, 2)
    # Until it is up, anything may come of a gateway: a bare status, a connection that breaks, or none.
    for error in (
        ServerFailed("a", "b", status=502),
        ConnectionBroke("a", "b"),
        Refused("a", "b"),
        Unreachable("a", "b"),
    ):
        wait = tries.after(error)
        assert wait is not None and wait.why == "The model is waking up."
    with pytest.raises(ServerFailed):
        tries.after(ServerFailed("a", "b", status=500))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_bare_status_is_a_wait_only_where_the_endpoint_is_known_to_sleep(status: int) -> None:
    error = ServerFailed("a", "b", status=status)
    with pytest.raises(ServerFailed):
        make().after(error)
    wait = make().after(error, sleeps=True)
    assert wait is not None and wait.why == "The model is waking up."
    with pytest.raises(Refused):
        make().after(Refused("a", "b"), sleeps=True)


def test_a_dropped_connection_is_tried_at_once_and_then_waited_for_where_the_endpoint_sleeps() -> None:
    tries = make()
    assert tries.after_drop(ConnectionBroke("a", "b"), sleeps=True) is None
    wait = tries.after_drop(ConnectionBroke("a", "b"), sleeps=True)
    assert wait is not None and wait.attempt == 3


def test_time_that_a_gateway_held_a_request_counts_as_waited() -> None:
    tries = make(patience=Patience(wake=100.0))
    tries.at(1000.0)
    assert tries.after(waking(later=1.0)) is not None
    tries.at(1098.0)
    assert tries.after(waking(later=1.0)) is not None
    tries.at(1100.0)
    with pytest.raises(Waking):
        tries.after(waking(later=1.0))


def test_without_patience_nothing_is_waited_for() -> None:
    with pytest.raises(Loading):
        make(patience=Patience(wake=0.0)).after(loading(1.0))
