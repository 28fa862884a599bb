"""What the app counts of its own runs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

import pytest

from playground.core import errors
from playground.core.endpoint import Endpoint
from playground.core.errors import PlaygroundError, RateLimited
from playground.core.events import Sent, TextDelta, Usage
from playground.core.metric_spread import MOST, Buckets, Samples, Spread
from playground.core.own_runs import GAPS, KINDS, OwnRuns, kind
from playground.core.recording import Recording
from playground.core.reply import ReplyBuilder
from playground.core.run import Message, Request, Run, Status

ENDPOINT = Endpoint("test", "http://x/v1")


def begun(own: OwnRuns, sent: float | None = 0.0) -> tuple[Run, ReplyBuilder]:
    builder = ReplyBuilder()
    run = Run(Request(ENDPOINT, (Message("user", "hi"),)), builder.reply, record=Recording(0.0, 0.0))
    own.began(run)
    if sent is not None:
        builder.feed(Sent(1), at=sent)
    return run, builder


def ended(own: OwnRuns, run: Run, status: Status = "done", error: PlaygroundError | None = None, at: float = 0) -> None:
    run.status, run.error = status, error
    own.ended(run, at)


def spread(spreads: Mapping[str, Spread], plot: str) -> list[float]:
    found = spreads[plot]
    assert isinstance(found, Samples)
    return list(found.values)


def come(run: Run, builder: ReplyBuilder, at: float, pieces: int = 1) -> None:
    """Text, as the app takes it in."""
    builder.feed(TextDelta("a", pieces), at=at)
    assert run.record is not None
    run.record.text(at, pieces)


def gaps(spreads: Mapping[str, Spread]) -> dict[float, float]:
    """How many tokens had which time, rounded, since it is known by its bucket."""
    found = spreads["itl"]
    assert isinstance(found, Buckets)
    assert found.bounds is GAPS
    return {round(bound, 3): round(count, 6) for bound, count in zip(found.bounds, found.counts, strict=True) if count}


def bucket(seconds: float) -> float:
    return round(GAPS[bisect_left(GAPS, seconds)], 3)


def test_a_run_is_counted_from_its_beginning_to_its_end() -> None:
    own = OwnRuns()
    assert own.standing() == {"requests.running": 0, "requests.waiting": 0}
    run, builder = begun(own)
    assert own.running == 1
    values, spreads = own.take(2)
    assert (values["requests.running"], values["requests.waiting"], values["tokens.out"]) == (1, 1, 0)
    assert spreads == {}
    for at in (0.5, 0.6, 0.7, 0.8):
        come(run, builder, at)
    values, spreads = own.take(2)
    assert (values["requests.running"], values["requests.waiting"], values["tokens.out"]) == (1, 0, 2)
    assert spread(spreads, "ttft") == [0.5]
    # Nothing is counted of the times between tokens before the answer has ended.
    assert "itl" not in spreads
    come(run, builder, 0.9)
    builder.feed(Usage(30, 6), at=0.9)
    ended(own, run)
    values, spreads = own.take(2)
    # One piece more, and one token that came in no piece of its own.
    assert (values["requests.running"], values["tokens.in"], values["tokens.out"]) == (0, 15, 1)
    assert (values["ended.all"], values["ended.failed"]) == (30, 0)
    # Five pieces were six tokens: four gaps of 0.1 s are those of 4.8 of them.
    assert gaps(spreads) == {bucket(0.1 / 1.2): 4.8}
    assert spread(spreads, "e2e") == [0.9]
    assert "ttft" not in spreads
    assert own.take(2)[1] == {}
    assert own.ends(0).done == 1


def test_a_run_that_comes_and_goes_between_two_looks_is_counted_too() -> None:
    own = OwnRuns()
    run, builder = begun(own)
    builder.feed(TextDelta("a"), at=0.25)
    ended(own, run)
    values, spreads = own.take(1)
    assert (values["requests.running"], values["tokens.out"], values["ended.all"]) == (0, 1, 60)
    assert spread(spreads, "ttft") == [0.25]
    # One token has no gap; the server's own count is unknown, not nothing.
    assert "itl" not in spreads and values["tokens.in"] == 0


def test_a_figure_that_cannot_be_known_is_left_out() -> None:
    own = OwnRuns()
    # It never went out.
    run, _ = begun(own, sent=None)
    ended(own, run, "failed", RateLimited("a", "b"))
    # Its first token came without a time of sending.
    run, builder = begun(own, sent=None)
    builder.feed(TextDelta("a"), at=1)
    builder.feed(TextDelta("a"), at=2)
    builder.feed(Usage(None, None), at=2)
    ended(own, run)
    values, spreads = own.take(1)
    assert spreads == {}
    assert values["ended.failed"] == 60


def test_the_times_between_tokens_are_spread_as_they_were_and_not_one_mean_for_each_answer() -> None:
    own = OwnRuns()
    run, builder = begun(own)
    at = 1.0
    for number in range(200):
        # One pause among many quick ones, which a mean would hide; and ten that came at once.
        at += 2.0 if number == 100 else 0.02
        come(run, builder, at, pieces=10 if number == 50 else 1)
    ended(own, run)
    _, spreads = own.take(1)
    assert gaps(spreads) == {bucket(0.002): 10, bucket(0.02): 197, bucket(2.0): 1}
    quantiles = [spreads["itl"].quantile(part) for part in (0.5, 0.999)]
    assert all(found is not None for found in quantiles)
    assert [found.value for found in quantiles if found] == [pytest.approx(0.02, rel=0.1), pytest.approx(2.0, rel=0.1)]


def test_very_many_tokens_take_no_more_room() -> None:
    own = OwnRuns()
    for _ in range(3):
        run, builder = begun(own)
        for number in range(5000):
            come(run, builder, number * 0.01)
        ended(own, run)
    _, spreads = own.take(1)
    assert sum(gaps(spreads).values()) == 3 * 4999
    together = spreads["itl"].plus(spreads["itl"])
    assert isinstance(together, Buckets) and len(together.counts) == len(GAPS)


def test_of_a_run_that_nobody_recorded_no_time_between_tokens_is_known() -> None:
    own = OwnRuns()
    run, builder = begun(own)
    run.record = None
    builder.feed(TextDelta("a"), at=1)
    builder.feed(TextDelta("a"), at=2)
    ended(own, run)
    assert set(own.take(1)[1]) == {"ttft", "e2e"}


def test_a_stopped_run_has_no_time_for_the_whole_answer() -> None:
    own = OwnRuns()
    run, builder = begun(own)
    come(run, builder, 1)
    come(run, builder, 2)
    ended(own, run, "stopped")
    _, spreads = own.take(1)
    assert set(spreads) == {"ttft", "itl"}
    assert (own.ends(0).done, own.ends(0).stopped, own.ends(0).failed) == (0, 1, {})


def test_errors_are_counted_by_kind_and_forgotten_with_their_time() -> None:
    own = OwnRuns()
    for at, error in ((60, RateLimited("a", "b")), (61, RateLimited("a", "b")), (130, None)):
        run, _ = begun(own)
        ended(own, run, "failed", error, at=at)
    assert own.ends(0).failed == {"rate limit": 2, "the app's own": 1}
    # By the minute: what began in the same one counts.
    assert own.ends(125).failed == {"the app's own": 1}
    assert own.ends(200).failed == {}


def test_an_end_without_a_beginning_counts_nothing() -> None:
    own = OwnRuns()
    run, _ = begun(own)
    ended(own, run)
    ended(own, run)
    assert own.take(60)[0]["ended.all"] == 1


def test_of_very_many_runs_only_so_many_values_are_kept() -> None:
    own = OwnRuns()
    for _ in range(MOST + 5):
        run, builder = begun(own)
        builder.feed(TextDelta("a"), at=1)
        ended(own, run)
    values, spreads = own.take(60)
    assert len(spread(spreads, "ttft")) == MOST and values["ended.all"] == MOST + 5


def test_every_error_a_person_may_be_shown_has_its_kind() -> None:
    named = {
        name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, PlaygroundError)
    }
    parents = {"LocalUnavailable", "BadModelFile", "LocalDied", "Locked"}
    assert named - parents == set(KINDS)
    assert kind(errors.LocalDied("a", "b")) == "built-in model"
    assert kind(errors.Locked("a", "b")) == "the app's own"
