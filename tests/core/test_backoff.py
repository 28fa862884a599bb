"""How the pause between failures grows, and when it starts anew."""

from __future__ import annotations

import pytest

from playground.core.backoff import Backoff


def test_the_pause_doubles_from_one_second_up_to_a_minute() -> None:
    assert [Backoff().pause(failures) for failures in range(1, 10)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_very_long_row_of_failures_still_has_a_pause() -> None:
    assert Backoff().pause(10_000) == 60


@pytest.mark.parametrize(("ran", "expected"), [(0.0, 4), (59.9, 4), (60.0, 1), (3600.0, 1)])
def test_a_run_that_lasted_starts_the_count_anew(ran: float, expected: int) -> None:
    assert Backoff().count(3, ran) == expected
