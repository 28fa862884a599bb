"""Tells what goes over the wire for an answer, with secrets masked: what `core.recording` keeps.

A request is told as the client sends it, after every hook has changed it. Imports nothing heavy; nobody need listen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from playground.adapters import headers
from playground.core.endpoint import Endpoint
from playground.core.errors import PlaygroundError
from playground.core.recording import Answered, Closed, Headers, Opened, Received, Tell
from playground.core.redact import redact, without
from playground.core.secret import MASK

if TYPE_CHECKING:
    import httpx2

    from playground.adapters.http import Refused

# Their values are shown to nobody, whatever they hold.
_HIDDEN = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "x-api-key"})


class Teller:
    """One try's. Leaving it tells that the try is over, and what broke it off."""

    def __init__(self, tell: Tell | None, endpoint: Endpoint) -> None:
        self._tell = tell
        self._endpoint = endpoint
        # Looked for in each read; a key that is forgotten meanwhile is masked all the same.
        self._secrets = endpoint.secrets

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tell is None:
            return
        why = error.what if isinstance(error, PlaygroundError) else "" if error is None else "stopped"
        self._tell(Closed(why))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Whatever this task sends inside it is told."""
        if self._tell is None:
            yield
            return
        token = headers.watcher.set(self._opened)
        try:
            yield
        finally:
            headers.watcher.reset(token)

    def answered(self, response: Any) -> None:
        if self._tell is not None:
            self._tell(Answered(response.status_code, self._masked(response.headers.multi_items())))

    def refused(self, refused: Refused) -> None:
        """An error's head, and its body as far as it was read."""
        if self._tell is not None:
            self._tell(Answered(refused.status, self._masked(refused.headers.items())))
            # What else looks like a secret in it is masked where it is shown: here an answer may be streaming.
            self._tell(Received(without(refused.body, self._secrets)))

    def received(self, data: bytes) -> None:
        if self._tell is not None:
            self._tell(Received(without(data, self._secrets) if self._secrets else data))

    def _opened(self, request: httpx2.Request) -> None:
        if self._tell is not None:
            url = redact(str(request.url), self._secrets)
            sent = self._masked(request.headers.multi_items())
            self._tell(Opened(request.method, url, sent, without(request.content, self._secrets)))

    def _masked(self, pairs: Iterable[tuple[str, str]]) -> Headers:
        own = {name.lower() for name, _ in self._endpoint.headers}
        return tuple((name, self._value(name.lower(), value, own)) for name, value in pairs)

    def _value(self, name: str, value: str, own: set[str]) -> str:
        if name in own or name in _HIDDEN:
            scheme, _, rest = value.partition(" ")
            return f"{scheme} {MASK}" if name == "authorization" and name not in own and rest else MASK
        return redact(value, self._secrets)
