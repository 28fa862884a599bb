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
from playground.adapters.probe import healthy, probe, study
from playground.core.capabilities import SOLE, Claim
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError, LocalError, PlaygroundError, SettingsError
from playground.core.picker import picker
from playground.core.status import TABLE, Dot, Status
from playground.core.tries import may_wake

NO_ENDPOINT = SettingsError(
    "No endpoint is set.",
    "Start the playground with --endpoint-url and --api-key, or set PLAYGROUND_ENDPOINT_URL and PLAYGROUND_API_KEY.",
)
# Seconds for which what is known counts as fresh, and between looks while somebody has the page open.
FRESH = 10.0
LOOK_EVERY = 20.0
# The same for one that does not answer: whoever waits for it is told soon.
LOOK_SOON = 5.0
# Seconds for which what a server says of itself beside its list of models counts as known.
STUDIED = 600.0


class EndpointBook:
    """What is known of each endpoint.

    `on_change(name, news)` is called when that has changed; `news` is what visitors are told of it, "" for nothing.
    """

    def __init__(
        self, endpoints: tuple[Endpoint, ...], local: LocalServer | None, *, every: float = LOOK_EVERY
    ) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._typed: dict[str, Endpoint] = {}
        self._local = local
        self._every = every
        self._details: dict[str, tuple[float, Details]] = {}
        # When it was asked, what it listed then, and that with what stands beside.
        self._studies: dict[str, tuple[float, Details, Details]] = {}
        self._tried: dict[tuple[str, str], tuple[Claim, ...]] = {}
        self._checks: dict[str, asyncio.Task[Details]] = {}
        self._watcher: asyncio.Task[None] | None = None
        # Since when each has had the dot that it has, and when and how quickly it answered last: wall-clock seconds.
        self._since: dict[str, tuple[Dot, float]] = {}
        self._looks: dict[str, tuple[float, float]] = {}
        self.flexai = FlexaiCli()
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
        self._details[endpoint.name] = (asyncio.get_running_loop().time(), details)

    def remove(self, name: str) -> None:
        """Forgets one that was typed, with its key and all that is known of it."""
        self._typed.pop(name, None)
        self._details.pop(name, None)
        self._studies.pop(name, None)
        self._since.pop(name, None)
        self._looks.pop(name, None)
        for tried in [each for each in self._tried if each[0] == name]:
            del self._tried[tried]

    def _found(self, name: str) -> Endpoint | None:
        return self._endpoints.get(name) or self._typed.get(name)

    def status(self, name: str | None) -> Status:
        """What is known now, without asking anybody."""
        name = self.known(name)
        if name is None:
            return Status("", None, "missing", NO_ENDPOINT.what, local=False)
        status = self._status(name)
        dot, at = self._since.get(name, (None, None))
        return dataclasses.replace(status, since=at) if dot == status.dot else status

    def _status(self, name: str) -> Status:
        endpoint = self._found(name)
        if endpoint is None:
            assert self._local is not None
            return _local_status(self._local)
        known = self._details.get(name)
        if known is None:
            return Status(endpoint.label, endpoint.model, "unknown", TABLE["unknown"].text, local=False)
        details = known[1]
        model = endpoint.model or (details.first.id if details.first else None)
        text = details.error.what if details.error else TABLE[details.state].text
        asked = details.model(model)
        if details.state == "running" and asked is not None and (sole := asked.capabilities.sole) is not None:
            return Status(
                endpoint.label, model, "unfit", f"This model cannot chat: it {SOLE[sole.ability]}", local=False
            )
        return Status(endpoint.label, model, details.state, text, local=False)

    def looked(self, name: str) -> tuple[float, float] | None:
        """When an endpoint last answered or failed to (wall-clock seconds), and how many seconds its list took."""
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
        kept = self._tried.get((name, model), ())
        self._tried[name, model] = tuple(dict.fromkeys((*kept, *claims)))
        if name in self._details:
            at, details = self._details[name]
            self._details[name] = at, self._with_tried(name, details)

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
            self._checks[name] = asyncio.create_task(self._ask(name, endpoint))
        try:
            details = await asyncio.shield(self._checks[name])
        finally:
            if name in self._checks and self._checks[name].done():
                del self._checks[name]
        if endpoint.kind == "remote" and self._found(name) is None:
            # Forgotten meanwhile.
            return
        self._details[name] = (clock(), details)
        if known is None or known[1] != details:
            self._note(name)
            await self._changed(name)

    def _note(self, name: str) -> None:
        """Keeps since when it has been as it is now."""
        dot = self._status(name).dot
        if self._since.get(name, (None, 0.0))[0] != dot:
            self._since[name] = dot, time.time()

    async def check_all(self, *, fresh: float = 0.0) -> None:
        """Asks every endpoint at the same time, each within its own limit: one that is down slows no other."""
        async with asyncio.TaskGroup() as group:
            for name in self.names:
                group.create_task(self.check(name, fresh=fresh))

    async def _ask(self, name: str, endpoint: Endpoint) -> Details:
        """The list of models; and now and then, or where the list is another, all that stands beside it."""
        now = asyncio.get_running_loop().time()
        probed = await probe(endpoint)
        self._looks[name] = time.time(), asyncio.get_running_loop().time() - now
        at, before, studied = self._studies.get(name, (0.0, None, probed))
        if probed.state != "running":
            return await self._absent(endpoint, probed, studied)
        if probed != before or now - at >= STUDIED:
            studied = await study(endpoint, probed)
            self._studies[name] = now, probed, studied
        return self._with_tried(name, await healthy(endpoint, studied))

    async def _absent(self, endpoint: Endpoint, probed: Details, studied: Details) -> Details:
        """One that does not answer: what FlexAI says of it, where it is one of theirs, and what it said when it did."""
        if endpoint.flexai is not None and probed.state in ("unreachable", "waking", "loading"):
            await self.flexai.look(endpoint.flexai)
            known = self.flexai.known(endpoint.flexai)
            if known is not None and known.inspected is not None and (state := known.inspected.state) is not None:
                error = probed.error if state == "unreachable" else None
                probed = dataclasses.replace(probed, state=state, error=error)
        elif isinstance(probed.error, EndpointError) and may_wake(probed.error, sleeps=endpoint.sleeps):
            probed = dataclasses.replace(probed, state="waking", error=None)
        if not studied.models or probed.state == "unauthorized":
            return probed
        kept = dataclasses.replace(studied, base_url=probed.base_url, state=probed.state, error=probed.error)
        return self._with_tried(endpoint.name, dataclasses.replace(kept, remembered=True))

    def _with_tried(self, name: str, details: Details) -> Details:
        models = (
            dataclasses.replace(model, capabilities=model.capabilities.also(self._tried.get((name, model.id), ())))
            for model in details.models
        )
        return dataclasses.replace(details, models=tuple(models))

    async def local_changed(self, news: str = "") -> None:
        """The embedded server's state has changed: what was known of it is old. `news`: what visitors are told."""
        self._details.pop(LOCAL_NAME, None)
        self._studies.pop(LOCAL_NAME, None)
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
    dot, text = _LOCAL[local.state]
    return Status(LOCAL_NAME, model, dot, error.what if isinstance(error, PlaygroundError) else text, local=True)


_LOCAL: dict[str, tuple[Dot, str]] = {
    "off": ("loading", "The built-in model has not started yet"),
    "starting": ("loading", "The built-in model is starting"),
    "loading": ("loading", "The built-in model is loading"),
    "running": ("running", "Ready"),
    "restarting": ("loading", "The built-in model ended and is starting again"),
    "failed": ("unreachable", "The built-in model cannot run"),
    "missing": ("missing", "The built-in model is not installed"),
}
