"""What of a request's headers goes out: ours, an endpoint's own, and a secret to its own place only.

Each is a hook that one of the two libraries' clients calls for every request, a redirected one included.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from playground.core.endpoint import Endpoint, Origin, origin
from playground.core.secret import Secret
from playground.core.wire_events import REQUEST_ID

if TYPE_CHECKING:
    import httpx2

# Every header that goes out, besides an endpoint's own. A library's other ones tell of this machine, or come from its
# environment.
# A request's id says nothing but which request this is: by it one is found in the server's log.
SENT = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-type",
        "content-length",
        "user-agent",
        "authorization",
        REQUEST_ID,
    }
)
_TAKEN_OUT = "playground.taken_out"
# Whoever wants to see a request as it goes out, in the task that sends it.
watcher: ContextVar[Callable[[httpx2.Request], None] | None] = ContextVar("watcher", default=None)


@dataclass(frozen=True, slots=True)
class Own:
    """An endpoint's own headers, and the only place they go to."""

    place: Origin
    headers: tuple[tuple[str, Secret], ...]

    def put_on(self, request: httpx.Request | httpx2.Request) -> bool:
        """Whether the request goes to that place; then it has them now."""
        if origin(str(request.url)) != self.place:
            return False
        for name, value in self.headers:
            request.headers[name] = value.reveal()
        return True


def own(base_url: str, endpoint: Endpoint) -> Own:
    return Own(origin(base_url), endpoint.headers)


async def only_there(its: Own, request: httpx.Request) -> None:
    """For a client of one endpoint: its headers go with what goes there, and nothing secret with anything else."""
    if not its.put_on(request):
        request.headers.pop("authorization", None)


async def only_ours(its: Own | None, request: httpx2.Request) -> None:
    """For a client of one endpoint that has headers, or of all that have none: takes out what is not ours."""
    others = {name: value for name, value in request.headers.items() if name not in SENT}
    for name in others:
        del request.headers[name]
    request.extensions[_TAKEN_OUT] = others
    if its is not None:
        its.put_on(request)
    if (watch := watcher.get()) is not None:
        watch(request)


def put_back(request: httpx2.Request) -> None:
    """What was taken out: openai's client keeps marks for itself there, and looks for them after the response."""
    request.headers.update(request.extensions[_TAKEN_OUT])
