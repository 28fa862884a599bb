"""Measures the app beside plain Chainlit, a bare page and llama.cpp's own, in Chromium, and writes bench/RESULTS.md.

make bench                                  the whole table, under 20 minutes
make bench-quick                            the main rows, under 2 minutes, printed only
make bench ARGS="--only burst --runs 3 --pages ours,floor"      what is named; printed only
make bench ARGS=--first-run                 from a fresh clone to an answer; prints its figures, installs packages

Everything is on loopback (but for what --first-run installs), each wait has a limit, and no time is asserted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

# Started by its path, so that only bench/ is where modules are looked for.
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import first_run, results
from bench.cases import CASES, Case
from bench.pages import CLOSING
from bench.rows import PAGES
from bench.stand import Stand
from tests.e2e.conftest import ROOT

# Seconds after which the whole run is given up: no wait in a page that hangs has an end of its own.
LIMIT = 2400
# Figures by row and page, as they come.
Figures = defaultdict[str, defaultdict[str, list[float]]]


def options(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="bench/run.py"
    )
    cases = [case.key for case in CASES]
    parser.add_argument("--quick", action="store_true", help="the main rows, in under two minutes")
    parser.add_argument("--only", type=_names(cases), default=cases, help=f"cases: {','.join(cases)}")
    parser.add_argument("--pages", type=_names(PAGES), default=list(PAGES), help=f"pages: {','.join(PAGES)}")
    parser.add_argument("--runs", type=int, help="runs of each case at most, instead of the table's")
    parser.add_argument("--scale", type=float, default=1, help="part of the tokens, turns and sessions (default: all)")
    parser.add_argument("--first-run", action="store_true", help="measure a fresh clone instead")
    parser.add_argument("--out", type=Path, help="file to write (default: bench/RESULTS.md of a whole run, else none)")
    return parser.parse_args(argv)


def main() -> None:
    asked = options()
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(LIMIT)
    busy = os.getloadavg()[0]
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))
        stand = Stand(stack.enter_context(sync_playwright()).chromium, folder, stack, asked.scale)
        if asked.first_run:
            for what, seconds in first_run.measure(stand.browser(), folder).items():
                print(f"{what}: {seconds:.1f} s")
            return
        cases = [case for case in CASES if case.key in asked.only]
        figures = measure(stand, cases, asked.pages, quick=asked.quick, most=asked.runs)
        if out := asked.out or (ROOT / "bench" / "RESULTS.md" if _whole(asked) else None):
            results.write(out, figures, stand.browser().version, busy, CLOSING, ROOT / "bench" / "NOTES.md")
    print(results.table(figures))
    print(f"took {time.monotonic() - began:.0f} s")


def measure(
    stand: Stand, cases: Sequence[Case], pages: Sequence[str], *, quick: bool = False, most: int | None = None
) -> Figures:
    """All runs of the cases for the pages, interleaved: `most` runs of each, else what the cases say."""
    figures: Figures = defaultdict(lambda: defaultdict(list))
    often = {case.key: _often(case, pages, quick, most) for case in cases}
    for run in range(max((n for runs in often.values() for n in runs.values()), default=0)):
        for case in cases:
            # Forth and back, so that what a page leaves behind does not always meet the same one.
            due = [page for page in pages if run < often[case.key].get(page, 0)]
            for page in due if run % 2 == 0 else reversed(due):
                began = time.monotonic()
                for row, value in case.measure(stand, page).items():
                    if value is not None:
                        figures[row][page].append(value)
                took = time.monotonic() - began
                print(f"{case.key}, {page}, run {run + 1}: {took:.0f} s", file=sys.stderr, flush=True)
    for page, first in stand.firsts().items():
        figures["request_first"][page].append(first)
    return figures


def _often(case: Case, pages: Sequence[str], quick: bool, most: int | None) -> Mapping[str, int]:
    runs = case.quick if quick else case.runs
    return {page: runs[page] if most is None else most for page in pages if page in runs}


def _whole(asked: argparse.Namespace) -> bool:
    """Whether nothing was asked to be left out."""
    plain = options([])
    return all(getattr(asked, name) == getattr(plain, name) for name in ("quick", "only", "pages", "runs", "scale"))


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := set(chosen) - set(known):
            raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return [each for each in known if each in chosen]

    return names


def _give_up(*_: object) -> None:
    raise TimeoutError(f"not finished after {LIMIT} s")


if __name__ == "__main__":
    main()
