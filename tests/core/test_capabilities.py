"""Claims about a model, and which of them counts."""

from __future__ import annotations

import itertools

import pytest

from playground.core.capabilities import LABELS, SOLE, UNKNOWN, Ability, Capabilities, Claim, Origin, Scope, only


def claim(ability: Ability, able: bool, origin: Origin = "said", scope: Scope = "model") -> Claim:
    return Claim(ability, able=able, origin=origin, source="somebody", scope=scope)


def test_what_nobody_speaks_of_is_unknown() -> None:
    assert UNKNOWN.of("chat") is None
    assert UNKNOWN.can("chat") is None
    assert UNKNOWN.against("chat") is None
    assert UNKNOWN.sole is None
    assert Capabilities((claim("vision", able=True),)).can("chat") is None


def test_what_was_said_counts_more_than_what_was_tried_and_that_more_than_a_guess() -> None:
    said, tried, guess = claim("tools", True), claim("tools", False, "tried"), claim("tools", True, "guessed")
    for order in itertools.permutations((said, tried, guess)):
        assert Capabilities(order).of("tools") is said
        assert Capabilities(tuple(c for c in order if c is not said)).of("tools") is tried


def test_what_is_about_the_model_counts_more_than_what_is_about_its_server() -> None:
    model, server = claim("chat", False), claim("chat", True, scope="server")
    assert Capabilities((server, model)).can("chat") is False
    assert Capabilities((model, server)).can("chat") is False


def test_among_equals_a_yes_counts_more_than_a_no() -> None:
    assert Capabilities((claim("vision", False), claim("vision", True))).can("vision") is True


def test_a_claim_that_lost_is_kept_where_it_says_the_opposite() -> None:
    said, tried, guess = claim("tools", True), claim("tools", False, "tried"), claim("tools", False, "guessed")
    known = Capabilities((guess, said, tried))
    assert known.against("tools") is tried
    assert Capabilities((said,)).against("tools") is None


def test_a_claim_is_kept_once() -> None:
    known = UNKNOWN.also([claim("chat", True)]).also([claim("chat", True), claim("vision", False)])
    assert known.claims == (claim("chat", True), claim("vision", False))


@pytest.mark.parametrize("ability", list(SOLE))
def test_a_model_that_is_for_something_else_is_known_as_such(ability: Ability) -> None:
    found = Capabilities(only(ability, "said", "a list")).sole
    assert found is not None
    assert found.ability == ability


def test_a_model_that_also_chats_is_not_for_something_else_only() -> None:
    for talk in (claim("chat", True), claim("completion", True)):
        assert Capabilities((claim("embeddings", True), talk)).sole is None
        assert Capabilities((*only("embeddings", "guessed", "its name"), talk)).sole is None


def test_a_guess_that_it_chats_does_not_outweigh_what_is_said() -> None:
    known = Capabilities((*only("embeddings", "said", "a list"), claim("chat", True, "guessed")))
    assert known.sole is not None


def test_an_ability_alone_makes_no_only() -> None:
    assert Capabilities((claim("embeddings", True),)).sole is None
    assert Capabilities((claim("embeddings", False), claim("chat", False))).sole is None


def test_of_several_things_it_could_be_for_the_best_known_counts() -> None:
    known = Capabilities((*only("rerank", "guessed", "its name"), *only("embeddings", "said", "a list")))
    assert known.sole is not None
    assert known.sole.ability == "embeddings"


def test_every_ability_has_a_label() -> None:
    assert set(SOLE) < set(LABELS)
