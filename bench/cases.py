"""The cases: what is done with a page, which rows come of it, and how often it is done for which page."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from statistics import median, quantiles

from bench import processes
from bench.pages import RESTING, Load, Seen, Tab, loads
from bench.rows import BESIDE, FLOODED, FLOOR, HISTORY, LLAMA, OURS, PLAIN
from bench.stand import Stand
from playground.adapters.logs import LOCAL, LogBook
from playground.core.log.search import Wanted
from playground.core.log.window import Asked
from tests.e2e.calm.typing_delay import TYPED, delays, watch_typing
from tests.e2e.conftest import ROOT, environment

# Figures by row; None is no figure.
Found = Mapping[str, float | None]
BURST, RATE, LONG, TURN = Load(0, 2000), Load(100, 1000), Load(200, 6000), Load(0, 500)
SHORT = Load(100, 100)
# Longer than typing the text takes, with so many milliseconds from one key to the next.
TYPED_OVER, KEY_EVERY = Load(100, 600), 40
# Bursts with each thing open in one run, and milliseconds within which each begins: those between two looks of a panel.
IN_TURN, ANY_MOMENT = 3, 500
# Lines of a log that is searched, and what for: as plain text, and as an expression.
LINES = 200_000
QUERIES = (
    ("took 7918 ms", r"took 79\d8 ms"),
    ("nowhere to be found", r"nowhere \w+ (be|is) found"),
    ("request", r"(error|warning).* \d{4} tokens in"),
)
SESSIONS, EACH = 50, Load(50, 500, limit=180)
# What each panel says once it shows what it knows.
LINE = "The model is loaded."
SAYS = {"details": "Summary", "metrics": "From this app", "logs": LINE, "answer": "Time to first token"}
# The least that `chainlit run` accepts.
EMPTY_APP = "import chainlit\nchainlit.on_message(lambda: None)\n"


@dataclass(frozen=True, slots=True)
class Case:
    """`runs`: how often, by page, a page that is not named not at all; `quick`: the same for the short form.

    Where a target compares with a page it has as many runs as ours, and fewer where it is only shown. Plain is slow.
    """

    key: str
    measure: Callable[[Stand, str], Found]
    runs: Mapping[str, int]
    quick: Mapping[str, int]


def start(stand: Stand, name: str) -> Found:
    """Of a process that has been started before: what is written once is there."""
    folder = stand.made(f"start-{name}")
    if name == OURS:
        server = processes.ours(folder, stand.endpoint)
    else:
        empty = folder / "empty.py"
        empty.write_text(EMPTY_APP)
        server = processes.plain(folder, stand.endpoint, empty)
    if not (folder / "log").exists():
        processes.start(server)
    began = processes.start(server)
    return {"start": began.took, "memory": began.memory}


def load(stand: Stand, name: str) -> Found:
    subject = stand.subject(name)
    cold, warm = loads(subject.browser, subject.server, subject.layout)
    return {"cold": cold.usable, "warm": warm.usable, "cold_server": cold.server_cpu, "outside": cold.outside}


def burst(stand: Stand, name: str) -> Found:
    with stand.tab(name) as tab:
        return _burst(tab.ask(stand.load(BURST)))


def again(stand: Stand, name: str) -> Found:
    """The same where the page has drawn an answer before: what a browser does once for a page is done."""
    with stand.tab(name) as tab:
        tab.turn(stand.load(TURN))
        return {f"again_{row}": value for row, value in _burst(tab.ask(stand.load(BURST))).items()}


def rate(stand: Stand, name: str) -> Found:
    with stand.tab(name) as tab:
        return _rate(tab.ask(stand.load(RATE)))


def typing(stand: Stand, name: str) -> Found:
    """What is typed into the composer while an answer comes."""
    load = stand.load(TYPED_OVER)
    with stand.tab(name) as tab:
        composer = tab.page.locator(tab.layout.composer)
        composer.fill(load.question)
        composer.press("Enter")
        tab.page.wait_for_selector(tab.layout.answer)
        watch_typing(tab.page)
        tab.page.keyboard.type(TYPED, delay=KEY_EVERY)
        seen = delays(tab.page)
        tab.page.wait_for_selector(tab.layout.ready, timeout=1000 * load.limit)
    return {"typing_p95": quantiles(seen, n=20)[-1], "typing_keys": len(seen)}


def long(stand: Stand, name: str) -> Found:
    with stand.tab(name) as tab:
        seen = tab.ask(stand.load(LONG))
    return {"long_last": seen.last, "long_task": max(seen.long_tasks, default=0), "long_tasks": len(seen.long_tasks)}


def history(stand: Stand, name: str) -> Found:
    """Burst and rate on a page that holds many turns. What they leave on it counts as turns of the next round."""
    found: dict[str, float | None] = {}
    turn, tokens = stand.load(TURN), 0
    with stand.tab(name) as tab:
        for turns in HISTORY:
            while tokens < stand.scaled(turns) * turn.count:
                tab.turn(turn)
                tokens += turn.count
            loads = stand.load(BURST), stand.load(RATE)
            every = _burst(tab.ask(loads[0])) | _rate(tab.ask(loads[1]))
            tokens += sum(load.count for load in loads)
            found |= {f"after_{turns}_{row}": value for row, value in every.items()}
    return found


def opened(stand: Stand, name: str) -> Found:
    """How long a panel takes from the click to what it has to say, the first time on a page."""
    stand.log.write_text(f"{LINE}\n")
    with stand.tab(name) as tab:
        tab.turn(stand.load(TURN))
        tab.page.wait_for_timeout(RESTING)
        return {f"open_{panel}": tab.opening(panel, words) for panel, words in SAYS.items()}


def beside(stand: Stand, name: str) -> Found:
    """What an answer's speed is while something is open beside the chat.

    All on one page and in turns, since two pages differ by more than is looked for here; and each burst begins at any
    moment between two looks of a panel: a fixed pause would meet each of them at the same one.
    """
    logs = {"flood": stand.log, "written": stand.made("unread") / "log"}
    with stand.tab(name) as tab:
        tab.turn(stand.load(TURN))
        quiet = _in_turns(stand, tab, tuple(BESIDE), lambda _: nullcontext())
        return quiet | _in_turns(stand, tab, tuple(FLOODED), lambda what: processes.flooded(logs[what]))


def _in_turns(
    stand: Stand, tab: Tab, opened: Sequence[str], meanwhile: Callable[[str], AbstractContextManager[None]]
) -> dict[str, float | None]:
    """An answer at a steady rate and the median of some bursts, with each of `opened`."""
    found: dict[str, float | None] = {}
    lasts: dict[str, list[float]] = {what: [] for what in opened}
    for load in (SHORT, *[BURST] * IN_TURN):
        for what in random.sample(opened, len(opened)):
            with meanwhile(what):
                tab.show({"none": None, "written": None, "flood": "logs"}.get(what, what))
                seen = tab.ask(stand.load(load), RESTING + random.uniform(0, ANY_MOMENT))
            if load is BURST:
                lasts[what].append(seen.last)
            else:
                found |= {f"with_{what}_{row}": value for row, value in _rate(seen).items()}
    return found | {f"with_{what}_again_burst_last": median(each) for what, each in lasts.items()}


def search(stand: Stand, name: str) -> Found:
    """How long the server takes for each answer of a search in as many lines as are kept, by itself: no page asks."""
    lines = stand.scaled(LINES)
    book = LogBook((), "bench")
    for first in range(0, lines, 1_000):
        book.local.put("".join(_line(number) for number in range(first, min(lines, first + 1_000))).encode())
        book.local.settle()
    # In a thread of its own: this one's event loop is the browser's driver's.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _searches(book)).result()


async def _searches(book: LogBook) -> Found:
    longest = {"search_plain": 0.0, "search_regex": 0.0}
    for query in QUERIES:
        for regex, row in enumerate(longest):
            complete = False
            while not complete:
                began = time.perf_counter()
                said = await book.look("bench", LOCAL, Wanted(query[regex], regex=bool(regex)), Asked())
                longest[row] = max(longest[row], 1000 * (time.perf_counter() - began))
                complete = said["complete"]
    return longest


def _line(number: int) -> str:
    level = ("INFO", "INFO", "INFO", "WARNING", "ERROR")[number % 5]
    return (
        f"{level} 11-25 01:02:03 [serving.py:{number % 900}] request req-{number:08x} took {number % 7_919} ms, "
        f"{number % 4_096} tokens in and {number % 509} out, cache hit rate {number % 100} %\n"
    )


def sessions(stand: Stand, name: str) -> Found:
    """Many sessions on one server, each with an answer of its own."""
    server = stand.subject(name).server
    each = stand.load(EACH)
    stand.endpoint.reset()
    argv = [sys.executable, str(ROOT / "bench" / "sessions.py"), server.url, stand.endpoint.url]
    argv += [str(stand.scaled(SESSIONS)), str(each.rate), str(each.count)]
    said = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=each.limit, env=environment())
    late = json.loads(said.stdout)
    return {"sessions_half": late["half"], "sessions_p99": late["p99"]}


def _burst(seen: Seen) -> dict[str, float | None]:
    return {
        "request": seen.request,
        "burst_first": seen.first,
        "burst_first_painted": seen.first_painted,
        "burst_last": seen.last,
        "burst_last_painted": seen.last_painted,
        "burst_server": seen.server_cpu,
        "burst_browser": seen.browser_cpu,
        "burst_tasks": len(seen.long_tasks),
    }


def _rate(seen: Seen) -> dict[str, float | None]:
    return {
        "rate_first": seen.first,
        "rate_last": seen.last,
        "rate_half": seen.half,
        "rate_p95": seen.p95,
        "rate_server": seen.server_cpu,
        "rate_browser": seen.browser_cpu,
        "rate_tasks": len(seen.long_tasks),
    }


CASES = (
    Case("start", start, {OURS: 5, PLAIN: 5}, {OURS: 2, PLAIN: 2}),
    Case("load", load, {OURS: 5, PLAIN: 3, FLOOR: 3, LLAMA: 3}, {OURS: 1}),
    Case("burst", burst, {OURS: 5, PLAIN: 3, FLOOR: 5, LLAMA: 5}, {OURS: 2, FLOOR: 2, LLAMA: 2}),
    Case("again", again, {OURS: 5, FLOOR: 5, LLAMA: 5}, {OURS: 2, FLOOR: 2, LLAMA: 2}),
    Case("rate", rate, {OURS: 5, PLAIN: 3, FLOOR: 5, LLAMA: 5}, {OURS: 1, FLOOR: 1, LLAMA: 1}),
    Case("typing", typing, {OURS: 5}, {}),
    Case("long", long, {OURS: 5, LLAMA: 1}, {}),
    Case("history", history, {OURS: 5, FLOOR: 1, LLAMA: 1}, {}),
    Case("opened", opened, {OURS: 5}, {}),
    Case("beside", beside, {OURS: 5}, {}),
    Case("search", search, {OURS: 3}, {}),
    Case("sessions", sessions, {OURS: 5, PLAIN: 1}, {}),
)
