"""The endpoints there are, and what is known of each now: which model, whether it answers.

One book for the whole app. It asks an endpoint when somebody opens a page, after an error, and from time to time while
somebody looks; one that is down slows no other.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from playground.adapters.flexai import FlexaiCli
from playground.adapters.local import LocalServer
from playground.adapters.resting import IDLE, Resting
from playground.adapters.studies import Studies
from playground.core.capabilities import Claim
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import LocalError, PlaygroundError, SettingsError
from playground.core.picker import picker
from playground.core.status import LOCAL, Dot, Status, resting, status_of

NO_ENDPOINT = SettingsError(
    "No endpoint is set.",
    "Start the playground with --endpoint-url and --api-key, or set PLAYGROUND_ENDPOINT_URL and PLAYGROUND_API_KEY.",
)
# Seconds for which what is known counts as fresh, and between looks while somebody has the page open.
FRESH = 10.0
LOOK_EVERY = 20.0
# The same for one that does not answer: whoever waits for it is told soon.
LOOK_SOON = 5.0


class EndpointBook:
    """What is known of each endpoint.

    `on_change(name, news)` is called when that has changed; `news` is what visitors are told of it, "" for nothing.
    """

    def __init__(
        self,
        endpoints: tuple[Endpoint, ...],
        local: LocalServer | None,
        *,
        every: float = LOOK_EVERY,
        flexai: FlexaiCli | None = None,
        idle: float = IDLE,
    ) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._typed: dict[str, Endpoint] = {}
        self._local = local
        self._every = every
        self._details: dict[str, tuple[float, Details]] = {}
        self._checks: dict[str, asyncio.Task[None]] = {}
        self._watcher: asyncio.Task[None] | None = None
        # Since when each has had the dot that it has, and when it was asked last and how quickly it answered then:
        # wall-clock seconds.
        self._since: dict[str, tuple[Dot, float]] = {}
        self._looks: dict[str, tuple[float, float | None]] = {}
        self.flexai = flexai or FlexaiCli()
        self._studies = Studies(self.flexai)
        self.resting = Resting(lambda name: (endpoint := self._found(name)) is not None and endpoint.sleeps, idle)
        self.on_change: Callable[[str, str], Awaitable[None]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The configured ones, or the embedded server: what every visitor can choose among."""
        return tuple(self._endpoints) if self._endpoints else ((LOCAL_NAME,) if self._local else ())

    def known(self, name: str | None) -> str | None:
        """The endpoint of that name, or the first one; None where there is none at all."""
        names = self.names
        return name if name in names or name in self._typed else (names[0] if names else None)

    def add(self, endpoint: Endpoint, details: Details) -> None:
        """One that a visitor has typed, and what was found when it was tried. Whoever knows its name can ask it."""
        self._typed[endpoint.name] = endpoint
        self.resting.use(endpoint.name)
        self._keep(endpoint.name, details)

    def remove(self, name: str) -> None:
        """Forgets one that was typed, with its key and all that is known of it."""
        self._typed.pop(name, None)
        self._details.pop(name, None)
        self._studies.forget(name)
        self.resting.forget(name)
        self._since.pop(name, None)
        self._looks.pop(name, None)

    def _found(self, name: str) -> Endpoint | None:
        return self._endpoints.get(name) or self._typed.get(name)

    def status(self, name: str | None) -> Status:
        """What is known now, without asking anybody."""
        name = self.known(name)
        if name is None:
            return Status("", None, "missing", NO_ENDPOINT.what, local=False)
        status = self._status(name)
        dot, at = self._since.get(name, (None, None))
        status = dataclasses.replace(status, since=at) if dot == status.dot else status
        return resting(status) if self.resting.rests(name) else status

    def _status(self, name: str) -> Status:
        endpoint = self._found(name)
        if endpoint is None:
            assert self._local is not None
            return _local_status(self._local)
        return status_of(endpoint, self.details(name))

    def looked(self, name: str) -> tuple[float, float | None] | None:
        """When an endpoint last answered or failed to (wall-clock seconds), and how many seconds its list took, None
        where none came."""
        return self._looks.get(name)

    def asking(self, name: str) -> bool:
        """Whether it is being asked right now."""
        return name in self._checks

    def details(self, name: str | None) -> Details | None:
        known = self._details.get(self.known(name) or "")
        return known[1] if known else None

    def models(self, name: str | None) -> list[dict[str, Any]]:
        """What a model picker shows of an endpoint, as `core.picker` makes it; empty where nothing is known yet."""
        details = self.details(name)
        return picker(details) if details else []

    def learn(self, name: str, model: str, claims: Iterable[Claim]) -> None:
        """Keeps what requests have proved of a model."""
        self._studies.learn(name, model, claims)
        if name in self._details:
            at, details = self._details[name]
            self._details[name] = at, self._studies.with_tried(name, details)

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of that name; one without an address where it is the embedded server, or none at all."""
        return self._found(name) or Endpoint(name=name, base_url="", kind="local")

    def served(self, name: str) -> tuple[Endpoint, str | None] | None:
        """The endpoint as it can be asked now, and which of its base URLs answered last; None without an address."""
        endpoint = self._found(name) or (self._local.endpoint if self._local and name == LOCAL_NAME else None)
        details = self.details(name)
        return None if endpoint is None else (endpoint, details.base_url if details is not None else None)

    async def ready(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint to send to. Waits while the embedded server starts, which may have a new address each time.

        Raises `NO_ENDPOINT` where there is none, `LocalError` where the embedded server cannot run.
        """
        if endpoint.kind == "remote":
            return endpoint
        if self._local is None:
            raise NO_ENDPOINT
        served = await self._local.wait_ready()
        return dataclasses.replace(served, name=LOCAL_NAME)

    async def check(self, name: str | None, *, fresh: float = 0.0) -> None:
        """Asks an endpoint, unless it was asked in the last `fresh` seconds; two at a time ask once."""
        name = self.known(name)
        if name is None:
            return
        clock = asyncio.get_running_loop().time
        known = self._details.get(name)
        if known is not None and clock() - known[0] < fresh:
            return
        try:
            endpoint = self._found(name) or (self._local.endpoint if self._local else None)
        except LocalError:
            return
        if endpoint is None:
            return
        if name not in self._checks:
            task = self._checks[name] = asyncio.create_task(self._ask(name, endpoint))
            task.add_done_callback(lambda _task: self._checks.pop(name, None))
        await asyncio.shield(self._checks[name])

    async def _ask(self, name: str, endpoint: Endpoint) -> None:
        async def put(details: Details) -> None:
            if endpoint.kind == "remote" and self._found(name) is None:
                # Forgotten meanwhile.
                return
            if self._keep(name, details):
                await self._changed(name)

        await put(await self._studies.ask(name, endpoint, put))

    def _keep(self, name: str, details: Details) -> bool:
        """Whether that is news."""
        known = self._details.get(name)
        self._details[name] = (asyncio.get_running_loop().time(), details)
        self._looks[name] = time.time(), details.took
        turned = self.resting.turned(name)
        if known is not None and known[1] == details:
            return turned
        self._note(name)
        return True

    def _note(self, name: str) -> None:
        """Keeps since when it has been as it is now."""
        dot = self._status(name).dot
        if self._since.get(name, (None, 0.0))[0] != dot:
            self._since[name] = dot, time.time()

    async def local_changed(self, news: str = "") -> None:
        """The embedded server's state has changed: what was known of it is old. `news`: what visitors are told."""
        self._details.pop(LOCAL_NAME, None)
        self._studies.renew(LOCAL_NAME)
        self._note(LOCAL_NAME)
        await self._changed(LOCAL_NAME, news)
        if self._local is not None and self._local.state == "running" and not self._endpoints:
            await self.check(LOCAL_NAME)

    def watch(self, looked_at: Callable[[], frozenset[str]]) -> None:
        """From now on asks again, from time to time, the endpoints that somebody has on a page."""
        self._watcher = asyncio.create_task(self._watch(looked_at))

    async def close(self) -> None:
        for task in [*self._checks.values(), *([self._watcher] if self._watcher else [])]:
            task.cancel()
        await self.flexai.close()

    async def _watch(self, looked_at: Callable[[], frozenset[str]]) -> None:
        soon = min(LOOK_SOON, self._every)
        while True:
            await asyncio.sleep(soon)
            async with asyncio.TaskGroup() as group:
                for name in looked_at():
                    if self.resting.rests(name):
                        if self.resting.turned(name):
                            group.create_task(self._changed(name))
                        continue
                    well = self.status(name).dot in ("running", "unfit")
                    # Half a look early, so that none is left out for a moment's sake.
                    group.create_task(self.check(name, fresh=(self._every if well else soon) - soon / 2))

    async def _changed(self, name: str, news: str = "") -> None:
        if self.on_change is not None:
            await self.on_change(name, news)


LOCAL_NAME = "Built-in model"


def _local_status(local: LocalServer) -> Status:
    endpoint, error = local.endpoint, local.error
    model = endpoint.model if endpoint is not None else local.model
    dot, text = LOCAL[local.state]
    return Status(LOCAL_NAME, model, dot, error.what if isinstance(error, PlaygroundError) else text, local=True)
