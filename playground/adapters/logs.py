"""The logs of every endpoint: its server's, as far as there is one to be had, and the app's own log of requests to it.

Files and commands are followed from the app's start on, not from when somebody looks: a log that is opened after a
fault must show what came before it. An idle one costs a look at a file four times a second, or a process that waits.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import compress
from typing import Any, Literal, assert_never

from playground.adapters.log_command import CommandRunner
from playground.adapters.log_file import FileFollower
from playground.adapters.log_intake import Intake
from playground.adapters.log_pump import Pump
from playground.core.endpoint import Endpoint
from playground.core.log import own
from playground.core.log.line import Level, Line
from playground.core.log.matching import LONGEST_QUERY
from playground.core.log.search import Search, Wanted, nearest_in_time
from playground.core.log.sources import CommandLog, FileLog, LogSource
from playground.core.log.store import Store, View
from playground.core.log.window import Asked, as_text, window
from playground.core.run import Run
from playground.core.wire_events import LEAST_ID

# Names of the two sources that are no file and no command.
OWN, LOCAL = "requests", "server"
# Lines and bytes of the app's own log, for each endpoint, and endpoints that have one: a visitor can type new ones.
_OWN_LINES, _OWN_BYTES, _MOST_OWN = 20_000, 4 * 2**20, 500
# Searches that are kept for whoever looks now; seconds that one request's search takes at most; how many at a time.
_MOST_SEARCHES = 32
ENOUGH = 0.06
_AT_A_TIME = 2
# The same for a file, in seconds, and what it begins with where it is not whole.
_FILE_ENOUGH = 5.0
_CUT = b"[Looking for these lines took too long: older ones are missing.]\n"
# Seconds around an answer in which its server says something of it, and lines that are shown of that at most.
AROUND = 2.5
MOST_FOUND = 500
# The same for lines with its request's id, which say by themselves what they are of: clocks differ, and some servers
# speak of a request long after it. Ids come again, though, and some are no more than a number.
_ID_AROUND = 60.0


@dataclass(frozen=True, slots=True)
class Source:
    """One log of an endpoint: its id, what people call it, and what it is doing, "" where that goes without saying."""

    id: str
    title: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The lines of an answer, and how they were found: by its request's id, or by its time. `source` is their log."""

    source: str
    how: Literal["id", "time"]
    lines: tuple[Line, ...]


Follower = FileFollower | CommandRunner


class LogBook:
    """Asked by endpoint's name and source's id. Everything that takes time is done in threads."""

    def __init__(self, endpoints: Iterable[Endpoint] = (), local_name: str | None = None) -> None:
        """`local_name`: the embedded server's name, where there is one; `local` takes what it prints."""
        # Whether answers come in now: their text goes before a log's.
        self.busy: Callable[[], bool] = lambda: False
        self._pump = Pump(lambda: self.busy())
        endpoints = tuple(endpoints)
        self._secrets = tuple(secret for endpoint in endpoints for secret in endpoint.secrets)
        self.local = self._intake()
        self._sources: dict[str, dict[str, tuple[Source, Intake, Follower | None]]] = {}
        if local_name is not None:
            self._sources[local_name] = {LOCAL: (Source(LOCAL, "Built-in server"), self.local, None)}
        for endpoint in endpoints:
            self._sources[endpoint.name] = self._followed(endpoint)
        self._own: OrderedDict[str, Intake] = OrderedDict()
        self._searches: OrderedDict[tuple[str, str, Wanted], tuple[Search, threading.Lock]] = OrderedDict()
        self._turns = asyncio.Semaphore(_AT_A_TIME)

    def _intake(self) -> Intake:
        return Intake(self._secrets, pump=self._pump)

    def _followed(self, endpoint: Endpoint) -> dict[str, tuple[Source, Intake, Follower | None]]:
        made: dict[str, tuple[Source, Intake, Follower | None]] = {}
        for number, source in enumerate(endpoint.logs, start=1):
            intake = self._intake()
            made[f"log-{number}"] = Source(f"log-{number}", source.title), intake, follower(source, intake)
        return made

    def start(self) -> None:
        """From now on follows every file and command; returns at once."""
        for each in self._followers():
            each.start()

    async def close(self) -> None:
        """Ends every command, all at the same time."""
        await asyncio.gather(*(asyncio.to_thread(each.close) for each in self._followers()))
        await asyncio.to_thread(self._pump.close)

    def _followers(self) -> list[Follower]:
        return [each for sources in self._sources.values() for _, _, each in sources.values() if each is not None]

    # The app's own log

    def began(self, run: Run) -> None:
        """A request begins."""
        self._own_line(run.request.endpoint.name, own.began(run))

    def ended(self, run: Run) -> None:
        """It has ended, however."""
        last = run.record.last if run.record is not None else None
        text, level = own.ended(run, last.answered_id or last.sent_id if last is not None else None)
        self._own_line(run.request.endpoint.name, text, level)

    def _own_line(self, endpoint: str, text: str, level: Level = "info") -> None:
        intake = self._own.get(endpoint)
        if intake is None:
            intake = Intake(self._secrets, Store(most_lines=_OWN_LINES, most_bytes=_OWN_BYTES), self._pump)
            self._own[endpoint] = intake
            if len(self._own) > _MOST_OWN:
                self.forget(next(iter(self._own)))
        intake.note(text, level)

    def forget(self, endpoint: str) -> None:
        """An endpoint that a visitor had typed is no more, and neither is what was asked of it."""
        self._own.pop(endpoint, None)
        for key in [key for key in self._searches if key[0] == endpoint]:
            del self._searches[key]

    # Looking

    def sources(self, endpoint: str) -> list[Source]:
        """An endpoint's logs, its server's first; the app's own is always there."""
        found = [
            Source(source.id, source.title, each.state if each is not None else "")
            for source, _, each in self._sources.get(endpoint, {}).values()
        ]
        return [*found, Source(OWN, "Requests of this app")]

    def _of(self, endpoint: str, source: str) -> Intake | None:
        if source == OWN:
            return self._own.get(endpoint)
        found = self._sources.get(endpoint, {}).get(source)
        return found[1] if found is not None else None

    def view(self, endpoint: str, source: str) -> View:
        """What is kept of a log now; nothing of one that there is not."""
        intake = self._of(endpoint, source)
        return intake.view() if intake is not None else View((), 0, 0, 0)

    async def look(self, endpoint: str, source: str, wanted: Wanted, asked: Asked) -> dict[str, Any]:
        """What a page is to show, see `core.log.window`. `complete` is False where the search has not come to its end
        yet: it goes on where it was when the same is asked again. Raises `BadQuery`."""
        search, lock = self._search(endpoint, source, wanted)

        def work() -> dict[str, Any]:
            with lock:
                view = self.view(endpoint, source)
                until = time.perf_counter() + ENOUGH
                complete = search.go_on(view, lambda: time.perf_counter() >= until)
                until = time.perf_counter() + ENOUGH
                return window(view, search, asked, lambda: time.perf_counter() >= until) | {"complete": complete}

        async with self._turns:
            return await asyncio.to_thread(work)

    def _search(self, endpoint: str, source: str, wanted: Wanted) -> tuple[Search, threading.Lock]:
        key = (endpoint, source, wanted)
        if key not in self._searches:
            self._searches[key] = Search(wanted), threading.Lock()
            if len(self._searches) > _MOST_SEARCHES:
                self._searches.popitem(last=False)
        self._searches.move_to_end(key)
        return self._searches[key]

    async def find(self, endpoint_name: str, request_id: str | None, from_: float, to: float) -> FoundLines:
        """The lines of an answer: those with its request's id and the entries they are in, where the server logs it;
        else those of its time, `from_` to `to` in wall-clock seconds, and of `AROUND` before and after it.

        Looks in the server's logs, in their order, and in the app's own where there is no other. At most `MOST_FOUND`
        lines.
        """
        names = [each.id for each in self.sources(endpoint_name)]

        def work() -> FoundLines:
            views = {name: self.view(endpoint_name, name) for name in names}
            for name, view in views.items() if request_id else ():
                lines = _with_id(view, str(request_id), from_ - _ID_AROUND, to + _ID_AROUND)
                if lines and (name != OWN or len(names) == 1):
                    return FoundLines(name, "id", lines)
            for name, view in views.items():
                lines = tuple(nearest_in_time(view, from_ - AROUND, to + AROUND, MOST_FOUND))
                if lines or name == names[-1]:
                    return FoundLines(name, "time", lines)
            raise AssertionError("the app's own log is always there")

        async with self._turns:
            return await asyncio.to_thread(work)

    async def text(self, endpoint: str, source: str, wanted: Wanted, context: int | None) -> bytes:
        """Every line that is shown, for a file; it says so where looking took too long. Raises `BadQuery`."""
        search = Search(wanted)

        def work() -> bytes:
            view = self.view(endpoint, source)
            until = time.perf_counter() + _FILE_ENOUGH
            complete = search.go_on(view, lambda: time.perf_counter() >= until)
            return (b"" if complete else _CUT) + as_text(view, search.shown(view, context))

        async with self._turns:
            return await asyncio.to_thread(work)


def _with_id(view: View, request_id: str, since: float, until: float) -> tuple[Line, ...]:
    """Lines that have it as a word of its own, at that time by what they name or by when they came."""
    if not LEAST_ID <= len(request_id) <= LONGEST_QUERY:
        return ()
    word = re.compile(rf"(?<![0-9a-z]){re.escape(request_id)}(?![0-9a-z])", re.IGNORECASE)
    search = Search(Wanted(request_id))
    search.go_on(view, lambda: False)
    mask = bytearray(search.mask(view))
    for place in compress(range(len(mask)), bytes(mask)):
        line = view.line(view.first + place)
        then = since <= line.at <= until or since <= line.arrived <= until
        mask[place] = then and word.search(line.text) is not None
    return tuple(view.lines(search.shown(view, 0, bytes(mask))[:MOST_FOUND]))


def follower(source: LogSource, intake: Intake) -> Follower:
    """What follows a log, by its kind."""
    match source:
        case FileLog():
            return FileFollower(source, intake)
        case CommandLog():
            return CommandRunner(source, intake)
        case _:
            assert_never(source)
