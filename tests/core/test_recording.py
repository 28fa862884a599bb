"""What is kept of what went over the wire, and how much of it."""

from __future__ import annotations

import gc

import pytest

from playground.core import recording
from playground.core.recording import Answered, Archive, Attempt, Closed, Headers, Opened, Received, Recording
from playground.core.secret import MASK

OPENED = Opened("POST", "http://h/v1/chat/completions", (("X-Request-Id", "ours"),), b"{}")
ANSWERED = Answered(200, (("Content-Type", "text/event-stream"), ("X-Request-Id", "theirs")))


def test_each_try_is_kept_with_what_came_back_and_when() -> None:
    record = Recording(began=10.0, epoch=1_000.0)
    record.feed(Received(b"before anything"), 10.0)
    assert (record.last, record.sent_at) == (None, None)
    record.feed(OPENED, 10.1)
    record.feed(Answered(503, ()), 10.2)
    record.feed(Received(b"busy"), 10.3)
    record.feed(Closed("The endpoint is busy."), 10.4)
    record.feed(OPENED, 12.0)
    record.feed(ANSWERED, 12.1)
    record.feed(Received(b"data: 1\n\n"), 12.2)
    record.feed(Received(b"data: 2\n\n"), 12.3)
    record.feed(Closed(), 12.4)
    first, last = record.attempts
    assert (first.why, first.closed_at, first.answered_id) == ("The endpoint is busy.", 10.4, None)
    assert (last.sent_id, last.answered_id) == ("ours", "theirs")
    assert last.reads == [(12.2, b"data: 1\n\n"), (12.3, b"data: 2\n\n")]
    assert (last.received, last.left_out, last.first_byte_at, last.answered_at) == (18, 0, 12.2, 12.1)
    assert record.last is last and record.sent_at == 12.0
    assert record.wall(12.0) == 1_012.0


@pytest.mark.parametrize(
    ("headers", "id"),
    [
        ((), None),
        ((("request-id", "a"),), "a"),
        ((("x-trace-id", "b"), ("X-REQUEST-ID", "a")), "a"),
        ((("x-request-id", ""), ("x-amzn-RequestId", "c")), "c"),
    ],
)
def test_the_servers_id_is_read_by_the_names_that_servers_use(headers: Headers, id: str | None) -> None:
    assert Attempt(OPENED, 0.0, Answered(200, headers)).answered_id == id
    assert Attempt(OPENED, 0.0).answered_id is None


def test_an_id_that_is_masked_is_none() -> None:
    assert Attempt(Opened("POST", "u", (("x-request-id", MASK),), b""), 0.0).sent_id is None
    assert Attempt(Opened("POST", "u", (), b""), 0.0).sent_id is None


def test_of_one_answer_no_more_is_kept_than_the_limit_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_RECEIVED", 1_000)
    record = Recording(0.0, 0.0)
    record.feed(OPENED, 0.0)
    for _ in range(5):
        record.feed(Received(b"x" * 300), 1.0)
    attempt = record.attempts[0]
    assert [len(data) for _, data in attempt.reads] == [300, 300, 40]
    assert (attempt.received, attempt.left_out) == (1_500, 860)
    assert record.size == len(OPENED.body) + 640 + 3 * recording.READ_BYTES


def test_arrivals_and_frames_have_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_MARKS", 2)
    monkeypatch.setattr(recording, "MOST_FRAMES", 1)
    record = Recording(0.0, 0.0)
    for at in (1.0, 2.0, 3.0, 4.0):
        record.text(at, 5)
    assert (list(record.marks[0]), list(record.marks[1]), record.unmarked) == ([1.0, 2.0], [5, 5], 10)
    assert record.frame(1.0, 1.1) is record.frames[0]
    assert record.frame(2.0, 2.1) is None


def filled(archive: Archive, body: int, *reads: int) -> Recording:
    record = archive.record(0.0, 0.0)
    record.feed(Opened("POST", "u", (), b"b" * body), 0.0)
    for size in reads:
        record.feed(Received(b"r" * (size - recording.READ_BYTES)), 0.0)
    return record


def test_the_oldest_answers_bytes_make_room_for_the_newest() -> None:
    archive = Archive(11_000)
    old, middle, new = (filled(archive, 100, 1_500, 1_500) for _ in range(3))
    assert not old.dropped
    newest = filled(archive, 100, 3_000)
    assert [each.dropped for each in (old, middle, new, newest)] == [True, False, False, False]
    assert old.attempts[0].reads == [] and old.attempts[0].left_out == old.attempts[0].received
    assert old.attempts[0].opened.body
    # What comes later for it is counted and not kept.
    old.feed(Received(b"more"), 1.0)
    assert old.attempts[0].reads == [] and old.attempts[0].left_out == old.attempts[0].received


def test_where_the_bytes_are_not_enough_bodies_go_too() -> None:
    archive = Archive(10_000)
    records = [filled(archive, 4_000, 200) for _ in range(3)]
    assert [each.attempts[0].body_dropped for each in records] == [True, False, False]
    assert records[0].attempts[0].opened.body == b"" and records[0].size == 0


def test_one_answer_that_is_too_much_by_itself_keeps_nothing() -> None:
    assert filled(Archive(1_000), 2_000).size == 0


def test_what_nobody_holds_any_more_counts_no_more() -> None:
    archive = Archive(10_000)
    kept = filled(archive, 100, 4_000)
    gone = filled(archive, 100, 4_000)
    del gone
    gc.collect()
    filled(archive, 100, 4_000)
    assert not kept.dropped


def test_no_repr_holds_what_was_sent_or_received() -> None:
    assert "secret" not in repr(Opened("POST", "u", (), b"secret")) + repr(Received(b"secret"))
