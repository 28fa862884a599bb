"""What is told of the wire while an answer is asked for: a request, its head, each read, its end. Values only.

Secrets are masked before anything of this is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Headers = tuple[tuple[str, str], ...]

# The header that goes out with each request; it says nothing but which one it is.
REQUEST_ID = "x-request-id"
# Characters from which on an id is no word or number that others have as well.
LEAST_ID = 8
# Names under which servers give a request's id, in the order in which they are believed.
REQUEST_IDS = (
    REQUEST_ID,
    "request-id",
    "x-amzn-requestid",
    "apim-request-id",
    "x-ms-request-id",
    "x-correlation-id",
    "x-trace-id",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A request goes out: one for each try. `headers` in their order; `body` as it was sent, byte for byte.

    `masked`: but for a secret in the body or the address, which is masked there.
    """

    method: str
    url: str
    headers: Headers
    body: bytes = field(repr=False)
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The head of a response has come."""

    status: int
    headers: Headers

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Received:
    """What one read from the network has brought of a body: of an answer, or of an error."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Closed:
    """A try is over. `why`: what broke it off, in our own words; "" where nothing did."""

    why: str = ""


Told = Opened | Answered | Received | Closed
# Takes what there is to tell. Called for each read: it must be quick.
Tell = Callable[[Told], None]


def header(headers: Headers, name: str) -> str | None:
    """The first header of that name, in lower case."""
    return next((value for each, value in headers if each.lower() == name), None)
