"""The table of figures, and bench/RESULTS.md: with what machine and versions they are of, and nothing that names it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.rows import OURS, PAGES, ROWS, TARGETS, TITLES, Figures, Row, Target

HEADER = """\
# What was measured

Written by `make bench`; no test asserts any of it. Medians, and in brackets the smallest and the largest of all runs.
Figures are milliseconds where nothing else is said. A token's is its lateness: from the moment in which the endpoint
sent it to the moment in which the page's DOM has it, or has painted it where the row says so. CPU is for 1,000 tokens,
and of a cold load for the load.
"""
METHOD = """\
- **Ours**: `python -m playground`. **Plain**: a short Chainlit app that sends each token (`bench/plain.py`), under
  `chainlit run`; for the start, an empty app. **Floor**: a bare page that appends text to one node, once a frame
  (`bench/floor.py`). **llama.cpp's UI**: the page that llama.cpp's server serves, with its questions handed to the same
  endpoint (`bench/llama_ui.py`).
- All on one scripted endpoint over loopback, interleaved in one run, each page in a Chromium of its own, each case on a
  page that was opened anew with empty caches. The browser resolves no outside name, so that what a page asks of the
  internet fails at once instead of counting.
- Painted: a message that was posted in the frame after the change has been taken up.
- Browser CPU: of all processes of that page's Chromium. Server CPU: of the server's process. Both from before Enter to
  {closing} ms after the last token is painted.
- Sessions: a process of its own drives Chainlit's socket protocol (`bench/sessions.py`); the lateness of a token is
  from its sending to the arrival of the event that holds it.
- Where a target has an absolute figure and ratios to the pages beside it, the ratios count: machines differ.
"""


def table(figures: Figures) -> str:
    """The rows that were measured, and how many targets were reached."""
    targets = {target.row: target for target in TARGETS}
    lines = [
        f"| case | {' | '.join(TITLES[page] for page in PAGES)} | must reach | ours | runs |",
        f"|---|{'---:|' * len(PAGES)}---|---|---:|",
        *(_line(row, targets.get(row.key), figures) for row in ROWS if figures.get(row.key)),
    ]
    outcomes = [target.outcome(figures) for target in TARGETS]
    told = [outcome for outcome in outcomes if outcome != "not measured"]
    return "\n".join(lines) + f"\n\n{told.count('reached')} of {len(told)} targets reached.\n"


def write(file: Path, figures: Figures, chromium: str, load: float, closing: int, notes: Path) -> None:
    """`load`: the machine's before anything was started; `closing`: milliseconds; `notes`: what a person wrote."""
    parts = [HEADER, _surroundings(chromium, load), table(figures), METHOD.format(closing=closing)]
    if notes.exists():
        parts.append(notes.read_text(encoding="utf-8"))
    file.write_text("\n".join(parts), encoding="utf-8")


def _line(row: Row, target: Target | None, figures: Figures) -> str:
    pages = figures[row.key]
    unit = f" {row.unit}" if row.unit == "MB" else ""
    cells = [row.label, *(_shown(pages.get(page, ()), unit) for page in PAGES)]
    if target is None:
        cells += ["", ""]
    else:
        cells += [_asked(target, row), f"**{target.outcome(figures)}**{_how(target, figures)}"]
    cells.append(" / ".join(str(len(pages.get(page, ()))) for page in PAGES))
    return f"| {' | '.join(cells)} |"


def _asked(target: Target, row: Row) -> str:
    limit = [] if target.limit is None else [f"≤ {target.limit:,.0f} {row.unit}".rstrip()]
    return ", ".join([*limit, *(each.label for each in target.ratios)])


def _how(target: Target, figures: Figures) -> str:
    """By which ratios, where there are some; and what the absolute limit says, where it says another thing."""

    def said() -> Iterator[str]:
        for each in target.ratios:
            if (ratio := each.ratio(target.row, figures)) is not None:
                yield f"{ratio:.2g}× {each.words or TITLES[each.page]}"
        ours = figures.get(target.row, {}).get(OURS, ())
        if ours and target.limit is not None and target.outcome(figures) == "reached" and median(ours) > target.limit:
            yield "the absolute figure missed"

    return f": {', '.join(told)}" if (told := list(said())) else ""


def _shown(values: Sequence[float], unit: str) -> str:
    if not values:
        return "–"
    shown = _number(median(values)) + unit
    return shown if min(values) == max(values) else f"{shown} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 20 or value == int(value) else f"{value:.1f}"


def _surroundings(chromium: str, load: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("chainlit", "openai", "xllamacpp"))
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
