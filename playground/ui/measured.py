"""What the panel of metrics is told of an endpoint: what is new since it asked last, as plain dicts."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, get_args

from playground.adapters.metrics import Metrics
from playground.core.metric_history import SECONDS, Window
from playground.core.metric_states import WORDS
from playground.core.metric_table import Plot, Source, plots

_SOURCES: tuple[Source, ...] = get_args(Source)

GAPS = "The server's page is asked only while somebody has this panel open: a line has a gap where nobody had."
GAPS_HINT = " With metrics_always = true in the settings the whole day is kept."


def told(
    metrics: Metrics, name: str, label: str, body: Mapping[str, Any], now: float, *, operator: bool = False
) -> dict[str, Any]:
    """`{"key", "name", "window", "windows", "now", "every", "page": {"state", "what", "hint"}, "gaps", "missing":
    [title, …], "ends", "sources": [{"source", "plots", "at", "lines", "over", …}, …]}`.

    `windows` are seconds. `gaps`: why minutes may be missing in what the server tells, "" where none should. `body`:
    `window`, and for each source the time of the last row that the page has (`since`, 0 for none), which counts only
    with the `key` that it came with. `operator`: whether it is one who is told, who can change that.
    """
    window: Window = "24h" if body.get("window") == "24h" else "15m"
    key = metrics.key(name)
    since = [_time(body.get("since"), n) if body.get("key") == key else 0.0 for n in range(len(_SOURCES))]
    rows = metrics.window(name, window, (since[0], since[1]), now)
    shown = metrics.told(name)
    words = WORDS[metrics.state(name)]
    there = [plot for plot in plots("server") if shown.intersection(plot.columns)]
    return {
        "key": key,
        "name": label,
        "window": window,
        "windows": SECONDS,
        "now": now,
        "every": metrics.every,
        "page": {"state": metrics.state(name), "what": words.what, "hint": words.hint},
        "gaps": "" if metrics.asks_always(name) else GAPS + (GAPS_HINT if operator else ""),
        "missing": [plot.title for plot in plots("server") if plot not in there] if there else [],
        "ends": metrics.ends(name, now - SECONDS[window]),
        "sources": [
            {"source": source, "plots": [_plot(plot, source, columns) for plot in listed], **row}
            for source, listed, columns, row in zip(
                _SOURCES, (there, plots("app")), (shown, metrics.app(name).columns), rows, strict=True
            )
        ],
    }


def _plot(plot: Plot, source: Source, columns: Collection[str]) -> dict[str, Any]:
    there = [(column, line) for column, line in zip(plot.columns, plot.lines, strict=True) if column in columns]
    return {
        "id": plot.id,
        "title": plot.title,
        "unit": plot.unit,
        "lines": [[column, plot.words(line, source)] for column, line in there],
        "note": plot.note(source),
    }


def _time(since: Any, place: int) -> float:
    """A time that a page names; 0, which is all there is, where it names none."""
    if not isinstance(since, list) or place >= len(since) or not isinstance(since[place], int | float):
        return 0.0
    try:
        time = float(since[place])
    except OverflowError:
        return 0.0
    return time if math.isfinite(time) else 0.0
