"""bench/RESULTS.md: the figures as a table, with what machine and versions they are of, and nothing that names it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

OURS, PLAIN, FLOOR = "ours", "plain", "floor"
# Figures by row and page.
Figures = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One case; all figures are milliseconds."""

    key: str
    label: str


ROWS = (
    Row("start", "Process start to its health route"),
    Row("start_empty", "The same, beside `chainlit run` of an empty app"),
    Row("cold", "Page with empty caches to a usable composer"),
    Row("request_first", "Enter to the request at the endpoint: first one after the start"),
    Row("request", "Enter to the request at the endpoint: any other"),
    Row("burst_500_first", "500 tokens at once: first token, lateness"),
    Row("burst_500_last", "500 tokens at once: last token, lateness"),
    Row("burst_500_cpu", "500 tokens at once: server CPU"),
    Row("burst_2000_first", "2,000 tokens at once: first token, lateness"),
    Row("burst_2000_last", "2,000 tokens at once: last token, lateness"),
    Row("burst_2000_cpu", "2,000 tokens at once: server CPU"),
    Row("rate_last", "1,000 tokens at 100 a second: last token, lateness"),
)

HEADER = """\
# What was measured

Written by `make bench`; nothing here is asserted by a test. Milliseconds: the median, and in brackets the smallest and
the largest. Lateness is the time from the moment in which the endpoint sent a token to the moment in which the page's
DOM has it. Below 1, a ratio is in our favour.
"""
NOTES = """\
- **Ours**: `python -m playground`. **Plain**: a short Chainlit app that sends each token (`bench/plain.py`), under
  `chainlit run`. **Floor**: a bare page that appends the text to one node (`bench/floor.py`).
- All three on one scripted endpoint over loopback, interleaved in one run, in Chromium, each answer on a page that was
  opened anew with empty caches. The browser resolves no outside name, so that what a page asks of the internet fails at
  once instead of counting.
- Plain is not asked for 2,000 tokens at once: it would be at it for tens of seconds.
- The endpoint notes the time of the last token after writing it and the event that ends the answer: the lateness of
  last tokens is a millisecond or two too small, which on the floor can be less than nothing.
- Server CPU is that of the app's process from before Enter to {closing} ms after the last token.
"""


def table(figures: Figures) -> str:
    lines = [
        "| case | ours | plain | floor | ours / plain | ours / floor | runs |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in ROWS:
        pages = figures.get(row.key, {})
        ours, plain, floor = (pages.get(name, ()) for name in (OURS, PLAIN, FLOOR))
        runs = " / ".join(str(len(each)) for each in (ours, plain, floor) if each)
        cells = (row.label, *map(_shown, (ours, plain, floor)), _ratio(ours, plain), _ratio(ours, floor), runs)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write(file: Path, figures: Figures, chromium: str, load: float, closing: int) -> None:
    """`load`: the machine's before anything was started; `closing`: milliseconds, as in the notes."""
    parts = [HEADER, _surroundings(chromium, load), table(figures), NOTES.format(closing=closing)]
    file.write_text("\n".join(parts), encoding="utf-8")


def _shown(values: Sequence[float]) -> str:
    if not values:
        return "–"
    shown = _number(median(values))
    return shown if len(values) == 1 else f"{shown} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.1f}"


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{median(ours) / median(theirs):.2g}" if ours and theirs and median(theirs) > 0 else "–"


def _surroundings(chromium: str, load: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("chainlit", "openai"))
    return (
        f"- Date: {datetime.now(UTC):%Y-%m-%d}\n"
        f"- Machine: {os.cpu_count()} cores, {_processor()}, {memory:.0f} GiB of memory, {platform.system()}\n"
        f"- Load of other work on it in the minute before: {load:.1f} (figures of a busy machine are worth little)\n"
        f"- Versions: Python {platform.python_version()}, {packages}, Chromium {chromium}\n"
    )


def _processor() -> str:
    """The processor's name as Linux tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
