"""Quantiles: of buckets as Prometheus takes them, and of values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.core.metric_spread import MOST, Buckets, Quantile, Samples, buckets, together

INF = math.inf
counts = st.lists(st.integers(0, 1000), min_size=2, max_size=12)
parts = st.floats(0, 1)


@st.composite
def spreads(draw: st.DrawFn) -> Buckets:
    ends = draw(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=10, unique=True))
    bounds = (*sorted(ends), INF)
    return Buckets(bounds, tuple(float(draw(st.integers(0, 1000))) for _ in bounds))


def test_the_documented_way_a_straight_line_within_the_bucket_of_the_rank() -> None:
    spread = buckets([(0.5, 11), (0, 6), (1, 14), (INF, 19)])
    assert spread is not None
    # The example of another implementation of `histogram_quantile`: 6 of 19 are at most 0, 11 at most 0.5.
    found = spread.quantile(0.5)
    assert found is not None and found.value == pytest.approx(0.35) and not found.over
    # A first bucket that ends at 0 or below has no beginning: its end counts.
    assert spread.quantile(0.1) == Quantile(0)


def test_what_lies_in_the_last_bucket_is_more_than_the_greatest_bound_that_is_known() -> None:
    spread = Buckets((1, 2, INF), (1, 0, 9))
    assert spread.quantile(0.99) == Quantile(2, over=True)
    assert spread.quantile(0.05) == Quantile(0.5)


@pytest.mark.parametrize("spread", [Buckets((1, INF), (0, 0)), Buckets((INF,), (5,)), Buckets((), ())])
def test_where_nothing_was_counted_or_there_are_no_bounds_nothing_is_known(spread: Buckets) -> None:
    assert spread.quantile(0.5) is None


def test_a_histogram_without_the_bucket_for_all_is_none() -> None:
    assert buckets([]) is None
    assert buckets([(1, 3), (2, 4)]) is None


def test_a_count_below_the_one_before_it_counts_as_that_one() -> None:
    assert buckets([(1, 5), (2, 3), (INF, 6)]) == Buckets((1, 2, INF), (5, 0, 1))


@given(spreads(), parts, parts)
def test_a_greater_part_never_has_a_smaller_quantile(spread: Buckets, one: float, other: float) -> None:
    low, high = spread.quantile(min(one, other)), spread.quantile(max(one, other))
    assert (low is None) == (high is None)
    if low is not None and high is not None:
        assert low.value <= high.value and low.over <= high.over


@given(spreads(), parts)
def test_a_quantile_lies_within_the_bucket_that_holds_its_rank(spread: Buckets, part: float) -> None:
    found = spread.quantile(part)
    total = sum(spread.counts)
    if found is None:
        assert total == 0
        return
    rank, cumulative = part * total, 0.0
    ends = []
    for count in spread.counts:
        cumulative += count
        ends.append(bool(count) and cumulative >= rank)
    place = ends.index(True)
    if found.over:
        assert spread.bounds[place] == INF and found.value == spread.bounds[-2]
    else:
        assert (spread.bounds[place - 1] if place else 0) <= found.value <= spread.bounds[place]


@given(spreads(), spreads())
def test_put_together_nothing_is_lost(one: Buckets, other: Buckets) -> None:
    both = one.plus(other)
    assert sum(both.counts) == sum(one.counts) + sum(other.counts)
    assert list(both.bounds) == sorted({*one.bounds, *other.bounds})
    assert together([one, other]) == both and together([]) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), parts, parts)
def test_values_have_quantiles_between_the_least_and_the_greatest_that_rise(
    values: list[float], one: float, other: float
) -> None:
    spread = Samples(tuple(values))
    low, high = spread.quantile(min(one, other)), spread.quantile(max(one, other))
    assert low is not None and high is not None
    assert min(values) <= low.value <= high.value <= max(values)


def test_values_are_bounded_and_none_have_no_quantile() -> None:
    assert Samples(()).quantile(0.5) is None
    assert Samples((1, 2)).plus(Samples((4,))).quantile(0.5) == Quantile(2)
    many = Samples((1.0,) * MOST)
    assert len(many.plus(many).values) == MOST
