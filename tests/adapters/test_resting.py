"""Which endpoints are left alone, and until when."""

from __future__ import annotations

from playground.adapters.resting import Resting


def test_only_one_that_sleeps_and_that_nobody_uses_is_left_alone() -> None:
    resting = Resting(lambda name: name == "sleeper", idle=3600.0)
    assert resting.rests("sleeper") and not resting.rests("other")
    resting.use(None)
    assert resting.rests("sleeper")
    resting.use("sleeper")
    assert not resting.rests("sleeper")
    resting.forget("sleeper")
    assert resting.rests("sleeper")


def test_it_is_in_use_until_the_last_answer_has_ended_and_for_a_while_after_that() -> None:
    at_once, later = (Resting(lambda name: True, idle=idle) for idle in (0.0, 3600.0))
    for resting in (at_once, later):
        resting.began("x")
        resting.began("x")
        resting.ended("x")
        assert not resting.rests("x")
        resting.ended("x")
    assert at_once.rests("x") and not later.rests("x")


def test_a_turn_is_told_once() -> None:
    resting = Resting(lambda name: True, idle=3600.0)
    assert [resting.turned("x"), resting.turned("x")] == [True, False]
    resting.use("x")
    assert [resting.turned("x"), resting.turned("x")] == [True, False]
