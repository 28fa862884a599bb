"""The scripted endpoint: an OpenAI-compatible server on a real socket, and a record of what it was asked.

    python tests/fake_endpoint.py --port N [--host H] [--key K]      (the repository's root in PYTHONPATH)

What it answers is picked by the last user message: `scenario:NAME` plays that scenario of `tests/scenarios*.py`,
`emit-RATE-COUNT` streams COUNT tokens at RATE a second (0: as fast as the socket takes them), `markdown-NAME-RATE` a
document of `tests/corpus/` (`tests/stage.py`), and anything else is echoed. The model's name can pick as well.

    GET  …/models               the models it lists
    POST …/chat/completions     plays
    GET  /log                   every completion request since the last reset: path, headers, body, `hung_up` (the
                                client closed before the answer was whole), when tokens were sent; `?all`: every request
    POST /reset                 empties the log, and the scenarios' counters
    POST /stage                 gives `markdown-given-RATE` its text (and reasoning)
    POST /release               lets it go on past where it holds

In tests: `async with FakeEndpoint() as fake:` on the test's own loop, then `fake.url`, `fake.completions`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tests import scenarios_details, scenarios_probe, scenarios_requests, scenarios_wire  # noqa: F401 - they enter theirs by themselves
from tests.scenarios import DEFAULT_MODELS, Call, Headers, play
from tests.stage import NAMES, Stage


@dataclass(slots=True)
class Asked:
    """One request as it came, and what became of it. Times are epoch seconds."""

    method: str
    path: str
    headers: dict[str, str]
    raw_headers: list[tuple[str, str]]
    body: Any
    received: float
    hung_up: bool = False
    done: bool = False
    # When each event of the answer was handed to the system, the one that ends it left out.
    sent_at: list[float] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """How many of them."""
        return len(self.sent_at)

    def plain(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class FakeEndpoint:
    """`key`: what Authorization must hold, None for any. `models`: what the models route answers, by scenario."""

    key: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    # The path below which the API lives; "" serves it at the root.
    prefix: str = "/v1"
    # How the models route answers: a scenario's name, or None for the list below.
    models_scenario: str | None = None
    models: list[dict[str, Any]] = field(default_factory=lambda: list(DEFAULT_MODELS))
    # More routes, by path: what `GET /props` and the like answer. A text "scenario:NAME" plays that one; bytes are sent
    # as plain text.
    routes: dict[str, Any] = field(default_factory=dict)
    # What the completion route plays.
    completion_scenario: str = "prefill_refused"
    # Headers of every answer; and the only model that is served, None for any.
    extra_headers: Headers = field(default_factory=dict)
    only_model: str | None = None
    log: list[Asked] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    stage: Stage = field(default_factory=Stage)
    connections: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.prefix

    @property
    def completions(self) -> list[Asked]:
        """The completion requests, oldest first."""
        return [asked for asked in self.log if asked.path.endswith("/completions")]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self.host, self.port, ssl=self.tls, limit=2**24)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def serve_forever(self) -> None:
        if self._server is not None:
            await self._server.serve_forever()

    def reset(self) -> None:
        self.log.clear()
        self.played.clear()

    async def close_connections(self) -> None:
        """Closes every connection, as a server does with one that was idle for long."""
        for writer in list(self._writers):
            writer.close()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with contextlib.suppress(
                asyncio.IncompleteReadError, ConnectionError, ssl.SSLError, asyncio.CancelledError
            ):
                while await self._one(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            if self.tls:
                # A client that keeps its connection would be waited for, to say goodbye.
                writer.transport.abort()
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether the connection can be used for another."""
        first = await reader.readexactly(1)
        if first == b"\x16":
            # The beginning of TLS, at a plain port: answered as every HTTP server answers it.
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            return False
        asked = await _read_request(first, reader)
        path, _, query = asked.path.partition("?")
        asked.path = path
        call = Call(asked, writer, self.extra_headers)
        if path == "/log":
            every = self.log if query == "all" else self.completions
            await call.json(200, [entry.plain() for entry in every])
            return True
        if path == "/reset":
            self.reset()
            await call.json(200, {})
            return True
        if path == "/stage":
            self.stage.put_on(**asked.body)
            await call.json(200, {})
            return True
        if path == "/release":
            self.stage.release()
            await call.json(200, {})
            return True
        self.log.append(asked)
        # The client sends nothing while it is answered, so that a read tells when it hangs up.
        watch = asyncio.create_task(reader.read(1))
        work = asyncio.create_task(self._answer(call, path))
        try:
            await asyncio.wait({watch, work}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done() and not work.done():
                asked.hung_up = True
                work.cancel()
            try:
                await work
            except ConnectionError:
                asked.hung_up = True
            except asyncio.CancelledError:
                pass
        finally:
            work.cancel()
            watch.cancel()
            asked.done = True
        with contextlib.suppress(asyncio.CancelledError):
            await watch
        return call.reusable and not asked.hung_up

    async def _answer(self, call: Call, path: str) -> None:
        asked = call.asked
        if path in self.routes:
            await self._route(call, self.routes[path])
        elif not path.startswith(self.prefix + "/"):
            await call.json(404, {"detail": "Not Found"})
        elif self.key is not None and asked.headers.get("authorization") != f"Bearer {self.key}":
            await call.json(401, {"error": "Unauthorized"})
        elif path == f"{self.prefix}/models" and self.models_scenario is None:
            await call.json(200, {"object": "list", "data": self.models})
        elif path == f"{self.prefix}/models":
            await play(str(self.models_scenario), call, self.played)
        elif path == f"{self.prefix}/chat/completions" and asked.method == "POST":
            if self.only_model not in (None, asked.body.get("model")):
                await play("unknown_model", call, self.played)
                return
            picked = _picked(asked.body)
            if NAMES.fullmatch(picked):
                await self.stage.play(picked, call)
            else:
                await play(picked, call, self.played)
        elif path == f"{self.prefix}/completions" and asked.method == "POST":
            picked = _picked(asked.body)
            await play(self.completion_scenario if picked == "echo" else picked, call, self.played)
        else:
            await call.json(404, {"detail": "Not Found"})

    async def _route(self, call: Call, answer: Any) -> None:
        if isinstance(answer, str) and answer.startswith("scenario:"):
            await play(answer.removeprefix("scenario:"), call, self.played)
        elif isinstance(answer, bytes):
            await call.answer(200, "text/plain; version=0.0.4; charset=utf-8", answer)
        else:
            await call.json(200, answer)


def _picked(body: Any) -> str:
    """The scenario that a request asks for: by its last user message or its prompt, else by its model."""
    users = [message.get("content") for message in body.get("messages") or [] if message.get("role") == "user"]
    said = str(users[-1]) if users else str(body.get("prompt", ""))
    for text in (said, str(body.get("model"))):
        if found := re.search(r"scenario:(\w+)", text):
            return found[1]
        if found := re.search(r"emit-\d+-\d+", text) or NAMES.search(text):
            return found[0]
    return "echo"


async def _read_request(first: bytes, reader: asyncio.StreamReader) -> Asked:
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.split("\r\n")
    method, path, _version = line.split(" ", 2)
    pairs = [(name, value.strip()) for name, _, value in (each.partition(":") for each in rest if each)]
    headers: Headers = {name.lower(): value for name, value in pairs}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    body = json.loads(raw) if raw else None
    return Asked(method, path, headers, pairs, body, time.time())


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--key")
    options = parser.parse_args()
    async with FakeEndpoint(key=options.key, host=options.host, port=options.port) as fake:
        print(fake.url, flush=True)  # noqa: T201 - this is a command: the address is its output
        await fake.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
