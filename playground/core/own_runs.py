"""What the app knows of an endpoint from its own runs: numbers only, nothing of who asked or what.

Told of a run's beginning and end; what happens between is read from its reply when somebody counts, so that a token
costs nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from playground.core.errors import PlaygroundError
from playground.core.metric_spread import MOST, Buckets, Samples, Spread
from playground.core.run import Run
from playground.core.views import first_token_seconds

MINUTES = 1440
# The ends of the buckets in which times between tokens are counted: however many they are, no more room is taken. From
# a tenth of a millisecond on, each is a tenth longer than the one before, up to a minute.
GAPS = (*(1e-4 * 1.1**step for step in range(140)), math.inf)
# Kinds of errors by the name of their class, as they are read in a list; what is not here is one of its parents.
KINDS: Mapping[str, str] = {
    "PlaygroundError": "the app's own",
    "SettingsError": "settings",
    "LocalError": "built-in model",
    "EndpointError": "endpoint",
    "NotAllowed": "address not allowed",
    "NameNotFound": "name not found",
    "Refused": "connection refused",
    "Unreachable": "unreachable",
    "TLSFailed": "TLS",
    "Unauthorized": "key refused",
    "PathNotFound": "path not found",
    "UnknownModel": "unknown model",
    "NoChat": "model cannot chat",
    "BadRequest": "bad request",
    "ContextTooLong": "too long for the context",
    "RateLimited": "rate limit",
    "Loading": "model loading",
    "Waking": "waking up",
    "Stopped": "endpoint stopped",
    "ServerFailed": "server error",
    "StreamFailed": "error in the stream",
    "ConnectionBroke": "connection broke",
    "NotAStream": "not a stream",
    "NotAnEndpoint": "not an endpoint",
    "CommandFailed": "command failed",
}


@dataclass(slots=True)
class _Seen:
    """A run under way, and what of it has been counted. `continues`: tokens that came before it are another's."""

    run: Run
    pieces: int = 0
    first: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """How the runs of a time ended; `failed` by kind."""

    done: int = 0
    stopped: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Counted:
    tokens_in: int = 0
    tokens_out: int = 0
    ended: int = 0
    failed: int = 0
    spreads: dict[str, list[float]] = field(default_factory=lambda: {"ttft": [], "e2e": []})
    gaps: list[float] = field(default_factory=lambda: [0.0] * len(GAPS))

    def spread(self, plot: str, seconds: float) -> None:
        if len(self.spreads[plot]) < MOST:
            self.spreads[plot].append(seconds)

    def gap(self, seconds: float, tokens: float) -> None:
        self.gaps[bisect_left(GAPS, seconds)] += tokens


class OwnRuns:
    """Of one endpoint, all visitors' together."""

    def __init__(self) -> None:
        self._active: dict[int, _Seen] = {}
        self._counted = _Counted()
        self._ends: deque[tuple[float, Counter[str]]] = deque(maxlen=MINUTES)

    @property
    def running(self) -> int:
        return len(self._active)

    def began(self, run: Run) -> None:
        self._active[id(run)] = _Seen(run)

    def ended(self, run: Run, at: float) -> None:
        """`at`: wall-clock seconds. A run that has not begun here counts as little as one that ends twice."""
        seen = self._active.pop(id(run), None)
        if seen is None:
            return
        self._see(seen)
        reply, counted = run.reply, self._counted
        tokens = reply.pieces
        if reply.usage is not None:
            counted.tokens_in += reply.usage.prompt or 0
            tokens = reply.usage.completion if reply.usage.completion is not None else tokens
            counted.tokens_out += max(0, tokens - seen.pieces)
        for seconds, weight in _gaps(run, tokens):
            counted.gap(seconds, weight)
        if run.status == "done" and reply.last_token_at is not None and reply.sent_at is not None:
            counted.spread("e2e", reply.last_token_at - reply.sent_at)
        counted.ended += 1
        counted.failed += run.status == "failed"
        self._count_end(run, at)

    def standing(self) -> dict[str, float]:
        """Values by column, as they stand now."""
        for seen in self._active.values():
            self._see(seen)
        waiting = sum(not seen.first for seen in self._active.values())
        return {"requests.running": float(len(self._active)), "requests.waiting": float(waiting)}

    def take(self, seconds: float) -> tuple[dict[str, float], dict[str, Spread]]:
        """Values by column and spreads by plot, of the `seconds` (more than 0) since they were taken last."""
        values = self.standing()
        counted, self._counted = self._counted, _Counted()
        values["tokens.in"] = counted.tokens_in / seconds
        values["tokens.out"] = counted.tokens_out / seconds
        values["ended.all"] = 60 * counted.ended / seconds
        values["ended.failed"] = 60 * counted.failed / seconds
        spreads: dict[str, Spread] = {plot: Samples(tuple(each)) for plot, each in counted.spreads.items() if each}
        if any(counted.gaps):
            spreads["itl"] = Buckets(GAPS, tuple(counted.gaps))
        return values, spreads

    def ends(self, since: float) -> Ends:
        """How those ended that did so from `since` on, by the minute."""
        total: Counter[str] = Counter()
        for at, counts in self._ends:
            if at >= since // 60 * 60:
                total += counts
        done, stopped = total.pop("", 0), total.pop("stopped", 0)
        return Ends(done, stopped, dict(total.most_common()))

    def _see(self, seen: _Seen) -> None:
        """Counts what has come of a run since it was last looked at."""
        reply = seen.run.reply
        self._counted.tokens_out += reply.pieces - seen.pieces
        seen.pieces = reply.pieces
        if not seen.first and reply.first_token_at is not None:
            seen.first = True
            waited = first_token_seconds(reply)
            if waited is not None:
                self._counted.spread("ttft", waited)

    def _count_end(self, run: Run, at: float) -> None:
        minute = at // 60 * 60
        if not self._ends or self._ends[-1][0] != minute:
            self._ends.append((minute, Counter()))
        how = "stopped" if run.status == "stopped" else kind(run.error) if run.status == "failed" else ""
        self._ends[-1][1][how] += 1


def _gaps(run: Run, tokens: int) -> Iterator[tuple[float, float]]:
    """The times between tokens, each with how many tokens had it: those that came together share the time since what
    came before them, as servers count it. Where the server says that they were more than came in pieces, a piece was
    several."""
    times, pieces = run.record.marks if run.record is not None else ((), ())
    each = max(1.0, tokens / run.reply.pieces) if run.reply.pieces else 1.0
    for (before, at), came in zip(pairwise(times), pieces[1:], strict=True):
        yield (at - before) / (came * each), came * each


def kind(error: PlaygroundError | None) -> str:
    """What kind of error it was, in a word or two."""
    names = [base.__name__ for base in type(error).__mro__] if error is not None else []
    return next((KINDS[name] for name in names if name in KINDS), KINDS["PlaygroundError"])
