"""How something is spread, and its quantiles: from a histogram's buckets, or from the values themselves.

Of a histogram it is what Prometheus' `histogram_quantile` gives: the bucket that holds the rank, and within it a
straight line (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

# Values that are kept of one spread at most; of more, the first count.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Quantile:
    """`over`: it lies in the last bucket, which has no end: it is more than `value`, nobody knows by how much."""

    value: float
    over: bool = False


class Spread(Protocol):
    """What has quantiles, and can be put together with more of its kind."""

    def plus(self, more: Self) -> Self:
        """Both together."""
        ...

    def quantile(self, part: float) -> Quantile | None:
        """The value that this part (0 to 1) is not above; None where nothing was counted."""
        ...


@dataclass(frozen=True, slots=True)
class Buckets:
    """`bounds` rise, and the last is infinite; `counts` are those of each bucket alone, not cumulative, and never
    negative."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]

    def plus(self, more: Buckets) -> Buckets:
        """Where their bounds differ, a bucket of either counts at its upper end, in the bounds of both."""
        if self.bounds == more.bounds:
            return Buckets(self.bounds, tuple(a + b for a, b in zip(self.counts, more.counts, strict=True)))
        bounds = sorted({*self.bounds, *more.bounds})
        counts = dict.fromkeys(bounds, 0.0)
        for each in (self, more):
            for bound, count in zip(each.bounds, each.counts, strict=True):
                counts[bound] += count
        return Buckets(tuple(bounds), tuple(counts.values()))

    def quantile(self, part: float) -> Quantile | None:
        total = sum(self.counts)
        if total <= 0 or len(self.bounds) < 2:
            return None
        rank, before, low = part * total, 0.0, min(0.0, self.bounds[0])
        for bound, count in zip(self.bounds[:-1], self.counts[:-1], strict=True):
            if count > 0 and before + count >= rank:
                return Quantile(min(bound, low + (bound - low) * max(0.0, rank - before) / count))
            before += count
            low = bound
        return Quantile(self.bounds[-2], over=True)


@dataclass(frozen=True, slots=True)
class Samples:
    """The values themselves, in any order."""

    values: tuple[float, ...]

    def plus(self, more: Samples) -> Samples:
        return Samples((*self.values, *more.values)[:MOST])

    def quantile(self, part: float) -> Quantile | None:
        """By a straight line between the two values beside the rank."""
        if not self.values:
            return None
        ordered = sorted(self.values)
        at = part * (len(ordered) - 1)
        low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
        return Quantile(min(high, low + (high - low) * (at - math.floor(at))))


def buckets(cumulative: Iterable[tuple[float, float]]) -> Buckets | None:
    """From pairs of a bound and how many were at most that; None without the bucket that holds all.

    A count that is less than the one before it, as when a page is read while it changes, counts as that one.
    """
    ordered = sorted(cumulative)
    if not ordered or not math.isinf(ordered[-1][0]):
        return None
    counts, before = [], 0.0
    for _, count in ordered:
        now = max(before, count)
        counts.append(now - before)
        before = now
    return Buckets(tuple(bound for bound, _ in ordered), tuple(counts))


def together(spreads: Sequence[Buckets]) -> Buckets | None:
    """All of them as one; None where there is none."""
    whole: Buckets | None = None
    for each in spreads:
        whole = each if whole is None else whole.plus(each)
    return whole
