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
from contextlib import aclosing, suppress
from dataclasses import dataclass
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
    speaks_tls,
)
from playground.adapters.exchange import ERRORS, Exchange, exchange
from playground.adapters.one_token import Token, one_token
from playground.adapters.probe import failed_details, read, root, study
from playground.adapters.troubles import before_any_byte, dropped, trouble
from playground.core.checks import (
    STEPS,
    Checked,
    Step,
    StepName,
    bases,
    failed,
    key_step,
    models_step,
    skipped_after,
    step_of,
)
from playground.core.details import Details
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError, TLSFailed, Unauthorized
from playground.core.redact import redact
from playground.core.refusals import refusal

Limits = dict[StepName, float]
LIMITS: Limits = {name: row.seconds for name, row in STEPS.items()}


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the models route has said. `listed`: it gave a list, empty or not."""

    details: Details
    status: int
    listed: bool


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
        self._request: asyncio.Task[_Listed] | None = None
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
        self._request = asyncio.create_task(self._list(self._client, marks))
        async with aclosing(self._connection(marks, self._request, proxy)) as steps:
            async for step in steps:
                yield step
        if self.found.failed is None:
            async with aclosing(self._talk(self._client, self._request)) as steps:
                async for step in steps:
                    yield step

    async def _connection(
        self, marks: Marks, request: asyncio.Task[_Listed], proxy: str | None
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

    async def _talk(self, client: httpx.AsyncClient, request: asyncio.Task[_Listed]) -> AsyncGenerator[Step, None]:
        """Key, models and one token; and TLS, where the address says plain HTTP."""
        plain = self._endpoint.base_url.startswith("http:")
        yield Step("tls" if plain else "key", "running")
        began = time.perf_counter()
        listed = await self._answer(client, request)
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
            yield self._failed("key", await self._with_health(client, error), began, listed.details)
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

    async def _answer(self, client: httpx.AsyncClient, request: asyncio.Task[_Listed]) -> _Listed:
        """What the models route says, or why it says nothing."""
        base_url = self._endpoint.base_url
        try:
            async with asyncio.timeout(self._limits["key"]):
                return await asyncio.shield(request)
        except (TimeoutError, *ERRORS) as broke:
            error = trouble(broke, base_url)
            if before_any_byte(broke):
                error = dropped(base_url)
                if base_url.startswith("http:") and await speaks_tls(client, self._endpoint, self._limits["tls"]):
                    error = TLSFailed(
                        f"{urlsplit(base_url).netloc} speaks HTTPS only.",
                        "Begin its URL with https:// instead of http://.",
                    )
        return _Listed(failed_details(base_url, error, self._endpoint), 0, listed=False)

    async def _list(self, client: httpx.AsyncClient, marks: Marks) -> _Listed:
        """The list of models, wherever below the address it is. Raises what is in `ERRORS`."""
        first: _Listed | None = None
        for base_url in bases(self._endpoint.base_url):
            got = await exchange(client, f"{base_url}/models", self._endpoint, trace=marks.trace)
            found = _Listed(read(_base_of(got, base_url), got, self._endpoint), got.answer.status, _is_list(got))
            if found.details.state == "loading":
                found = dataclasses.replace(
                    found, details=dataclasses.replace(found.details, error=refusal(got.answer))
                )
            if found.listed or found.details.state in ("unauthorized", "loading"):
                return found
            # The likeliest address is what counts where none has a list.
            first = first or found
        assert first is not None, "there is always an address to try"
        return first

    async def _with_health(self, client: httpx.AsyncClient, error: Unauthorized) -> Unauthorized:
        """The same, with the comfort that the server is up where it says so to everybody."""
        with suppress(TimeoutError, *ERRORS):
            async with asyncio.timeout(self._limits["models"]):
                got = await exchange(client, root(self._endpoint.base_url) + "/health", self._endpoint, key=False)
                if got.ok and not got.answer.page:
                    return Unauthorized(
                        error.what, f"{error.hint} The server itself is up.", error.said, status=error.status
                    )
        return error

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


def _base_of(got: Exchange, base_url: str) -> str:
    """The base URL that a list came from: another one where a redirect led there."""
    return got.url.removesuffix("/models") if got.url.endswith("/models") else base_url


def _is_list(got: Exchange) -> bool:
    listed = got.json.get("data") if isinstance(got.json, dict) else got.json
    return got.ok and isinstance(listed, list)
