"""What is measured of every endpoint: the pages of servers while somebody looks, the app's own runs always.

One look at a time for each endpoint, however many look at it; after a failure the next is later and later. Bounded:
`MOST_ENDPOINTS` endpoints, each with two histories (`core.metric_history` says how large).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from playground.adapters.metrics_page import SECONDS, NoPage, PageReader, place
from playground.core.backoff import Backoff
from playground.core.endpoint import Endpoint
from playground.core.metric_history import History, Window
from playground.core.metric_page import Page, read
from playground.core.metric_states import PageState
from playground.core.own_runs import OwnRuns
from playground.core.run import Run

EVERY = 2.0
# Seconds after which nobody counts as looking who has not asked again.
LOOKING = 6.0
MOST_ENDPOINTS = 32
# What counters counted over a longer time than so many steps says nothing of now.
STEPS = 5

# The endpoint of a name as it can be asked now, and the base URL that answered last; None where it has no address yet.
Served = Callable[[str], tuple[Endpoint, str | None] | None]


@dataclass(slots=True)
class _Watched:
    """All that is kept of one endpoint. Times are of the monotonic clock: `used` is when somebody last looked or asked
    it, `taken` up to when its own runs are counted."""

    server: History
    app: History
    own: OwnRuns = field(default_factory=OwnRuns)
    key: str = field(default_factory=lambda: secrets.token_hex(6))
    used: float = 0.0
    looked: float = float("-inf")
    state: PageState = "unasked"
    told: frozenset[str] = frozenset()
    taken: float = field(default_factory=time.monotonic)
    reader: PageReader | None = None
    task: asyncio.Task[None] | None = None


class Metrics:
    """`every`: seconds between two looks. `always`: these are looked at also while nobody is there. `rests`: whether an
    endpoint is to be left alone although somebody looks."""

    def __init__(
        self,
        served: Served,
        *,
        every: float = EVERY,
        looking: float = LOOKING,
        seconds: float = SECONDS,
        backoff: Backoff | None = None,
        rests: Callable[[str], bool] = lambda _name: False,
    ) -> None:
        self._served = served
        self.every = every
        # Whoever looks asks once in each step.
        self._looking = max(looking, 3 * every)
        self._seconds = seconds
        self._rests = rests
        self._backoff = backoff or Backoff(first=2 * every, most=60.0)
        self._watched: dict[str, _Watched] = {}
        self._always: frozenset[str] = frozenset()
        self._ticking: asyncio.Task[None] | None = None

    # What happens

    def began(self, run: Run) -> None:
        """A run of ours has begun. Cheap, as is its end."""
        self._of(run.request.endpoint.name).own.began(run)

    def ended(self, run: Run) -> None:
        if (watched := self._watched.get(run.request.endpoint.name)) is not None:
            watched.own.ended(run, time.time())

    def looked(self, name: str) -> None:
        """Somebody looks at an endpoint's metrics now: its page is asked until nobody has for a while."""
        watched = self._of(name)
        watched.looked = time.monotonic()
        if not self._left_alone(name):
            self._ask(name, watched)
        elif not self.asking(name):
            watched.state = "resting"

    def always(self, names: frozenset[str]) -> None:
        """From now on the pages of these are asked whether anybody looks or not."""
        self._always = names
        for name in names:
            self._ask(name, self._of(name))

    def forget(self, name: str) -> None:
        """The endpoint is no more."""
        if (watched := self._watched.pop(name, None)) is not None and watched.task is not None:
            watched.task.cancel()

    async def close(self) -> None:
        tasks = [each.task for each in self._watched.values() if each.task is not None]
        if self._ticking is not None:
            tasks.append(self._ticking)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    # What is known

    def asking(self, name: str) -> bool:
        """Whether its page is being asked."""
        watched = self._watched.get(name)
        return watched is not None and watched.task is not None and not watched.task.done()

    def asks_always(self, name: str) -> bool:
        """Whether its page is asked also while nobody looks."""
        return name in self._always

    def state(self, name: str) -> PageState:
        return self._of(name).state

    def told(self, name: str) -> frozenset[str]:
        """The columns that its page has."""
        watched = self._of(name)
        known = (column for plot in watched.server.plots for column in plot.columns if plot.id in watched.told)
        return watched.told.intersection(watched.server.columns).union(known)

    def key(self, name: str) -> str:
        """Another one where what was kept has been forgotten: then what a page holds is old too."""
        return self._of(name).key

    def server(self, name: str) -> History:
        return self._of(name).server

    def app(self, name: str) -> History:
        return self._of(name).app

    def ends(self, name: str, since: float) -> dict[str, Any]:
        """How our own runs ended from then on: `{"done", "stopped", "failed": {kind: count}}`."""
        found = self._of(name).own.ends(since)
        return {"done": found.done, "stopped": found.stopped, "failed": dict(found.failed)}

    def window(self, name: str, which: Window, since: tuple[float, float], now: float) -> list[dict[str, Any]]:
        """What is new in both histories, the server's first; `since` is a time for each."""
        watched = self._of(name)
        return [
            watched.server.told(which, since[0], now, sorted(self.told(name))),
            watched.app.told(which, since[1], now, watched.app.columns),
        ]

    # Inside

    def _of(self, name: str) -> _Watched:
        watched = self._watched.get(name)
        if watched is None:
            self._make_room()
            watched = _Watched(History("server", self.every), History("app", self.every))
            self._watched[name] = watched
        watched.used = time.monotonic()
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())
        return watched

    def _make_room(self) -> None:
        """The one that was used longest ago goes, of those where nothing runs."""
        idle = [
            (each.used, name)
            for name, each in self._watched.items()
            if not each.own.running and name not in self._always
        ]
        if len(self._watched) >= MOST_ENDPOINTS and idle:
            self.forget(min(idle)[1])

    def _ask(self, name: str, watched: _Watched) -> None:
        if watched.task is None or watched.task.done():
            watched.task = asyncio.get_running_loop().create_task(self._poll(name, watched))

    def _left_alone(self, name: str) -> bool:
        return name not in self._always and self._rests(name)

    async def _tick(self) -> None:
        """Puts down what our own runs did in each step."""
        while True:
            now = time.monotonic()
            for watched in self._watched.values():
                if now - watched.taken < self.every / 2:
                    # New: what happened in a moment is no rate yet, and counts with the next step.
                    watched.app.add(time.time(), watched.own.standing(), {})
                    continue
                values, spreads = watched.own.take(now - watched.taken)
                watched.taken = now
                watched.app.add(time.time(), values, spreads)
            await asyncio.sleep(self.every)

    async def _poll(self, name: str, watched: _Watched) -> None:
        before: Page | None = None
        failures = 0
        try:
            while name in self._always or (time.monotonic() - watched.looked < self._looking and not self._rests(name)):
                began = time.monotonic()
                before = await self._look(name, watched, before)
                failures = 0 if watched.state == "ok" else failures + 1
                pause = self._backoff.pause(failures) if failures else self.every - (time.monotonic() - began)
                await asyncio.sleep(max(0.0, pause))
        finally:
            reader, watched.reader = watched.reader, None
            if reader is not None:
                with suppress(asyncio.CancelledError):
                    await reader.close()

    async def _look(self, name: str, watched: _Watched, before: Page | None) -> Page | None:
        """One look; the page, None where there was none to be read."""
        try:
            reader = await self._reader(name, watched)
            now = await reader.look()
        except NoPage as no:
            watched.state = no.state
            watched.server.add(time.time(), {}, {})
            return None
        if before is not None and now.at - before.at > STEPS * self.every + self._seconds:
            before = None
        found = read(now, before)
        watched.state, watched.told = "ok", found.told
        watched.server.add(time.time(), found.values, found.spreads)
        return now

    async def _reader(self, name: str, watched: _Watched) -> PageReader:
        """The one there is, or another where the endpoint has: the embedded server has a new port with each start."""
        served = self._served(name)
        if served is None:
            raise NoPage("no_address")
        endpoint, base_url = served
        of = (endpoint, place(endpoint, base_url))
        if watched.reader is None or watched.reader.of != of:
            if watched.reader is not None:
                await watched.reader.close()
            watched.reader = PageReader(*of, seconds=self._seconds)
        return watched.reader
