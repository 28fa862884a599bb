"""Measures the app beside plain Chainlit and a bare page, in one run, in Chromium, and writes bench/RESULTS.md.

make bench                          five runs, about 6 minutes
make bench ARGS="--runs 1"          a quick look, about 2 minutes
make bench ARGS=--first-run         from a fresh clone to an answer; prints its figures, installs packages

Everything is on loopback (but for what --first-run installs), each wait has a limit, and no time is asserted.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

# Started by its path, so that only bench/ is where modules are looked for.
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import first_run, processes, results
from bench.pages import CLOSING, Seen, ask, opened
from bench.results import FLOOR, OURS, PLAIN
from tests.e2e.conftest import CHROMIUM_ARGS, ROOT, Endpoint, Server

# Seconds after which the whole run is given up: no wait in a page that hangs has an end of its own.
LIMIT = 2400
# Runs of plain at most: it is slow.
PLAIN_RUNS = 3
# The least that `chainlit run` accepts.
EMPTY_APP = "import chainlit\nchainlit.on_message(lambda: None)\n"
# Figures by row and page, as they come.
Figures = defaultdict[str, dict[str, list[float]]]


@dataclass(frozen=True, slots=True)
class Load:
    """What the endpoint is asked to stream, who is asked, and the rows that come of it."""

    load: str
    pages: tuple[str, ...]
    limit: float  # seconds
    rows: Callable[[Seen], dict[str, float | None]]


# The first answer of each process, which pays for what is imported late.
FIRST = Load("emit-0-50", (OURS, PLAIN, FLOOR), 60, lambda s: {"request_first": s.request})
LOADS = (
    Load("emit-0-500", (OURS, PLAIN, FLOOR), 120, lambda s: {
        "burst_500_first": s.first, "burst_500_last": s.last, "burst_500_cpu": s.cpu, "request": s.request}),
    Load("emit-0-2000", (OURS, FLOOR), 60, lambda s: {
        "burst_2000_first": s.first, "burst_2000_last": s.last, "burst_2000_cpu": s.cpu}),
    Load("emit-100-1000", (OURS, PLAIN, FLOOR), 120, lambda s: {"rate_last": s.last}),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="bench/run.py"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each case (default: 5)")
    parser.add_argument("--first-run", action="store_true", help="measure a fresh clone instead")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "RESULTS.md", help="file to write")
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(LIMIT)
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=_chromium(), args=CHROMIUM_ARGS)
        stack.callback(browser.close)
        if options.first_run:
            for what, seconds in first_run.measure(browser, folder).items():
                print(f"{what}: {seconds:.1f} s")
            return
        figures = _measure(browser, folder, options.runs, stack)
        results.write(options.out, figures, browser.version, load, CLOSING)
    print(results.table(figures))


def _give_up(*_: object) -> None:
    raise TimeoutError(f"not finished after {LIMIT} s")


def _chromium() -> str:
    found = subprocess.run(["sh", str(ROOT / "scripts" / "browser.sh")], stdout=subprocess.PIPE, text=True, check=True)
    return found.stdout.strip()


def _measure(browser: Browser, folder: Path, runs: int, stack: ExitStack) -> Figures:
    figures: Figures = defaultdict(lambda: {OURS: [], PLAIN: [], FLOOR: []})
    endpoint = processes.scripted_endpoint(_made(folder / "endpoint"))
    _begin(endpoint, stack)
    _starts(figures, folder, endpoint, runs)
    servers = {
        OURS: processes.ours(_made(folder / "ours"), endpoint),
        PLAIN: processes.plain(_made(folder / "plain"), endpoint),
        FLOOR: processes.floor(_made(folder / "floor"), endpoint),
    }
    for server in servers.values():
        _begin(server, stack)
    for name, server in servers.items():
        with opened(browser, server.url) as (page, _):
            _ask(figures, name, page, server, endpoint, FIRST)
    for run in range(runs):
        # Forth and back, so that what a page leaves behind does not always meet the same one.
        for name in list(servers) if run % 2 == 0 else list(reversed(servers)):
            if name != PLAIN or run < PLAIN_RUNS:
                _pages(figures, browser, name, servers[name], endpoint)
        print(f"pages: run {run + 1} of {runs}", flush=True)
    return figures


def _starts(figures: Figures, folder: Path, endpoint: Endpoint, runs: int) -> None:
    """Starts of the processes, after one of each that does not count: what is written once is there then."""
    empty = folder / "empty.py"
    empty.write_text(EMPTY_APP)
    ours = processes.ours(_made(folder / "start-ours"), endpoint)
    plain = processes.plain(_made(folder / "start-plain"), endpoint)
    plain_empty = processes.plain(_made(folder / "start-empty"), endpoint, empty)
    for run in range(-1, runs):
        taken = [1000 * processes.seconds_to_answer(server) for server in (ours, plain, plain_empty)]
        if run >= 0:
            figures["start"][OURS].append(taken[0])
            figures["start"][PLAIN].append(taken[1])
            figures["start_empty"][OURS].append(taken[0])
            figures["start_empty"][PLAIN].append(taken[2])
            print(f"starts: run {run + 1} of {runs}", flush=True)


def _pages(figures: Figures, browser: Browser, name: str, server: Server, endpoint: Endpoint) -> None:
    for number, load in enumerate(load for load in LOADS if name in load.pages):
        with opened(browser, server.url) as (page, usable):
            if number == 0:
                figures["cold"][name].append(usable)
            _ask(figures, name, page, server, endpoint, load)


def _ask(figures: Figures, name: str, page: Page, server: Server, endpoint: Endpoint, load: Load) -> None:
    for row, value in load.rows(ask(page, server, endpoint, load.load, load.limit)).items():
        if value is not None:
            figures[row][name].append(value)


def _begin(server: Server, stack: ExitStack) -> None:
    stack.callback(server.stop)
    server.start()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
