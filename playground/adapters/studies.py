"""What is known of each endpoint, put together from all that it said: its list of models at each look, what stands
beside that now and then, what requests have proved; and of one that is away, what it said when it was not.

Not here: when an endpoint is asked, and who is told (`endpoints`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
from collections.abc import Awaitable, Callable, Iterable

from playground.adapters.flexai import FlexaiCli
from playground.adapters.probe import healthy, probe, study
from playground.core.capabilities import Claim
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError
from playground.core.tries import may_wake

# Seconds for which what a server says of itself beside its list of models counts as known.
STUDIED = 600.0

# Takes what is known already while more is on its way.
Meanwhile = Callable[[Details], Awaitable[None]]


@dataclasses.dataclass(slots=True)
class _Study:
    """When it was asked, what it listed then, and that with what stands beside."""

    at: float
    listed: Details
    whole: Details


class Studies:
    """Of every endpoint, by name."""

    def __init__(self, flexai: FlexaiCli) -> None:
        self._flexai = flexai
        self._known: dict[str, _Study] = {}
        self._tried: dict[tuple[str, str], tuple[Claim, ...]] = {}

    async def ask(self, name: str, endpoint: Endpoint, meanwhile: Meanwhile) -> Details:
        """The list of models; and now and then, or where the list is another, all that stands beside it."""
        now = asyncio.get_running_loop().time()
        probed = await probe(endpoint)
        known = self._known.get(name)
        if probed.state != "running":
            if known is not None:
                # What comes back may be another version of it.
                known.at = -math.inf
            return await self._absent(name, endpoint, probed, meanwhile)
        if known is None or probed != known.listed or now - known.at >= STUDIED:
            known = self._known[name] = _Study(now, probed, await study(endpoint, probed))
        whole = dataclasses.replace(known.whole, took=probed.took)
        return self.with_tried(name, await healthy(endpoint, whole))

    def learn(self, name: str, model: str, claims: Iterable[Claim]) -> None:
        """Keeps what requests have proved of a model."""
        kept = self._tried.get((name, model), ())
        self._tried[name, model] = tuple(dict.fromkeys((*kept, *claims)))

    def with_tried(self, name: str, details: Details) -> Details:
        """The details, with what requests have proved of each model."""
        models = (
            dataclasses.replace(model, capabilities=model.capabilities.also(self._tried.get((name, model.id), ())))
            for model in details.models
        )
        return dataclasses.replace(details, models=tuple(models))

    def renew(self, name: str) -> None:
        """What stands beside its list is old: it is another server now."""
        self._known.pop(name, None)

    def forget(self, name: str) -> None:
        self.renew(name)
        for tried in [each for each in self._tried if each[0] == name]:
            del self._tried[tried]

    async def _absent(self, name: str, endpoint: Endpoint, probed: Details, meanwhile: Meanwhile) -> Details:
        """One that does not answer. FlexAI's word refines that where it is one of theirs; its program may take long,
        and nobody waits for it to be told that the endpoint is away."""
        if endpoint.flexai is not None and probed.state in ("unreachable", "waking", "loading"):
            await meanwhile(self._away(name, endpoint, probed))
            await self._flexai.look(endpoint.flexai, endpoint.secrets)
        return self._away(name, endpoint, probed)

    def _away(self, name: str, endpoint: Endpoint, probed: Details) -> Details:
        """What is known of it now: why it is away, as far as anybody says so, and what it said when it was not."""
        told = None
        if endpoint.flexai is not None and probed.state in ("unreachable", "waking", "loading"):
            told = self._flexai.state(endpoint.flexai)
        if told is not None:
            probed = dataclasses.replace(probed, state=told, error=None)
        elif isinstance(probed.error, EndpointError) and may_wake(probed.error, sleeps=endpoint.sleeps):
            probed = dataclasses.replace(probed, state="waking", error=None)
        known = self._known.get(name)
        if known is None or not known.whole.models or probed.state == "unauthorized":
            return probed
        kept = dataclasses.replace(
            known.whole, base_url=probed.base_url, state=probed.state, error=probed.error, took=None, remembered=True
        )
        return self.with_tried(name, kept)
