"""What was measured of an endpoint, kept: the last quarter of an hour in full, and a day by the minute.

Bounded: at most 900 rows and 1,440 minutes for each source, in numbers of four bytes; under 1 MB for each of an
endpoint's two sources. What was not measured is NaN inside, and None outside.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.core.metric_spread import Spread
from playground.core.metric_table import QUANTILES, Plot, Source, plots

Window = Literal["15m", "24h"]
SECONDS: Mapping[Window, float] = {"15m": 900.0, "24h": 86400.0}
MINUTE = 60.0
# Whatever the step, no more than these are kept of the quarter of an hour.
MOST_ROWS = 901
_NONE = math.nan
# The largest number that four bytes can hold; beyond it nothing is measured, somebody only says so.
_MOST = 3.4028234e38
# Times are told with two digits.
_ROUNDED = 0.005


@dataclass(frozen=True, slots=True)
class Row:
    """`at`: wall-clock seconds; of a minute, its beginning. `values`: by column, and of a minute then all the least and
    all the greatest ones, in one array: each would have its own cost. `over`: a bit for each column whose value is only
    known to be more."""

    at: float
    values: array[float]
    over: int = 0


@dataclass(slots=True)
class _Minute:
    """One that is under way."""

    at: float
    columns: int
    spreads: dict[str, Spread] = field(default_factory=dict)
    sums: list[float] = field(init=False)
    counts: list[int] = field(init=False)
    low: list[float] = field(init=False)
    high: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.sums, self.counts = [0.0] * self.columns, [0] * self.columns
        self.low, self.high = [math.inf] * self.columns, [-math.inf] * self.columns

    def add(self, column: int, value: float) -> None:
        self.sums[column] += value
        self.counts[column] += 1
        self.low[column] = min(self.low[column], value)
        self.high[column] = max(self.high[column], value)


class History:
    """Of one source of one endpoint. `every`: seconds between two rows, as a rule."""

    def __init__(self, source: Source, every: float) -> None:
        self.plots: tuple[Plot, ...] = plots(source)
        self.columns: tuple[str, ...] = tuple(column for plot in self.plots for column in plot.columns)
        self._place = {column: place for place, column in enumerate(self.columns)}
        self._rows: deque[Row] = deque(maxlen=min(MOST_ROWS, math.ceil(SECONDS["15m"] / every) + 1))
        self._minutes: deque[Row] = deque(maxlen=int(SECONDS["24h"] / MINUTE))
        self._minute: _Minute | None = None

    def add(self, at: float, values: Mapping[str, float], spreads: Mapping[str, Spread]) -> None:
        """A row: values by column, spreads by plot. An empty one is a gap, as where a look failed. What is no number
        that can be kept counts as not measured."""
        minute = self._at(at)
        row = array("f", [_NONE]) * len(self.columns)
        for column, value in values.items():
            place = self._place[column]
            if _fits(value):
                row[place] = value
                minute.add(place, value)
        for plot, spread in spreads.items():
            known = minute.spreads.get(plot)
            minute.spreads[plot] = spread if known is None else known.plus(spread)
        self._rows.append(Row(at, row, self._put_quantiles(row, spreads)))

    def rows(self, window: Window, since: float, now: float) -> Sequence[Row]:
        """Those after `since`, oldest first. Minutes: from `since` on, as the last one is under way: it is told as far
        as it has come, and again."""
        begin = now - SECONDS[window]
        if window == "15m":
            return [row for row in self._rows if row.at >= begin and row.at > since + _ROUNDED]
        rows = [row for row in self._minutes if row.at >= max(begin, since)]
        return [*rows, self._closed(self._minute)] if self._minute is not None else rows

    def told(self, window: Window, since: float, now: float, columns: Sequence[str]) -> dict[str, Any]:
        """The rows as columns, for these columns: `{"at": […], "lines": {column: […]}, "over": {column: [place, …]}}`,
        and `low` and `high` like `lines` for a day. Four digits are enough for a plot."""
        rows = self.rows(window, since, now)
        said: dict[str, Any] = {"at": [round(row.at, 2) for row in rows]}
        said["lines"] = {name: [_digits(row.values[self._place[name]]) for row in rows] for name in columns}
        if window == "24h":
            gauged = [name for plot in self.plots if not plot.quantiles for name in plot.columns if name in columns]
            for end, skip in (("low", len(self.columns)), ("high", 2 * len(self.columns))):
                said[end] = {name: [_digits(row.values[skip + self._place[name]]) for row in rows] for name in gauged}
        over = {name: [n for n, row in enumerate(rows) if row.over >> self._place[name] & 1] for name in columns}
        said["over"] = {name: places for name, places in over.items() if places}
        return said

    def _at(self, at: float) -> _Minute:
        """The minute that a time falls into, the one before it put away."""
        begin = at // MINUTE * MINUTE
        if self._minute is None or self._minute.at != begin:
            if self._minute is not None:
                self._minutes.append(self._closed(self._minute))
            self._minute = _Minute(begin, len(self.columns))
        return self._minute

    def _closed(self, minute: _Minute) -> Row:
        mean = (total / count if count else _NONE for total, count in zip(minute.sums, minute.counts, strict=True))
        ends = (_NONE if math.isinf(end) else end for end in (*minute.low, *minute.high))
        values = array("f", [*mean, *ends])
        return Row(minute.at, values, self._put_quantiles(values, minute.spreads))

    def _put_quantiles(self, row: array[float], spreads: Mapping[str, Spread]) -> int:
        """A minute's are those of all that it has, not the mean of its rows' ones."""
        over = 0
        for plot, spread in spreads.items():
            for name, part in QUANTILES.items():
                place = self._place[f"{plot}.{name}"]
                found = spread.quantile(part)
                if found is not None and _fits(found.value):
                    row[place] = found.value
                    over |= found.over << place
        return over


def _fits(value: float) -> bool:
    return abs(value) <= _MOST


def _digits(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.4g}")
