"""One request's tries, decided: after this error, is it sent again, to which address, in which dialect, after how long?

Pure: waits nothing and sends nothing. What was learned of an endpoint (`learning`) is kept for the next request by the
caller. Not here: what a refusal's words mean (`adapting`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.core.adapting import Asked, Change, adapt, explained, known_notes, other_route, wants_other_route
from playground.core.endpoint import candidates
from playground.core.errors import (
    BadRequest,
    ConnectionBroke,
    EndpointError,
    Loading,
    PathNotFound,
    RateLimited,
    Refused,
    ServerFailed,
    Unreachable,
    Waking,
)
from playground.core.events import Adapted, Waiting
from playground.core.learning import Learned
from playground.core.refusals import waking
from playground.core.run import Request

# Things that one request may change before it is given up; extra JSON can hold any number of them.
MOST_CHANGES = 12


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an endpoint that asks to be asked later is waited for. Seconds, but for `limits`.

    `longest`: one wait for a rate limit; `in_all`: all of them. `wake`: for a model that loads or wakes up, from the
    first request on. Where it does not say when to come back, `first`, then half as long again each time, up to
    `growing_to`. `limits`: how often a rate limit that does not say is waited out.
    """

    longest: float = 120.0
    in_all: float = 600.0
    wake: float = 600.0
    first: float = 2.0
    growing_to: float = 10.0
    limits: int = 3


PATIENCE = Patience()


class Tries:
    """`base_url` is where the next try goes, `attempt` its number: 2 after a wait or a dropped connection.

    A try that only corrects the address, the route or a field is no new attempt: the server has not begun to answer.
    `asks` is called before each try, `works` once the endpoint answers, `after` with what it refuses.
    """

    def __init__(self, base_url: str, learned: Learned, patience: Patience = PATIENCE) -> None:
        self.learned = learned
        self.attempt = 1
        self.asked: Asked | None = None
        known = [learned.base_url] if learned.base_url is not None else []
        self._every = [*known, *(each for each in candidates(base_url) if each not in known)]
        self._addresses = list(self._every)
        self._not_found: EndpointError | None = None
        self._patience = patience
        self._waited, self._limits, self._pause = 0.0, 0, patience.first
        self._dropped = False
        # An endpoint that was found asleep may answer in any way until it is up.
        self._asleep = False
        self._began: float | None = None
        # What this request changed, and in which dialect that leaves it; the first refusal of a route.
        self._changed: set[str] = set()
        self._dialect: dict[str, Any] = {}
        self._notes: list[Adapted] = []
        self._no_route: EndpointError | None = None
        self._model, self._now = "", 0.0

    @property
    def base_url(self) -> str:
        return self._addresses[0]

    def asks(self, request: Request, model: str, now: float) -> Asked:
        """What is sent next, but for its body: by which route, in which dialect. `now` in seconds of one clock."""
        if model != self._model:
            # What was changed for one model says nothing of another.
            self._changed, self._dialect, self._notes = set(), {}, []
        self._model = model
        self.at(now)
        known = self.learned.dialect(model, now)
        refused = known.refused | self._dialect.get("refused", frozenset())
        dialect = dataclasses.replace(known, **self._dialect | {"refused": refused})
        mode = request.params.mode or dialect.mode or request.mode or "chat"
        if request.continue_by is not None:
            mode = "chat"
        self.asked = Asked(request, mode, dialect, {})
        return self.asked

    def at(self, now: float) -> None:
        """The time at which a try begins: what is waited counts from the first one."""
        self._now = now
        self._began = now if self._began is None else self._began

    def sends(self, body: Mapping[str, Any]) -> None:
        """The body of the try that goes out now: what a refusal can be about."""
        if self.asked is not None:
            self.asked = dataclasses.replace(self.asked, sent=body)

    def works(self) -> tuple[Adapted, ...]:
        """The endpoint answers at this address, to this: that is kept. Gives what the person is to be told of it."""
        self.learned.base_url = self.base_url
        if self.asked is None:
            return ()
        if self._dialect:
            self.learned.learn(self._model, self._dialect, self._now)
        told = {note.what for note in self._notes}
        known = known_notes(self.asked.request, self.asked.dialect, self.asked.mode)
        return (*self._notes, *(note for note in known if note.what not in told))

    def after_drop(self, error: EndpointError, *, sleeps: bool = False) -> Waiting | None:
        """The connection ended before a byte of the response: as often as not one that was kept and just closed.

        One more try, since nothing can have come twice; after that it is as `after`.
        """
        if self._dropped:
            return self.after(error, sleeps=sleeps)
        self._dropped = True
        self.attempt += 1
        return None

    def after(self, error: EndpointError, *, sleeps: bool = False) -> Waiting | None:
        """What comes before the next try; raises the error where there is none.

        `sleeps`: the endpoint is known to be scaled to zero at times. Once it was found so, it may fail in any way
        until it is up.
        """
        if not isinstance(error, RateLimited) and may_wake(error, found=self._asleep, sleeps=sleeps):
            error = waking(error.said, status=error.status)
        match error:
            case RateLimited():
                return self._wait(error)
            case PathNotFound() if self._adapts(error):
                return None
            case PathNotFound():
                self._elsewhere(error)
                return None
            case BadRequest() | ServerFailed() if self._adapts(error):
                return None
            case BadRequest() if self.asked is not None:
                raise self._first_refusal(error) or explained(self.asked, error)
            case _:
                raise error

    def _elsewhere(self, error: EndpointError) -> None:
        """Nothing is there: the next address, then the other route. Raises where every one was tried."""
        # The first address is the likeliest: what it said is what is shown if all fail.
        self._not_found = self._not_found or error
        if len(self._addresses) > 1:
            del self._addresses[0]
            return
        asked = self.asked
        # Only where nobody knows: a model that is said to chat has its chat somewhere.
        if asked is not None and asked.mode_is_free and asked.request.mode is None and self._change(other_route(asked)):
            self._addresses = list(self._every)
            return
        self.learned.base_url = None
        raise self._no_route or self._not_found

    def _adapts(self, error: EndpointError) -> bool:
        """Whether the next try is another one, after a refusal that says how."""
        change = adapt(self.asked, error) if self.asked is not None else None
        if change is None or not self._change(change):
            return False
        if "mode" in change.things:
            self._no_route = error
        return True

    def _change(self, change: Change) -> bool:
        """Takes a change, unless one of its things was changed before or there were too many."""
        if self._changed & change.things or len(self._changed) >= MOST_CHANGES:
            return False
        self._changed |= change.things
        refused = self._dialect.get("refused", frozenset()) | change.dialect.get("refused", frozenset())
        self._dialect |= change.dialect
        if refused:
            self._dialect["refused"] = refused
        self._notes += change.notes
        return True

    def _first_refusal(self, error: EndpointError) -> EndpointError | None:
        """Where both routes are refused, what the first one said."""
        return (
            self._no_route
            if self._no_route is not None and self.asked and wants_other_route(self.asked, error)
            else None
        )

    def _wait(self, error: RateLimited) -> Waiting:
        loading = isinstance(error, Loading)
        self._asleep |= isinstance(error, Waking)
        seconds = error.retry_after
        if seconds is None:
            seconds, self._pause = self._pause, min(self._pause * 1.5, self._patience.growing_to)
            self._limits += not loading
        # A server that says "at once" again and again must not be asked in a loop without a pause.
        seconds = max(seconds, 0.05 if self.attempt > 1 else 0.0)
        self._waited += seconds
        if self._too_long(seconds, loading=loading):
            raise error
        self.attempt += 1
        if isinstance(error, Waking):
            return Waiting("The model is waking up.", seconds, self.attempt)
        return Waiting(
            "The model is loading." if loading else "The endpoint is asked too often.", seconds, self.attempt
        )

    def _too_long(self, seconds: float, *, loading: bool) -> bool:
        """Whether waiting that long once more is more than there is patience for. A request that was held for a while
        counts as well."""
        if loading:
            asking = 0.0 if self._began is None else self._now - self._began
            return max(self._waited, asking + seconds) > self._patience.wake
        patience = self._patience
        return seconds > patience.longest or self._waited > patience.in_all or self._limits > patience.limits


def may_wake(error: EndpointError, *, sleeps: bool, found: bool = False) -> bool:
    """Whether an error is what a gateway without anything behind it gives. `found`: the endpoint said that it wakes."""
    if not (sleeps or found):
        return False
    if isinstance(error, ServerFailed):
        return error.status in (502, 503, 504)
    return isinstance(error, ConnectionBroke) or (found and isinstance(error, Refused | Unreachable))
