"""The rows of the table, and what each must reach: the one place where a figure has its words and its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

OURS, PLAIN, FLOOR, LLAMA = "ours", "plain", "floor", "llama.cpp"
PAGES = (OURS, PLAIN, FLOOR, LLAMA)
# How each is called in the table.
TITLES = {OURS: "ours", PLAIN: "plain", FLOOR: "floor", LLAMA: "llama.cpp's UI"}
# Figures by row and page, of all runs.
Figures = Mapping[str, Mapping[str, Sequence[float]]]
Outcome = Literal["reached", "missed", "not measured"]

# Turns of 500 tokens on the page before the rows "after …".
HISTORY = (20, 100)
# What is open beside the chat in the rows "with …": nothing, or a panel.
BESIDE = {
    "none": "nothing",
    "details": "the details",
    "metrics": "the metrics",
    "logs": "the logs",
    "answer": "an answer's details",
}
# The same while lines are written to a file. They cost the machine something also where nobody reads them, so logs that
# flood are compared with that.
FLOODED = {
    "written": "nothing, and 50,000 lines a second written to a file that nobody reads,",
    "flood": "the logs, and 50,000 lines a second written to them,",
}
# How much more lateness a panel may cost.
WITH_A_PANEL = 1.15
# What two runs of the same page differ by: nearer than this is level.
LEVEL = 1.1
# What 80 ms were of llama.cpp's page on the machine on which that target was set.
PAINTED = 0.8
# In place of "at most this many times": less than the other.
AHEAD = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the table; in milliseconds, unless its unit says other."""

    key: str
    label: str
    unit: Literal["ms", "MB", ""] = "ms"


@dataclass(frozen=True, slots=True)
class Against:
    """At most `limit` times another figure: that of a page in the same row, or of ours in another row, which `words`
    name."""

    limit: float
    page: str = OURS
    row: str | None = None
    words: str = ""

    @property
    def label(self) -> str:
        other = self.words or TITLES[self.page]
        if self.limit == AHEAD:
            return f"ahead of {other}"
        return f"level with {other}" if self.limit == LEVEL else f"≤ {self.limit:g}× {other}"

    def ratio(self, row: str, figures: Figures) -> float | None:
        """Ours to the other; None where one of them was not measured."""
        ours = figures.get(row, {}).get(OURS, ())
        other = figures.get(self.row or row, {}).get(self.page, ())
        return median(ours) / median(other) if ours and other and median(other) > 0 else None

    def holds(self, ratio: float) -> bool:
        return ratio < 1 if self.limit == AHEAD else ratio <= self.limit


@dataclass(frozen=True, slots=True)
class Target:
    """What ours must reach in a row. Where ratios and the limit disagree, the ratios count: machines differ."""

    row: str
    limit: float | None = None
    ratios: tuple[Against, ...] = ()

    def outcome(self, figures: Figures) -> Outcome:
        ours = figures.get(self.row, {}).get(OURS, ())
        ratios = [(each, each.ratio(self.row, figures)) for each in self.ratios]
        known = [each.holds(ratio) for each, ratio in ratios if ratio is not None]
        if not ours or (not known and self.limit is None):
            return "not measured"
        reached = all(known) if known else self.limit is not None and median(ours) <= self.limit
        return "reached" if reached else "missed"


_AFTER_HISTORY = {
    "request": "Enter to the request at the endpoint",
    "burst_first_painted": "2,000 tokens at once: first token, painted",
    "burst_last": "2,000 tokens at once: last token",
    "rate_last": "1,000 tokens at 100 a second: last token",
    "rate_browser": "1,000 tokens at 100 a second: browser CPU",
}
_BESIDE_ROWS = {
    "again_burst_last": "2,000 tokens at once: last token",
    "rate_half": "100 tokens at 100 a second: median of all tokens",
    "rate_p95": "100 tokens at 100 a second: 95th percentile of all tokens",
    "rate_server": "100 tokens at 100 a second: server CPU",
    "rate_browser": "100 tokens at 100 a second: browser CPU",
}
ROWS = (
    Row("start", "Process start to its health route (plain: an empty app)"),
    Row("memory", "Resident memory then", "MB"),
    Row("cold", "Page with empty caches to a usable composer"),
    Row("warm", "The same page a second time"),
    Row("cold_server", "Page with empty caches: server CPU"),
    Row("outside", "Page with empty caches: requests to other hosts", ""),
    Row("request_first", "Enter to the request at the endpoint: first one after the start"),
    Row("request", "Enter to the request at the endpoint: any other"),
    Row("burst_first", "2,000 tokens at once: first token"),
    Row("burst_first_painted", "2,000 tokens at once: first token, painted"),
    Row("burst_last", "2,000 tokens at once: last token"),
    Row("burst_last_painted", "2,000 tokens at once: last token, painted"),
    Row("burst_server", "2,000 tokens at once: server CPU"),
    Row("burst_browser", "2,000 tokens at once: browser CPU"),
    Row("burst_tasks", "2,000 tokens at once: tasks over 50 ms", ""),
    Row("again_burst_first_painted", "The same on a page with an answer before it: first token, painted"),
    Row("again_burst_last", "The same on a page with an answer before it: last token"),
    Row("rate_first", "1,000 tokens at 100 a second: first token"),
    Row("rate_last", "1,000 tokens at 100 a second: last token"),
    Row("rate_half", "1,000 tokens at 100 a second: median of all tokens"),
    Row("rate_p95", "1,000 tokens at 100 a second: 95th percentile of all tokens"),
    Row("rate_server", "1,000 tokens at 100 a second: server CPU"),
    Row("rate_browser", "1,000 tokens at 100 a second: browser CPU"),
    Row("rate_tasks", "1,000 tokens at 100 a second: tasks over 50 ms", ""),
    Row("typing_p95", "Typing at 100 tokens a second: from a key to its character, 95th percentile"),
    Row("typing_keys", "The same: keys", ""),
    Row("long_last", "6,000 tokens at 200 a second: last token"),
    Row("long_task", "6,000 tokens at 200 a second: longest task (0: none over 50 ms)"),
    Row("long_tasks", "6,000 tokens at 200 a second: tasks over 50 ms", ""),
    *(
        Row(f"after_{turns}_{key}", f"After {turns} turns of 500 tokens: {label[0].lower()}{label[1:]}")
        for turns in HISTORY
        for key, label in _AFTER_HISTORY.items()
    ),
    *(
        Row(f"open_{panel}", f"Opening {words} beside the chat, until it says something")
        for panel, words in BESIDE.items()
        if panel != "none"
    ),
    *(
        Row(f"with_{beside}_{key}", f"With {words} beside the chat: {label}")
        for key, label in _BESIDE_ROWS.items()
        for beside, words in (BESIDE | FLOODED).items()
    ),
    Row("search_plain", "The longest of the server's answers to a search in 200,000 lines of a log: plain text"),
    Row("search_regex", "The longest of the server's answers to a search in 200,000 lines of a log: an expression"),
    Row("sessions_half", "50 sessions at 50 tokens a second: median of lateness"),
    Row("sessions_p99", "50 sessions at 50 tokens a second: 99th percentile of lateness"),
)  # fmt: skip
TARGETS = (
    Target("start", None, (Against(0.75, PLAIN),)),
    Target("memory", 95),
    Target("cold", 1500),
    Target("warm", 1300),
    Target("cold_server", 50),
    Target("outside", 0),
    Target("request", 20),
    Target("burst_first_painted", 80, (Against(PAINTED, LLAMA),)),
    Target("burst_last", 60, (Against(3.5, FLOOR), Against(AHEAD, LLAMA))),
    Target("again_burst_first_painted", 80, (Against(PAINTED, LLAMA),)),
    Target("again_burst_last", 60, (Against(3.5, FLOOR), Against(AHEAD, LLAMA))),
    Target("burst_server", 15),
    Target("rate_last", 10, (Against(LEVEL, LLAMA),)),
    Target("rate_browser", None, (Against(0.7, LLAMA), Against(1.3, FLOOR))),
    *(
        Target(f"after_{turns}_{key}", None, (Against(1.5, OURS, key, "on an empty page"),))
        for turns in HISTORY
        for key in _AFTER_HISTORY
    ),
    *(Target(f"open_{panel}", 200) for panel in BESIDE if panel != "none"),
    *(
        Target(f"with_{beside}_{key}", None, (Against(WITH_A_PANEL, OURS, f"with_{other}_{key}", "without it"),))
        for key in ("again_burst_last", "rate_half")
        for beside, other in [*((panel, "none") for panel in BESIDE if panel != "none"), ("flood", "written")]
    ),
    Target("search_plain", 100),
    Target("search_regex", 100),
    Target("typing_p95", 30),
    Target("long_last", 100),
    Target("long_task", 100),
    Target("sessions_p99", 100),
)  # fmt: skip
