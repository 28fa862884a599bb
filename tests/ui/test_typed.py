"""Endpoints that visitors have typed: each browser's own, under names nobody can guess, for a while."""

from __future__ import annotations

from playground.core.endpoint import Endpoint
from playground.core.secret import Secret
from playground.ui.typed import MAX_ENDPOINTS, PASTED_SECONDS, TypedEndpoints

KEY = "sk-typed-typed-typed"


def endpoint(url: str = "http://a.example/v1", title: str = "A", key: str = KEY) -> Endpoint:
    return Endpoint("typed", url, key=Secret(key), title=title)


def test_an_endpoint_is_its_browsers_alone_and_its_name_cannot_be_guessed() -> None:
    typed = TypedEndpoints(None)
    one, _ = typed.add("ann", endpoint(), at=1)
    other, _ = typed.add("bob", endpoint(), at=1)
    assert typed.of("ann") == (one,)
    assert typed.has("ann", one.name) and not typed.has("bob", one.name)
    assert one.name != other.name and len(one.name) > 20
    assert typed.of("nobody") == () and not typed.has("nobody", one.name)


def test_the_same_endpoint_typed_again_keeps_its_name_and_takes_the_new_key() -> None:
    typed = TypedEndpoints(None)
    first, _ = typed.add("ann", endpoint(), at=1)
    again, gone = typed.add("ann", endpoint(key="sk-another-another"), at=2)
    assert again.name == first.name and gone is None
    assert typed.of("ann") == (again,) and again.key == Secret("sk-another-another")
    named, _ = typed.add("ann", endpoint(title="Mine"), at=3)
    assert named.name != first.name


def test_the_one_used_longest_ago_goes_where_there_are_too_many() -> None:
    typed = TypedEndpoints(None)
    made = [typed.add("ann", endpoint(f"http://{n}.example"), at=n)[0].name for n in range(MAX_ENDPOINTS)]
    typed.used("ann", made[0], at=1000)
    _, gone = typed.add("ann", endpoint("http://more.example"), at=1001)
    assert gone == made[1]
    assert len(typed.of("ann")) == MAX_ENDPOINTS and typed.has("ann", made[0])


def test_what_was_not_used_for_long_is_swept_and_use_keeps_it() -> None:
    typed = TypedEndpoints(None)
    old, _ = typed.add("ann", endpoint("http://old.example"), at=10)
    used, _ = typed.add("ann", endpoint("http://used.example"), at=10)
    typed.used("ann", used.name, at=60)
    typed.used("ann", "not there", at=60)
    assert typed.sweep(before=50, pasted_before=0) == (old.name,)
    assert typed.of("ann") == (used,)
    assert typed.sweep(before=100, pasted_before=0) == (used.name,)
    assert typed.of("ann") == ()


def test_forgetting_tells_whether_there_was_one() -> None:
    typed = TypedEndpoints(None)
    added, _ = typed.add("ann", endpoint(), at=1)
    assert not typed.forget("bob", added.name)
    assert typed.forget("ann", added.name)
    assert not typed.forget("ann", added.name)


def test_a_pasted_key_waits_for_its_own_browser_and_not_for_ever() -> None:
    typed = TypedEndpoints(None)
    typed.keep_pasted("ann", Secret(KEY), at=100)
    assert typed.pasted("ann", at=100 + PASTED_SECONDS) == Secret(KEY)
    assert typed.pasted("ann", at=101 + PASTED_SECONDS) is None
    assert typed.pasted("bob", at=100) is None
    typed.sweep(before=0, pasted_before=101)
    assert typed.pasted("ann", at=100) is None


def test_nothing_that_is_printed_holds_a_key() -> None:
    typed = TypedEndpoints(None)
    added, _ = typed.add("ann", endpoint(), at=1)
    typed.keep_pasted("ann", Secret(KEY), at=1)
    assert KEY not in repr(added) + repr(typed.of("ann")) + repr(typed._held)
