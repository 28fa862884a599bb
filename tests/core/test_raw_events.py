"""Bytes as events with their times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from playground.core.raw_events import completion_id, raw_events
from playground.core.recording import Attempt, Opened
from playground.core.secret import MASK, Secret

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


def test_a_secret_that_lay_across_two_reads_is_masked() -> None:
    [event] = raw_events(attempt((10.1, b"data: sk-abc"), (10.2, b"def\n\n")), 10.0, [Secret("sk-abcdef")])
    assert event.text == f"data: {MASK}"


@given(st.lists(st.binary(max_size=40)))
def test_any_bytes_are_events_and_none_is_lost(reads: list[bytes]) -> None:
    found = raw_events(attempt(*((10.0, data) for data in reads)), 10.0)
    kept = "".join(each.text for each in found)
    whole = b"".join(reads).decode("utf-8", "replace")
    strip = str.maketrans("", "", " \t\r\n\x0b\x0c")
    assert len(kept.translate(strip)) >= len(whole.translate(strip)) - 3 * len(found)


def test_the_answers_own_id_is_found_where_the_server_gives_one() -> None:
    def events(*texts: bytes) -> list[str | None]:
        return [completion_id(raw_events(attempt((10.0, text)), 10.0)) for text in texts]

    assert events(
        b'data: {"id": "chatcmpl-123"}\n\n', b': ping\n\ndata: {"id": "cmpl-12345"}\n\n', b'{"id": "whole-answer"}'
    ) == ["chatcmpl-123", "cmpl-12345", "whole-answer"]
    assert events(b"data: []\n\n", b'data: {"id": 5}\n\n', b'data: {"id": "short"}\n\n', b"data: {") == [None] * 4
