"""What is kept of measurements, and what of it is told."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from playground.core.metric_history import History
from playground.core.metric_spread import Buckets, Samples

INF = float("inf")
COLUMNS = ("requests.running", "ttft.p50", "ttft.p99")


def filled(*values: float, begin: float = 6000.0, every: float = 2.0) -> History:
    made = History("server", every)
    for number, value in enumerate(values):
        made.add(begin + number * every, {"requests.running": value}, {})
    return made


def test_rows_are_told_by_column_and_what_was_not_measured_is_none() -> None:
    made = filled(1, 2)
    made.add(6004, {}, {})
    made.add(6006, {"requests.running": 1234.567}, {"ttft": Samples((0.1, 0.3))})
    told = made.told("15m", 0, 6010, COLUMNS)
    assert told["at"] == [6000, 6002, 6004, 6006]
    assert told["lines"]["requests.running"] == [1, 2, None, 1235]
    assert told["lines"]["ttft.p50"] == [None, None, None, 0.2]
    assert told["over"] == {} and "low" not in told


def test_only_what_is_new_is_told() -> None:
    made = filled(1, 2, 3)
    assert made.told("15m", 6002, 6010, COLUMNS)["at"] == [6004]
    assert made.told("15m", 6004, 6010, COLUMNS)["at"] == []
    assert made.told("15m", 0, 6903, COLUMNS)["at"] == [6004]


def test_a_minute_has_the_mean_the_least_and_the_most_and_is_told_as_far_as_it_has_come() -> None:
    made = filled(*range(31))
    made.add(6064, {}, {})
    told = made.told("24h", 0, 6100, COLUMNS)
    assert told["at"] == [6000, 6060]
    assert told["lines"]["requests.running"] == [14.5, 30]
    assert told["low"] == {"requests.running": [0, 30]} and told["high"] == {"requests.running": [29, 30]}
    # The one under way comes again, with what it has meanwhile; the one before does not.
    made.add(6066, {"requests.running": 40}, {})
    told = made.told("24h", 6060, 6100, COLUMNS)
    assert (told["at"], told["lines"]["requests.running"]) == ([6060], [35])
    assert made.told("24h", 0, 6000 + 86500, COLUMNS)["at"] == [6060]


def test_a_minute_of_which_nothing_is_known_is_none() -> None:
    made = History("server", 2)
    assert made.told("24h", 0, 6000, COLUMNS)["at"] == []
    made.add(6000, {}, {})
    told = made.told("24h", 0, 6000, COLUMNS)
    assert told["lines"]["requests.running"] == told["low"]["requests.running"] == [None]


def test_a_minutes_quantiles_are_those_of_all_that_it_had() -> None:
    made = History("server", 2)
    made.add(6000, {}, {"ttft": Samples((1.0,) * 99)})
    made.add(6002, {}, {"ttft": Samples((100.0,))})
    told = made.told("24h", 0, 6010, COLUMNS)
    # The mean of the rows' quantiles would be 50.5.
    assert told["lines"]["ttft.p50"] == [1]
    assert "ttft.p50" not in told["low"]


def test_what_is_only_known_to_be_more_is_told_so() -> None:
    made = History("server", 2)
    made.add(6000, {}, {"ttft": Buckets((1.0, INF), (99.0, 0.0))})
    made.add(6002, {}, {"ttft": Buckets((1.0, INF), (60.0, 40.0))})
    assert made.told("15m", 0, 6010, COLUMNS)["over"] == {"ttft.p99": [1]}
    assert made.told("24h", 0, 6010, COLUMNS)["over"] == {"ttft.p99": [0]}
    assert made.told("15m", 0, 6010, COLUMNS)["lines"]["ttft.p99"] == [0.99, 1]


def test_a_spread_that_counted_nothing_leaves_its_lines_without_a_value() -> None:
    made = History("app", 2)
    made.add(6000, {}, {"ttft": Samples(())})
    assert made.told("15m", 0, 6010, COLUMNS)["lines"]["ttft.p50"] == [None]


@pytest.mark.parametrize("every", [1.0, 2.0])
def test_two_days_of_looks_take_less_than_a_megabyte(every: float) -> None:
    tracemalloc.start()
    try:
        made = History("server", every)
        columns = [column for column in made.columns if not column.startswith(("ttft", "itl", "e2e"))]
        # The rows of the quarter of an hour are full after that; the rest comes by the minute.
        for number in range(2000):
            made.add(number * every, dict.fromkeys(columns, float(number)), {"ttft": Samples((0.1,))})
        for minute in range(2000, 5000):
            made.add(minute * 60.0, dict.fromkeys(columns, float(minute)), {"ttft": Samples((0.1,))})
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 1_000_000
    assert len(made.rows("24h", 0, 5000 * 60.0)) <= 1441


@pytest.mark.parametrize("value", [1e39, -1e39, 3.4028235e38, 1.7e308, INF, float("nan")])
def test_a_number_that_cannot_be_kept_counts_as_not_measured(value: float) -> None:
    made = filled(1)
    made.add(6002, {"requests.running": value}, {"ttft": Samples((abs(value),))})
    for window in ("15m", "24h"):
        json.dumps(made.told(window, 0, 6010, made.columns), allow_nan=False)
    assert made.told("15m", 0, 6010, COLUMNS)["lines"] == {
        "requests.running": [1, None],
        "ttft.p50": [None, None],
        "ttft.p99": [None, None],
    }
    assert made.told("24h", 0, 6010, COLUMNS)["high"]["requests.running"] == [1]


def test_the_largest_numbers_that_can_be_kept_are_told() -> None:
    made = filled(3.4e38, 3.4e38, 3.4e38)
    for window in ("15m", "24h"):
        told = made.told(window, 0, 6010, COLUMNS)
        json.dumps(told, allow_nan=False)
        assert set(told["lines"]["requests.running"]) == {3.4e38}
