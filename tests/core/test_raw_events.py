"""Bytes as events with their times."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from playground.core.raw_events import completion_id, first_events, raw_events
from playground.core.recording import Attempt
from playground.core.secret import MASK
from playground.core.wire_events import Answered, Opened

OPENED = Opened("POST", "u", (), b"")


def attempt(*reads: tuple[float, bytes]) -> Attempt:
    return Attempt(OPENED, 10.0, reads=list(reads))


def test_an_event_has_the_time_of_the_read_that_completed_it() -> None:
    found = raw_events(
        attempt((10.1, b"data: 1\n\nda"), (10.2, b"ta: 2"), (10.3, b"\n\ndata: 3\r\n\r\n: ping\n\n"), (10.4, b"rest")),
        10.0,
    )
    assert [(round(each.at, 3), each.text) for each in found] == [
        (0.1, "data: 1"), (0.3, "data: 2"), (0.3, "data: 3"), (0.3, ": ping"), (0.4, "rest"),
    ]  # fmt: skip
    assert found[0].size == 7


def test_an_end_that_lies_across_two_reads_is_seen() -> None:
    assert [each.text for each in raw_events(attempt((10.1, b"a\n"), (10.2, b"\nb")), 10.0)] == ["a", "b"]


def test_nothing_came() -> None:
    assert raw_events(attempt(), 10.0) == []


@given(st.lists(st.binary(max_size=40)))
def test_any_bytes_are_events_and_none_is_lost(reads: list[bytes]) -> None:
    found = raw_events(attempt(*((10.0, data) for data in reads)), 10.0)
    kept = "".join(each.text for each in found)
    whole = b"".join(reads).decode("utf-8", "replace")
    strip = str.maketrans("", "", " \t\r\n\x0b\x0c")
    assert len(kept.translate(strip)) >= len(whole.translate(strip)) - 3 * len(found)


@given(st.text("a\r\n").map(str.encode), st.data())
def test_however_the_network_cut_it_the_events_are_the_same(whole: bytes, drawn: st.DataObject) -> None:
    cuts = sorted(drawn.draw(st.sets(st.integers(0, len(whole)))) | {0, len(whole)})
    reads = [(10.0, whole[start:end]) for start, end in pairwise(cuts)]
    assert [each.text for each in raw_events(attempt(*reads), 10.0)] == [
        each.text for each in raw_events(attempt((10.0, whole)), 10.0)
    ]


def test_a_stream_without_an_end_is_read_in_a_time_that_grows_as_it_does() -> None:
    def spent(reads: int) -> float:
        made = attempt(*[(10.0, b"data: " + b"x" * 93 + b"\n")] * reads)
        began = time.process_time()
        assert len(raw_events(made, 10.0)) == 1
        return time.process_time() - began

    few, many = min(spent(500) for _ in range(5)), min(spent(8_000) for _ in range(2))
    # Sixteen times as many: with the square it would be 256 times as long.
    assert many < 90 * few


def test_the_first_events_are_read_without_the_rest() -> None:
    made = attempt((10.1, b"a\n\nb"), (10.2, b"\n\nc\n\n"), (10.3, b"d"))
    assert [each.text for each in first_events(made, 10.0, 2)] == ["a", "b"]
    assert [each.text for each in first_events(made, 10.0, 9)] == ["a", "b", "c", "d"]


def test_what_looks_like_a_secret_is_masked_in_an_errors_body_only() -> None:
    for status, shown in ((200, "sk-somebody-elses-key"), (401, MASK)):
        made = attempt((10.1, b"sk-somebody-elses-key"))
        made.answered = Answered(status, ())
        assert [each.text for each in raw_events(made, 10.0)] == [shown]


def test_the_answers_own_id_is_found_where_the_server_gives_one() -> None:
    def events(*texts: bytes) -> list[str | None]:
        return [completion_id(raw_events(attempt((10.0, text)), 10.0)) for text in texts]

    assert events(
        b'data: {"id": "chatcmpl-123"}\n\n', b': ping\n\ndata: {"id": "cmpl-12345"}\n\n', b'{"id": "whole-answer"}'
    ) == ["chatcmpl-123", "cmpl-12345", "whole-answer"]
    assert events(b"data: []\n\n", b'data: {"id": 5}\n\n', b'data: {"id": "short"}\n\n', b"data: {") == [None] * 4
