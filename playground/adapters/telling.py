"""Tells what goes over the wire for an answer, with secrets masked: what `core.recording` keeps.

A request is told as the client sends it, after every hook has changed it. Imports nothing heavy; nobody need listen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

from playground.adapters import headers
from playground.core.endpoint import Endpoint
from playground.core.errors import PlaygroundError
from playground.core.masking import Masker, masked_body, masked_text, values_of
from playground.core.redact import redact, without
from playground.core.secret import MASK, Secret
from playground.core.secret_names import is_secret
from playground.core.wire_events import Answered, Closed, Headers, Opened, Received, Tell

if TYPE_CHECKING:
    import httpx2

    from playground.adapters.http import Refused


class Teller:
    """One try's. Leaving it tells that the try is over, and what broke it off."""

    def __init__(self, tell: Tell | None, endpoint: Endpoint) -> None:
        self._tell = tell
        self._endpoint = endpoint
        # Of their own, for as long as this try lasts: a key that is forgotten meanwhile is masked all the same.
        self._secrets = tuple(Secret(each.reveal()) for each in endpoint.secrets) if tell is not None else ()
        self._values = values_of(self._secrets)
        self._masker = Masker(self._values)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tell is None:
            return
        if rest := self._masker.rest():
            self._tell(Received(rest))
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
            # Told though nothing may be left of it: that a byte came now counts.
            self._tell(Received(self._masker.feed(data)))

    def _opened(self, request: httpx2.Request) -> None:
        if self._tell is not None:
            url, url_masked = self._address(str(request.url))
            body, body_masked = masked_body(request.content, self._values)
            sent = self._masked(request.headers.multi_items())
            self._tell(Opened(request.method, url, sent, body, masked=url_masked or body_masked))

    def _address(self, url: str) -> tuple[str, bool]:
        """Without a secret in its path, where some gateways want one. A host is called what it is called: it may look
        like a key, and nobody finds it by another name."""
        parts = urlsplit(url)
        path = masked_text(parts.path, (*self._values, *(quote(value, safe="") for value in self._values)))
        return (url, False) if path == parts.path else (urlunsplit(parts._replace(path=path)), True)

    def _masked(self, pairs: Iterable[tuple[str, str]]) -> Headers:
        own = {name.lower() for name, _ in self._endpoint.headers}
        return tuple((name, self._value(name.lower(), value, own)) for name, value in pairs)

    def _value(self, name: str, value: str, own: set[str]) -> str:
        # A value is shown to nobody whose name says that it is a secret, and neither is one that the operator has set.
        if name in own or is_secret(name):
            scheme, _, rest = value.partition(" ")
            return f"{scheme} {MASK}" if name == "authorization" and name not in own and rest else MASK
        return redact(value, self._secrets)
