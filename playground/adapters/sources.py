"""Who says what of an endpoint: each source in one form, in the order in which they count. Asks when it is told to.

    the settings            what the operator states counts before all else
    the built-in server     what it was really started with
    this app                what it sees by itself: the state, the time an answer takes
    the FlexAI CLI          the control plane's word
    the server              what its own routes say

Not here: which key fills which field (`core.sheet`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import quote

from playground.adapters.endpoints import EndpointBook
from playground.adapters.local import LocalServer
from playground.core.details import Fact
from playground.core.endpoint import Endpoint
from playground.core.errors import CommandFailed, PlaygroundError
from playground.core.flexai import SOURCE as FLEXAI
from playground.core.redact import redact
from playground.core.servers import NAMES
from playground.core.sheet import Field, Sheet, Stated, merged
from playground.core.status import TABLE
from playground.core.withheld import command

# Seconds for which a look at an endpoint counts, while somebody has its details open.
FRESH = 4.5
SETTINGS, EMBEDDED, APP = "the settings", "the built-in server", "this app"
TIMED = "this app, for the list of models"

Source = Callable[[Endpoint], Iterator[Stated]]


class Sources:
    """`local` is the embedded server, None where there is none."""

    def __init__(self, book: EndpointBook, local: LocalServer | None) -> None:
        self._book = book
        self._local = local
        self._in_order: tuple[Source, ...] = (
            self._settings,
            self._embedded,
            self._app,
            self._flexai,
            self._server,
        )
        self._looks: set[asyncio.Task[None]] = set()

    def sheet(self, name: str) -> Sheet:
        """All that is known now, without asking anybody."""
        endpoint = self._book.endpoint(name)
        return merged(stated for source in self._in_order for stated in source(endpoint))

    def notes(self, name: str, *, operator: bool) -> Iterator[tuple[str, PlaygroundError]]:
        """What kept a source from saying anything. `operator`: only they are told what a program of theirs has written,
        and which other endpoints it names."""
        endpoint = self._book.endpoint(name)
        known = self._book.flexai.known(endpoint.flexai) if endpoint.flexai is not None else None
        if known is not None and known.error is not None:
            error = known.error
            yield (
                FLEXAI,
                CommandFailed(error.what, error.hint, redact(error.said, endpoint.secrets) if operator else ""),
            )
        details = self._book.details(name)
        if details is not None and details.error is not None:
            yield APP, details.error

    def asking(self, name: str) -> bool:
        """Whether something new is on its way."""
        flexai = self._book.endpoint(name).flexai
        return self._book.asking(name) or (flexai is not None and self._book.flexai.asking(flexai))

    async def look(self, name: str) -> None:
        """Begins to ask every source that can say something new, unless that was done a moment ago, or the endpoint is
        left alone. Waits for none."""
        if not self._book.resting.rests(name):
            self._begin(self._book.check(name, fresh=FRESH))
        flexai = self._book.endpoint(name).flexai
        if flexai is not None:
            self._begin(self._book.flexai.look(flexai, self._book.endpoint(name).secrets))
        # So that they have begun.
        await asyncio.sleep(0)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    def _settings(self, endpoint: Endpoint) -> Iterator[Stated]:
        if endpoint.kind == "local":
            return
        said = "typed here" if endpoint.reach is not None else SETTINGS
        fields: list[tuple[Field, Fact]] = [("name", Fact(endpoint.label, "said", said))]
        stated = dict(endpoint.stated)
        if not any(key.lower() == "url" for key in stated):
            fields.append(("url", Fact(endpoint.base_url, "said", said)))
        yield Stated(said, endpoint.stated, tuple(fields))

    def _embedded(self, endpoint: Endpoint) -> Iterator[Stated]:
        if endpoint.kind != "local" or self._local is None:
            return
        served, here = self._local.served, self._local.endpoint
        fields: list[tuple[Field, Fact]] = [
            ("name", Fact(endpoint.label, "said", EMBEDDED)),
            ("hf_token_secret_name", Fact("none: it needs no token", "said", EMBEDDED, words=True)),
            ("api_key_secret_name", Fact("none: its key is new at each start", "said", EMBEDDED, words=True)),
        ]
        if served is None or here is None:
            yield Stated(EMBEDDED, (), tuple(fields))
            return
        fields += [
            ("id", Fact(f"process {served.pid}", "said", EMBEDDED)),
            ("url", Fact(here.base_url, "said", EMBEDDED)),
            ("device", Fact((served.devices or "CPU").lower(), "said", EMBEDDED)),
            ("runtime_args", Fact(command(served.arguments), "said", EMBEDDED)),
        ]
        if served.version:
            fields.append(("version", Fact(f"xllamacpp {served.version}", "said", EMBEDDED)))
        lines = (
            ("model file", served.file),
            ("context for each conversation", f"{served.context:,} tokens"),
            ("slots", str(served.slots)),
            ("threads", str(served.threads)),
        )
        yield Stated(EMBEDDED, lines, tuple(fields))

    def _app(self, endpoint: Endpoint) -> Iterator[Stated]:
        name = endpoint.name
        status, details, looked = self._book.status(name), self._book.details(name), self._book.looked(name)
        fields: list[tuple[Field, Fact]] = []
        if status.dot != "unknown":
            fields.append(("status", Fact(TABLE[status.dot].word, "tried", APP)))
        if details is not None:
            fields.append(("url", Fact(details.base_url, "tried", APP)))
            if details.server is not None and details.server_by is not None:
                fields.append(("server", Fact(NAMES[details.server], *details.server_by)))
        if name in self._book.names:
            # The browser knows by which address this app is opened.
            fields.append(("playground_url", Fact(f"/?endpoint={quote(name, safe='')}", "said", APP)))
        if looked is not None:
            at, took = looked
            fields.append(("last_check", Fact(f"{at:.3f}", "tried", APP)))
            if details is not None and details.state == "running" and took is not None:
                fields.append(("round_trip", Fact(f"{took * 1000:.0f} ms", "tried", TIMED)))
        yield Stated(APP, (), tuple(fields))

    def _flexai(self, endpoint: Endpoint) -> Iterator[Stated]:
        known = self._book.flexai.known(endpoint.flexai) if endpoint.flexai is not None else None
        if known is None or known.inspected is None:
            return
        said = known.inspected
        fields: tuple[tuple[Field, Fact], ...] = ()
        if said.status:
            fields = (("status", Fact(redact(said.status, endpoint.secrets), "said", FLEXAI)),)
        yield Stated(FLEXAI, tuple((key, redact(text, endpoint.secrets)) for key, text in said.lines), fields)

    def _server(self, endpoint: Endpoint) -> Iterator[Stated]:
        details = self._book.details(endpoint.name)
        if details is None:
            return
        if details.version is not None:
            yield Stated("the server", (), (("version", Fact(details.version, "said", "the server")),))
        for route, lines in details.answers:
            yield Stated(route, lines)
