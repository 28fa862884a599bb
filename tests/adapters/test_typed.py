"""What visitors have typed: made with the operator's reach, kept for its hours, and nobody else's."""

from __future__ import annotations

import pytest

from playground.adapters.typed import MOST, TypedEndpoints
from playground.core.addresses import Reach
from playground.core.endpoint import Endpoint
from playground.core.errors import Locked, SettingsError
from playground.core.secret import Secret

PUBLIC = Reach(public=True)
HOUR = 3600.0


@pytest.fixture
def typed() -> TypedEndpoints:
    return TypedEndpoints(PUBLIC, hours=2)


def test_what_is_typed_has_the_reach_that_the_operator_allows(typed: TypedEndpoints) -> None:
    endpoint = typed.make(" host.example/v1/ ", " sk-1 ", name=" Mine ", model="m")
    assert endpoint == Endpoint("Mine", "https://host.example/v1", Secret("sk-1"), "m", reach=PUBLIC)
    assert typed.make("host.example:8000").name == "host.example:8000"
    assert typed.make("host.example").key is None


def test_what_is_wrong_is_said(typed: TypedEndpoints) -> None:
    for url, key in (("ftp://host", ""), ("host.example", "sk with space")):
        with pytest.raises(SettingsError):
            typed.make(url, key)


def test_where_the_operator_has_locked_the_app_nothing_can_be_typed_or_kept() -> None:
    locked = TypedEndpoints(None, hours=2)
    with pytest.raises(Locked):
        locked.make("host.example")
    with pytest.raises(ValueError, match="made here"):
        locked.keep("browser", Endpoint("a", "http://a/v1"), 0)


def test_an_endpoint_with_another_reach_is_not_kept(typed: TypedEndpoints) -> None:
    for reach in (None, Reach(public=True, private=True)):
        with pytest.raises(ValueError, match="made here"):
            typed.keep("browser", Endpoint("a", "http://a/v1", reach=reach), 0)


def test_a_browser_has_its_own_and_no_others(typed: TypedEndpoints) -> None:
    endpoint = typed.make("a.example", "sk-1")
    typed.keep("one", endpoint, 0)
    assert typed.use("one", "a.example", 1) is endpoint
    assert typed.use("two", "a.example", 1) is None
    assert (typed.names("one", 1), typed.names("two", 1)) == (("a.example",), ())


def test_a_key_is_forgotten_hours_after_its_last_use(typed: TypedEndpoints) -> None:
    endpoint = typed.make("a.example", "sk-1")
    assert endpoint.key is not None
    typed.keep("one", endpoint, 0)
    assert typed.use("one", "a.example", 1.5 * HOUR) is endpoint
    # To be looked at in a list is no use.
    assert typed.names("one", 3 * HOUR) == ("a.example",)
    typed.sweep(3.5 * HOUR)
    assert endpoint.key.reveal() == ""
    assert typed.use("one", "a.example", 3.5 * HOUR) is None


def test_what_is_typed_again_takes_the_place_of_the_old_one_whose_key_is_forgotten(typed: TypedEndpoints) -> None:
    old, new = typed.make("a.example", "sk-old"), typed.make("a.example", "sk-new")
    assert old.key is not None
    assert new.key is not None
    for endpoint in (old, new, new):
        typed.keep("one", endpoint, 0)
    assert (old.key.reveal(), new.key.reveal()) == ("", "sk-new")
    assert typed.use("one", "a.example", 0) is new


def test_the_one_that_was_not_used_for_longest_goes_where_there_are_too_many(typed: TypedEndpoints) -> None:
    for number in range(MOST + 1):
        typed.keep("one", typed.make("a.example", "sk-1", name=str(number)), number)
        typed.use("one", "0", number)
    assert typed.names("one", MOST) == ("0", *(str(number) for number in range(2, MOST + 1)))


def test_a_browser_that_is_gone_leaves_nothing(typed: TypedEndpoints) -> None:
    made = [typed.make("a.example", "sk-1", name=name) for name in "abc"]
    for endpoint in made:
        typed.keep("one", endpoint, 0)
    typed.drop("one", "a")
    assert typed.names("one", 0) == ("b", "c")
    typed.drop("one")
    typed.drop("one")
    assert typed.names("one", 0) == ()
    assert [endpoint.key.reveal() for endpoint in made if endpoint.key is not None] == ["", "", ""]
