"""What all recordings hold together, and which give way first."""

from __future__ import annotations

import gc

from playground.core import recording
from playground.core.archive import Archive
from playground.core.recording import Recording
from playground.core.wire_events import Opened, Received


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


def test_the_newest_answers_keep_what_came_while_an_older_one_has_anything_to_give() -> None:
    archive = Archive(100_000)
    records = [filled(archive, 5_500, *[200] * 20) for _ in range(30)]
    kept = [(not each.attempts[0].body_dropped, not each.dropped) for each in records]
    # First nothing, then at most one that has lost its events only, then all of it.
    gone, whole = kept.index(max(kept)), len(kept) - kept.count((True, True))
    assert kept[:gone] == [(False, False)] * gone and whole - gone <= 1
    assert kept.count((True, True)) >= 9


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
