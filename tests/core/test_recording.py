"""What is kept of what went over the wire, and how much of it."""

from __future__ import annotations

import pytest

from playground.core import recording
from playground.core.recording import Attempt, Recording
from playground.core.secret import MASK
from playground.core.wire_events import Answered, Closed, Headers, Opened, Received

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


def test_no_repr_holds_what_was_sent_or_received() -> None:
    assert "secret" not in repr(Opened("POST", "u", (), b"secret")) + repr(Received(b"secret"))
