"""Bytes → the data of each event, whatever way the bytes are cut."""

from __future__ import annotations

import pytest

from playground.core.sse import MAX_EVENT, SSEDecoder, TooLong

EVENTS = (
    "data: one\n\n: a comment\nevent: message\nid: 7\ndata:two\n\ndata: Grüße 🌍\ndata:\ndata:  second\n\nretry: 5\n\n"
)
WANTED = [b"one", b"two", "Grüße 🌍\n\n second".encode()]


def read(*pieces: bytes) -> list[bytes]:
    decoder = SSEDecoder()
    found = [event for piece in pieces for event in decoder.feed(piece)]
    return found + decoder.flush()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_every_line_end_and_every_cut_give_the_same_events(end: str, size: int) -> None:
    sent = EVENTS.replace("\n", end).encode()
    assert read(*(sent[at : at + size] for at in range(0, len(sent), size))) == WANTED


def test_an_event_is_given_as_soon_as_it_is_whole_also_after_a_lone_carriage_return() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: one\r") == []
    assert decoder.feed(b"\r") == [b"one"]
    assert decoder.feed(b"\ndata: two\r\n\r") == [b"two"]
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\n") == []
    assert decoder.flush() == []


def test_a_byte_order_mark_at_the_start_is_no_part_of_the_first_field() -> None:
    assert read(b"\xef", b"\xbb\xbfdata: one\n\n") == [b"one"]


def test_a_last_event_without_its_empty_line_is_given_at_the_end() -> None:
    assert read(b"data: one\n\ndata: last") == [b"one", b"last"]
    assert read(b"data: last\n") == [b"last"]


def test_nothing_gives_nothing() -> None:
    assert read() == []
    assert read(b"", b"\n\n\n") == []


def test_only_one_space_after_the_colon_is_taken_away_and_other_fields_are_left_out() -> None:
    assert read(b"data:   x\ndatum: no\ndata\n\n") == [b"  x\n"]


def test_lines_of_eight_megabytes_get_through() -> None:
    line = b"x" * (8 * 2**20)
    assert read(b"data: ", line, b"\n\n") == [line]


def test_what_never_ends_is_given_up() -> None:
    half = b"data: " + b"x" * (MAX_EVENT // 2)
    with pytest.raises(TooLong):
        read(half, half)
    with pytest.raises(TooLong):
        read(half, b"\n", half, b"\n")
    with pytest.raises(TooLong):
        read(half + b"\n" + half + b"\n")


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("sent", "event"),
    [
        (b'event: error\ndata: {"code": 500}\n\n', b'{"error": {"code": 500}}'),
        (b"data: {}\nevent:error\n\n", b'{"error": {}}'),
        (b'event: error\ndata: it said "no"\n\n', b'{"error": "it said \\"no\\""}'),
        (b"event: error\ndata: \xff\n\n", b'{"error": "\\ufffd"}'),
        (b'error: {"code": 500}\n\n', b'{"error": {"code": 500}}'),
        (b"error: {}", b'{"error": {}}'),
        (b"event: error\n\n", None),
    ],
)
def test_an_event_that_is_named_an_error_says_so_and_the_next_one_does_not(
    size: int, sent: bytes, event: bytes | None
) -> None:
    sent += b"\n\nevent: message\ndata: {}\n\n"
    found = read(*(sent[at : at + size] for at in range(0, len(sent), size)))
    assert found == [*([event] if event else []), b"{}"]
