"""The times of an answer, from the request that counts."""

from __future__ import annotations

import pytest

from playground.core.recording import Recording, Waited
from playground.core.reply import Reply
from playground.core.timeline import MOST_SLOW, Timeline, bars, rows, timeline
from playground.core.wire_events import Answered, Closed, Opened, Received

OPENED = Opened("POST", "http://h/v1/chat/completions", (), b"{}")


def made(*gaps: float, pieces: int = 1, closed: bool = True) -> tuple[Recording, Reply]:
    """An answer asked for at 100, sent at 105, its first text at 106, and after it one after each gap."""
    record = Recording(100.0, 0.0)
    record.waits.append(Waited(100.5, 4.0, "The model is loading."))
    record.feed(OPENED, 105.01)
    record.feed(Answered(200, ()), 105.5)
    record.feed(Received(b"x"), 105.6)
    at = 106.0
    record.text(at, pieces)
    for gap in gaps:
        at += gap
        record.text(at, pieces)
    if closed:
        record.feed(Closed(), at + 0.1)
    record.ended_at = at + 0.2
    reply = Reply(sent_at=105.0, first_token_at=106.0, last_token_at=at, pieces=pieces * (len(gaps) + 1))
    return record, reply


def line(*gaps: float, **more: int) -> Timeline:
    found = timeline(*made(*gaps, **more))  # type: ignore[arg-type]  # numbers and a switch
    assert found is not None
    return found


def test_everything_counts_from_where_the_time_to_first_token_does_and_the_waits_before_it_stand_apart() -> None:
    found = line(0.1, 0.2)
    assert (found.left, found.head, found.first_byte) == pytest.approx((0.01, 0.5, 0.6))
    assert (found.first_token, found.last_token, found.end) == pytest.approx((1.0, 1.3, 1.4))
    assert found.before == pytest.approx(5.0)
    assert found.waits == (Waited(100.5, 4.0, "The model is loading."),)
    assert (found.arrivals, found.pieces) == (3, 3)


def test_what_was_held_back_until_the_model_was_up_stands_apart_and_the_times_count_from_its_end() -> None:
    record, reply = made(0.1)
    assert "Held by a gateway until the model was up" not in dict(rows(line(0.1)))
    # The head came at 105.5.
    reply.sent_at, reply.woke = 105.5, 0.5
    found = timeline(record, reply)
    assert found is not None
    assert (found.head, found.first_token, found.before) == pytest.approx((0.0, 0.5, 5.5))
    said = dict(rows(found))
    assert said["Held by a gateway until the model was up"].startswith("0.50 s (in no other figure")
    assert said["Left for the network"] == "before that" and said["First token"] == "0.50 s"


def test_all_of_a_timeline_is_told_in_words_and_what_is_not_known_as_unknown() -> None:
    said = dict(rows(line(0.01, 0.01, 0.3)))
    assert said["Waited before this request"] == "5.0 s (in no other figure)"
    assert said["Wait"] == "The model is loading. 4.0 s" and said["Slowest gaps (▼)"] == "0.30 s at 1.3 s"
    assert said["Arrivals of text"] == "4, of about 4 tokens in all"
    record = Recording(1.0, 0.0)
    record.feed(OPENED, 1.0)
    record.waits.append(Waited(1.0, None, "It is asleep."))
    nothing = timeline(record, Reply(pieces=1))
    assert nothing is not None
    said = dict(rows(nothing))
    assert said["Wait"] == "It is asleep." and said["First token"] == "unknown"
    assert said["Usual gap; 95 % are shorter than"] == "unknown; unknown"
    assert said["Slowest gaps (▼)"] == "none stands out" and "1 token" in said["Arrivals of text"]
    assert said["The page was behind, at worst"] == "unknown: the page did not say"
    record.waits.clear()
    sent = timeline(record, Reply())
    assert sent is not None and dict(rows(sent))["Waited before this request"] == "not at all"


def test_the_gaps_that_stand_out_are_marked_the_longest_first() -> None:
    found = line(0.01, 0.01, 0.3, 0.01, 0.01, 0.5, 0.01)
    assert [gap.seconds for gap in found.slowest] == pytest.approx([0.5, 0.3])
    assert found.slowest[0].at == pytest.approx(1.84)
    assert (found.p50, found.p95) == pytest.approx((0.01, 0.5))


def test_even_gaps_are_not_marked_however_many_and_no_more_than_a_few_are() -> None:
    assert line(*[0.1] * 50).slowest == ()
    assert len(line(*[0.01] * 30, *[0.5] * 20).slowest) == MOST_SLOW


def test_what_is_not_known_is_none() -> None:
    record = Recording(1.0, 0.0)
    assert timeline(record, Reply()) is None
    record.feed(OPENED, 2.0)
    found = timeline(record, Reply())
    assert found is not None
    assert (found.left, found.head, found.first_byte, found.first_token, found.end, found.p50, found.behind) == (
        0.0, None, None, None, None, None, None,
    )  # fmt: skip
    assert found.most_behind is None and bars(found) == []
    assert line(closed=0).end == pytest.approx(1.2)


def test_how_far_behind_the_page_was_is_what_it_said() -> None:
    record, reply = made(0.1)
    for arrived, painted in ((106.0, 106.25), (106.05, None), (106.1, 106.15)):
        frame = record.frame(arrived, arrived + 0.01)
        assert frame is not None
        frame.painted_at = painted
    found = timeline(record, reply)
    assert found is not None
    assert (found.behind, found.most_behind) == pytest.approx((0.05, 0.25))
    record.frame(106.2, 106.2)
    last = timeline(record, reply)
    assert last is not None and last.behind is None


def test_a_plot_has_no_more_bars_than_can_be_told_apart_and_loses_no_long_gap() -> None:
    found = line(*[0.01] * 500, 0.9, *[0.01] * 500)
    shown = bars(found, 50)
    assert len(shown) <= 50
    assert max(gap for _, gap, _ in shown) == pytest.approx(0.9)
    assert [slow for _, _, slow in shown].count(True) == 1
    assert len(bars(line(0.1))) == 1
