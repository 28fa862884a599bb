"""When everything of one answer came, counted as the time to first token is; and how far behind the page was.

Figures that nobody knows are None. All lengths are seconds. Waits before that request (a model that loads, a limit) are
told apart and are in none of the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from playground.core.recording import Attempt, Recording, Waited
from playground.core.reply import Reply
from playground.core.views import seconds

# So many gaps are marked, and none that is not this many times as long as the usual one, and this long.
MOST_SLOW = 5
SLOW_TIMES, SLOW_SECONDS = 2.0, 0.02
# Seconds before a request that are worth a word.
SHORTEST_BEFORE = 0.05
# Bars of the plot: more are not told apart.
BARS = 240


@dataclass(frozen=True, slots=True)
class Gap:
    """`seconds` between two arrivals of text, the second of which came `at`, with `pieces` (tokens, about)."""

    at: float
    seconds: float
    pieces: int
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame of text on the page: when its text came, and how long until the page said that it was painted."""

    at: float
    behind: float | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """`left`: the request was handed to the network. `head`: the response's status and headers. `end`: it was over.

    `before`: how long it took from the question to the request that counts; `waits`: what was waited for. `woke`: how
    long a gateway held the request until the endpoint was up, None where it did not: all times are counted from then.
    """

    left: float
    head: float | None
    first_byte: float | None
    first_token: float | None
    last_token: float | None
    end: float | None
    before: float
    waits: tuple[Waited, ...]
    arrivals: int
    pieces: int
    gaps: tuple[Gap, ...]
    p50: float | None
    p95: float | None
    frames: tuple[Shown, ...]
    unmarked: int
    woke: float | None = None

    @property
    def slowest(self) -> tuple[Gap, ...]:
        """The marked gaps, the longest first."""
        return tuple(sorted((gap for gap in self.gaps if gap.slow), key=lambda gap: -gap.seconds))

    @property
    def behind(self) -> float | None:
        """How far behind the page was with the last text; None where it has not said so."""
        return self.frames[-1].behind if self.frames else None

    @property
    def most_behind(self) -> float | None:
        known = [frame.behind for frame in self.frames if frame.behind is not None]
        return max(known, default=None)


def timeline(record: Recording, reply: Reply) -> Timeline | None:
    """None where nothing was sent."""
    attempt = record.last
    if attempt is None:
        return None
    sent = zero(attempt, reply)

    def since(at: float | None) -> float | None:
        return None if at is None else at - sent

    # Of a continued answer, the reply's own times are the last part's: so are the recording's.
    marks = [(at - sent, pieces) for at, pieces in zip(*record.marks, strict=True)]
    gaps = tuple(_gaps(marks))
    lengths = sorted(gap.seconds for gap in gaps)
    return Timeline(
        left=attempt.at - sent,
        head=since(attempt.answered_at),
        first_byte=since(attempt.first_byte_at),
        first_token=since(reply.first_token_at),
        last_token=since(reply.last_token_at),
        end=since(attempt.closed_at if attempt.closed_at is not None else record.ended_at),
        before=sent - record.began,
        waits=tuple(record.waits),
        arrivals=len(marks),
        pieces=reply.pieces,
        gaps=gaps,
        p50=_share(lengths, 0.5),
        p95=_share(lengths, 0.95),
        frames=tuple(
            Shown(frame.arrived_at - sent, _behind(frame.arrived_at, frame.painted_at)) for frame in record.frames
        ),
        unmarked=record.unmarked,
        woke=reply.woke,
    )


def rows(line: Timeline) -> list[tuple[str, str]]:
    """All of it in words, in the table's order: name and text. What did not happen is left out."""
    first, *others = [(label, said) for label, text in LABELS if (said := text(line))]
    return [first, *(_wait(wait) for wait in line.waits), *others]


def _wait(wait: Waited) -> tuple[str, str]:
    return "Wait", wait.why if wait.seconds is None else f"{wait.why} {seconds(wait.seconds)}"


def _before(line: Timeline) -> str:
    waited = line.before > SHORTEST_BEFORE or line.waits
    return f"{seconds(line.before)} (in no other figure)" if waited else "not at all"


def _held(line: Timeline) -> str:
    return "" if line.woke is None else f"{seconds(line.woke)} (in no other figure: the times count from its end)"


def _left(line: Timeline) -> str:
    return _time(line.left) if line.woke is None else "before that"


def _slowest(line: Timeline) -> str:
    return ", ".join(f"{_time(gap.seconds)} at {_time(gap.at)}" for gap in line.slowest) or "none stands out"


def _behind_at_most(behind: float | None) -> str:
    return "unknown: the page did not say" if behind is None else f"at most {seconds(behind)}"


def _time(value: float | None) -> str:
    return "unknown" if value is None else seconds(value)


def _tokens(count: int) -> str:
    return "1 token" if count == 1 else f"{count:,} tokens"


# What is said of a timeline, wherever it is.
LABELS: tuple[tuple[str, Callable[[Timeline], str]], ...] = (
    ("Waited before this request", _before),
    ("Held by a gateway until the model was up", _held),
    ("Left for the network", _left),
    ("Response began (headers)", lambda line: _time(line.head)),
    ("First byte", lambda line: _time(line.first_byte)),
    ("First token", lambda line: _time(line.first_token)),
    ("Last token", lambda line: _time(line.last_token)),
    ("End", lambda line: _time(line.end)),
    ("Arrivals of text", lambda line: f"{line.arrivals:,}, of about {_tokens(line.pieces)} in all"),
    ("Usual gap; 95 % are shorter than", lambda line: f"{_time(line.p50)}; {_time(line.p95)}"),
    ("Slowest gaps (▼)", _slowest),
    ("The page was behind, with the last text", lambda line: _behind_at_most(line.behind)),
    ("The page was behind, at worst", lambda line: _behind_at_most(line.most_behind)),
)


def zero(attempt: Attempt, reply: Reply) -> float:
    """From when all times of an answer are counted: as its time to first token is."""
    if reply.sent_at is None:
        return attempt.at
    return reply.sent_at if reply.woke is not None else min(reply.sent_at, attempt.at)


def bars(line: Timeline, most: int = BARS) -> list[tuple[float, float, bool]]:
    """The gaps for a plot, no more than so many: of those that fall together the longest. (at, seconds, slow)."""
    if not line.gaps:
        return []
    first, last = line.gaps[0].at, line.gaps[-1].at
    width = (last - first) / most or 1.0
    longest: dict[int, Gap] = {}
    for gap in line.gaps:
        place = min(int((gap.at - first) / width), most - 1)
        if place not in longest or longest[place].seconds < gap.seconds:
            longest[place] = gap
    return [(gap.at, gap.seconds, gap.slow) for gap in longest.values()]


def _gaps(marks: list[tuple[float, int]]) -> Iterator[Gap]:
    found = [(at, at - before, pieces) for (before, _), (at, pieces) in pairwise(marks)]
    lengths = sorted(length for _, length, _ in found)
    usual = _share(lengths, 0.5) or 0.0
    least = max(usual * SLOW_TIMES, SLOW_SECONDS, *lengths[-MOST_SLOW:][:1]) if lengths else 0.0
    left = MOST_SLOW
    for at, length, pieces in found:
        slow = length >= least and left > 0
        left -= slow
        yield Gap(at, length, pieces, slow)


def _share(ordered: list[float], share: float) -> float | None:
    """The nearest rank: the smallest value that so large a share does not exceed."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None


def _behind(arrived: float, painted: float | None) -> float | None:
    return None if painted is None else painted - arrived
