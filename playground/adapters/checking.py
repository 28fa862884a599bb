"""Takes the steps of "Test and connect": makes the requests, measures, and tells of each step as it goes.

The connection's own steps (name, address, TLS) are not taken apart from the first request, but read off it: what is
tested is what is used, and there is no second connection that another rule could hold for. Not here: what a step's
answer means (`core.checks`), and what a server can do beyond one token (`trying`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import urlsplit

import httpx

from playground.adapters import http
from playground.adapters.connecting import (
    Marks,
    name_step,
    no_handshake,
    place_of,
    plain_words,
    reached,
    since,
)
from playground.adapters.listing import Listed, awaited, list_models, with_health
from playground.adapters.one_token import Token, one_token
from playground.adapters.probe import failed_details, study
from playground.core.checks import (
    STEPS,
    Checked,
    Step,
    StepName,
    failed,
    key_step,
    models_step,
    skipped_after,
    step_of,
)
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError, Unauthorized
from playground.core.redact import redact

Limits = dict[StepName, float]
LIMITS: Limits = {name: row.seconds for name, row in STEPS.items()}


async def check(endpoint: Endpoint, limits: Limits = LIMITS) -> AsyncGenerator[Step | Checked, None]:
    """Each step as it begins ("running") and as it ends, then what was found.

    Never raises for what an endpoint does. Closing the generator, or cancelling it, ends every request at once.
    `limits`: seconds for each step.
    """
    found = Checked(endpoint, Details(endpoint.base_url, "unreachable"))
    checking = _Checking(endpoint, limits)
    try:
        async with aclosing(checking.steps()) as steps:
            async for step in steps:
                yield step
                if step.outcome == "failed":
                    for later in skipped_after(step.name):
                        yield later
        found = checking.found
    finally:
        await checking.close()
    yield found


class _Checking:
    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._client: httpx.AsyncClient | None = None
        self._request: asyncio.Task[Listed] | None = None
        self._marks = Marks(tunnel=False)
        self.found = Checked(endpoint, Details(endpoint.base_url, "unreachable"))

    async def close(self) -> None:
        if self._request is not None:
            self._request.cancel()
            await asyncio.wait({self._request})
            if not self._request.cancelled():
                # Asked for, so that nobody is told that it was not.
                self._request.exception()
            await self._marks.close()
        if self._client is not None:
            await self._client.aclose()

    async def steps(self) -> AsyncGenerator[Step, None]:
        """Up to the first that fails."""
        base_url = self._endpoint.base_url
        try:
            http.bearer(self._endpoint.key)
        except EndpointError as error:
            for name in ("name", "address", "tls"):
                yield Step(name, "skipped", "Not reached: the key cannot be sent.")
            yield self._failed("key", error)
            return
        yield Step("name", "running")
        try:
            proxy = http.through(base_url, self._endpoint)
            self._client = http.quick_client(base_url, max(self._limits.values()), self._endpoint)
        except EndpointError as error:
            yield self._failed("name", error)
            return
        began = time.perf_counter()
        try:
            step = await name_step(self._endpoint, proxy, self._limits["name"])
        except EndpointError as error:
            step = self._failed("name", error, began)
        yield step
        if step.outcome == "failed":
            return
        marks = self._marks = Marks(tunnel=proxy is not None and base_url.startswith("https:"))
        self._request = asyncio.create_task(list_models(self._client, self._endpoint, marks))
        async with aclosing(self._connection(marks, self._request, proxy)) as steps:
            async for step in steps:
                yield step
        if self.found.failed is None:
            async with aclosing(self._talk(self._client, self._request)) as steps:
                async for step in steps:
                    yield step

    async def _connection(
        self, marks: Marks, request: asyncio.Task[Listed], proxy: str | None
    ) -> AsyncGenerator[Step, None]:
        """Address and TLS, read off the first request as it goes."""
        base_url = self._endpoint.base_url
        where = urlsplit(base_url).netloc
        yield Step("address", "running")
        began = time.perf_counter()
        error = await reached(base_url, marks.connected, request, self._limits["address"])
        if error is not None:
            # What a TLS handshake or an answer breaks on is no matter of the address.
            yield self._failed("address", error, began)
            return
        through = "" if proxy is None else f" through the proxy {place_of(proxy)}"
        yield Step("address", "ok", f"{where} takes connections{through}.", seconds=since(began))
        if not base_url.startswith("https:"):
            return
        yield Step("tls", "running")
        began = time.perf_counter()
        error = await reached(base_url, marks.secured, request, self._limits["tls"])
        if error is not None:
            yield self._failed("tls", no_handshake(error, where), began)
            return
        yield Step("tls", "ok", "The certificate is trusted.", seconds=since(began))

    async def _talk(self, client: httpx.AsyncClient, request: asyncio.Task[Listed]) -> AsyncGenerator[Step, None]:
        """Key, models and one token; and TLS, where the address says plain HTTP."""
        plain = self._endpoint.base_url.startswith("http:")
        yield Step("tls" if plain else "key", "running")
        began = time.perf_counter()
        limits = self._limits
        listed = await awaited(client, self._endpoint, request, seconds=limits["key"], tls=limits["tls"])
        error = listed.details.error
        name = step_of(error) if isinstance(error, EndpointError) else "models"
        if plain and name == "tls" and isinstance(error, EndpointError):
            yield self._failed("tls", error, began, listed.details)
            return
        if plain:
            # Only the answer could tell whether plain HTTP is right.
            yield Step("tls", "skipped", plain_words(self._endpoint.base_url))
            yield Step("key", "running")
        if isinstance(error, Unauthorized):
            told = await with_health(client, self._endpoint, error, limits["models"])
            yield self._failed("key", told, began, listed.details)
            return
        yield key_step(self._endpoint, listed.details, listed=listed.listed, seconds=since(began))
        yield Step("models", "running")
        if isinstance(error, EndpointError):
            yield self._failed("models", error, began, listed.details)
            return
        details = await study(self._endpoint, listed.details, self._limits["models"])
        yield models_step(self._endpoint, details, status=listed.status, seconds=since(began))
        yield Step("token", "running")
        token = await one_token(client, self._endpoint, details, listed=listed.listed, seconds=self._limits["token"])
        yield self._finished(token)

    def _failed(
        self, name: StepName, error: EndpointError, began: float | None = None, details: Details | None = None
    ) -> Step:
        error.said = redact(error.said, self._endpoint.secrets)
        details = details or failed_details(self._endpoint.base_url, error, self._endpoint)
        self.found = dataclasses.replace(self.found, details=details, failed=name, error=error)
        return failed(name, error, None if began is None else since(began))

    def _finished(self, token: Token) -> Step:
        endpoint = dataclasses.replace(self._endpoint, base_url=token.details.base_url)
        if token.error is not None:
            step = self._failed("token", token.error, details=token.details)
            self.found = dataclasses.replace(self.found, endpoint=endpoint, model=token.model)
            return dataclasses.replace(step, seconds=token.seconds)
        self.found = Checked(endpoint, token.details, token.model, token.mode, token.first_token)
        if token.mode is None:
            return Step("token", "skipped", "No model is named and none is listed.", "Name one, then test again.")
        return Step("token", "ok", token.text, seconds=token.first_token)
