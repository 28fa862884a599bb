"""One request's tries, decided: after this error, is it sent again, to which address, in which dialect, after how long?

Pure: waits nothing and sends nothing. What was learned of an endpoint is kept for the next request by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playground.core.endpoint import candidates
from playground.core.errors import BadRequest, EndpointError, Loading, PathNotFound, RateLimited
from playground.core.events import Waiting
from playground.core.payload import Dialect, adapted


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an endpoint that asks to be asked later is waited for. Seconds, but for `limits`.

    `longest`: one wait; `in_all`: all of them. Where a server that loads does not say when to come back, `first`, then
    half as long again each time, up to `growing_to`. `limits`: how often a rate limit that does not say is waited out.
    """

    longest: float = 120.0
    in_all: float = 600.0
    first: float = 2.0
    growing_to: float = 10.0
    limits: int = 3


PATIENCE = Patience()


@dataclass(slots=True)
class Learned:
    """What was found out of an endpoint by trying: the base URL that works, and what it takes."""

    base_url: str | None = None
    dialect: Dialect = field(default_factory=Dialect)
    # The model that is used where none is named, and until when (the caller's clock) that is taken as known.
    first_model: str | None = None
    known_until: float = 0.0


class Tries:
    """`base_url` is where the next try goes, `attempt` its number: 2 after a wait or a dropped connection.

    A try that only corrects the address or a field is no new attempt: the server has not begun to answer.
    """

    def __init__(self, base_url: str, learned: Learned, patience: Patience = PATIENCE) -> None:
        self.learned = learned
        self.attempt = 1
        known = [learned.base_url] if learned.base_url is not None else []
        self._addresses = [*known, *(each for each in candidates(base_url) if each not in known)]
        self._not_found: EndpointError | None = None
        self._patience = patience
        self._waited, self._limits, self._pause = 0.0, 0, patience.first
        self._dropped = False

    @property
    def base_url(self) -> str:
        return self._addresses[0]

    def works(self) -> None:
        """The endpoint answers at this address."""
        self.learned.base_url = self.base_url

    def after_drop(self, error: EndpointError) -> None:
        """The connection ended before a byte of the response: as often as not one that was kept and just closed.

        One more try, since nothing can have come twice; raises the error after that.
        """
        if self._dropped:
            raise error
        self._dropped = True
        self.attempt += 1

    def after(self, error: EndpointError) -> Waiting | None:
        """What comes before the next try; raises the error where there is none."""
        match error:
            case PathNotFound() if len(self._addresses) > 1:
                # The first address is the likeliest: what it said is what is shown if all fail.
                self._not_found = self._not_found or error
                del self._addresses[0]
                return None
            case PathNotFound():
                self.learned.base_url = None
                raise self._not_found or error
            case BadRequest():
                dialect = adapted(self.learned.dialect, error.said)
                if dialect is None:
                    raise error
                self.learned.dialect = dialect
                return None
            case RateLimited():
                return self._wait(error)
            case _:
                raise error

    def _wait(self, error: RateLimited) -> Waiting:
        loading = isinstance(error, Loading)
        seconds = error.retry_after
        if seconds is None:
            seconds, self._pause = self._pause, min(self._pause * 1.5, self._patience.growing_to)
            self._limits += not loading
        # A server that says "at once" again and again must not be asked in a loop without a pause.
        seconds = max(seconds, 0.05 if self.attempt > 1 else 0.0)
        self._waited += seconds
        if (
            seconds > self._patience.longest
            or self._waited > self._patience.in_all
            or self._limits > self._patience.limits
        ):
            raise error
        self.attempt += 1
        why = "The model is loading." if loading else "The endpoint is asked too often."
        return Waiting(why, seconds, self.attempt)
