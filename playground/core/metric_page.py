"""What a Prometheus page says of an endpoint, in the terms of the table: as it stands, and since the last look."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from playground.core.metric_spread import Buckets, buckets, together
from playground.core.metric_table import (
    READINGS,
    SAME_WORK,
    TOTAL_IF_EMPTY,
    Gauge,
    Histogram,
    Rate,
    Reading,
    Share,
    plain,
)

Labels = frozenset[tuple[str, str]]
Sets = Mapping[Labels, float]


@dataclass(frozen=True, slots=True)
class Page:
    """By plain name, and by label set, the values that are read. `at` is seconds of one monotonic clock."""

    at: float
    values: Mapping[str, Sets]


@dataclass(frozen=True, slots=True)
class Read:
    """`values` by column, `spreads` by plot: what could be read. `told`: which of both the page has at all; of those
    nothing may have happened since the last look."""

    values: dict[str, float] = field(default_factory=dict)
    spreads: dict[str, Buckets] = field(default_factory=dict)
    told: frozenset[str] = frozenset()


def page(at: float, samples: Iterable[tuple[str, Mapping[str, str], float]]) -> Page:
    """From a page's lines: a name, its labels and a value each. What is no number is left out."""
    found: dict[str, dict[Labels, float]] = {}
    for name, labels, value in samples:
        if math.isfinite(value):
            sets = found.setdefault(plain(name), {})
            key = frozenset(each for each in labels.items() if each[0] not in SAME_WORK)
            sets[key] = max(value, sets.get(key, value))
    return Page(at, {name: _without_parts(sets) for name, sets in found.items()})


def read(now: Page, before: Page | None) -> Read:
    """What the page says now and, of counters, since the page before. None: nothing can be said of those."""
    made, told = Read(), set()
    for what, readings in READINGS.items():
        reading = next((each for each in readings if _has(now, each)), None)
        if reading is None:
            continue
        told.add(what)
        if isinstance(reading, Histogram):
            spread = _spread(reading.name, now, before)
            if spread is not None:
                made.spreads[what] = spread
        else:
            value = _value(reading, now, before)
            # Numbers that are finite may add up to one that is not.
            if value is not None and math.isfinite(value):
                made.values[what] = value
    return Read(made.values, made.spreads, frozenset(told))


def _without_parts(sets: dict[Labels, float]) -> Sets:
    """Of label sets where one stands for all others: that one."""
    whole = {labels: value for labels, value in sets.items() if (TOTAL_IF_EMPTY, "") in labels}
    return whole or sets


def _names(reading: Reading) -> tuple[str, ...]:
    match reading:
        case Share(part=part, of=of):
            return (*part, *of)
        case Histogram(name=name):
            return (f"{name}_bucket",)
        case _:
            return (reading.name,)


def _has(now: Page, reading: Reading) -> bool:
    return all(plain(name) in now.values for name in _names(reading))


def _value(reading: Gauge | Rate | Share, now: Page, before: Page | None) -> float | None:
    if isinstance(reading, Gauge):
        values = now.values[plain(reading.name)].values()
        total = sum(values)
        return reading.scale * (total if reading.how == "sum" else total / len(values))
    if before is None or now.at <= before.at:
        return None
    if isinstance(reading, Share):
        of = sum(sum(_rises(name, now, before).values()) for name in reading.of)
        part = sum(sum(_rises(name, now, before).values()) for name in reading.part)
        return 100 * min(1.0, part / of) if 0 < of < math.inf else None
    rises = _rises(reading.name, now, before)
    return reading.scale * sum(rises[labels] for labels in rises if _is(labels, reading)) / (now.at - before.at)


def _is(labels: Labels, reading: Rate) -> bool:
    if reading.where is None:
        return True
    label, values = reading.where
    return any((label, value) in labels for value in values)


def _rises(name: str, now: Page, before: Page) -> Sets:
    """How much each counter has risen. One that is lower than before has begun again at 0, with its server; one that is
    new began there."""
    old = before.values.get(plain(name), {})
    rises = {}
    for labels, value in now.values[plain(name)].items():
        was = old.get(labels, 0.0)
        rises[labels] = value - was if value >= was else value
    return rises


def _spread(name: str, now: Page, before: Page | None) -> Buckets | None:
    """What was counted since the page before; None where that was nothing, or no page was before."""
    if before is None:
        return None
    name = f"{name}_bucket"
    old = before.values.get(plain(name), {})
    values = now.values[plain(name)]
    # All buckets of a histogram begin again together: one that happens to be no lower than before counts anew too.
    anew = {_rest(labels) for labels, value in values.items() if value < old.get(labels, 0.0)}
    apart: dict[Labels, list[tuple[float, float]]] = {}
    for labels, value in values.items():
        rest = _rest(labels)
        rise = value if rest in anew else value - old.get(labels, 0.0)
        bound = _bound(labels)
        if bound is not None:
            apart.setdefault(rest, []).append((bound, rise))
    whole = together([made for pairs in apart.values() if (made := buckets(pairs)) is not None])
    return whole if whole is not None and sum(whole.counts) > 0 else None


def _rest(labels: Labels) -> Labels:
    return frozenset(each for each in labels if each[0] != "le")


def _bound(labels: Labels) -> float | None:
    """The bucket's upper end, None where it says none."""
    for label, value in labels:
        if label == "le":
            try:
                bound = float(value)
            except ValueError:
                return None
            return None if math.isnan(bound) else bound
    return None
