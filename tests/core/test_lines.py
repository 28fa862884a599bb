"""Keeping a server's last lines: bounded, whole, masked."""

from __future__ import annotations

import pytest

from playground.core.lines import LineKeeper, LogLine
from playground.core.secret import MASK, Secret


def texts(keeper: LineKeeper) -> list[str]:
    return [line.text for line in keeper.lines]


def test_bytes_become_lines_with_the_time_they_ended() -> None:
    keeper = LineKeeper()
    keeper.feed(b"one\ntw", 1.0)
    keeper.feed(b"o\n", 2.0)
    assert list(keeper.lines) == [LogLine(1.0, "one"), LogLine(2.0, "two")]


def test_a_character_split_over_two_pieces_is_whole() -> None:
    keeper = LineKeeper()
    data = "zwölf €\n".encode()
    for at in range(len(data)):
        keeper.feed(data[at : at + 1], 1.0)
    assert texts(keeper) == ["zwölf €"]


def test_the_last_line_is_kept_when_the_output_ends_without_a_line_break() -> None:
    keeper = LineKeeper()
    keeper.feed(b"the end", 1.0)
    assert texts(keeper) == []
    keeper.flush(2.0)
    keeper.flush(3.0)
    assert list(keeper.lines) == [LogLine(2.0, "the end")]


def test_only_the_newest_lines_are_kept() -> None:
    keeper = LineKeeper(most=3)
    keeper.feed(b"".join(b"%d\n" % number for number in range(10)), 1.0)
    assert texts(keeper) == ["7", "8", "9"]


@pytest.mark.parametrize("piece", [64, 100_000])
def test_a_line_without_end_is_cut_and_the_next_one_is_whole(piece: int) -> None:
    keeper = LineKeeper(longest=50)
    data = b"x" * 90_000 + b"\nnext\n"
    for at in range(0, len(data), piece):
        keeper.feed(data[at : at + piece], 1.0)
    assert texts(keeper) == ["x" * 50, "next"]


def test_output_that_ends_within_an_endless_line_leaves_it_cut() -> None:
    keeper = LineKeeper(longest=50)
    keeper.feed(b"x" * 90_000, 1.0)
    keeper.feed(b"x" * 90_000, 1.0)
    keeper.flush(1.0)
    keeper.feed(b"next\n", 1.0)
    assert texts(keeper) == ["x" * 50, "next"]


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_secret_is_masked_however_the_output_is_cut(piece: int) -> None:
    keeper, key = LineKeeper(), Secret("s3cret-value")
    data = b"a key s3cret-value and s3cret-value again\n"
    for at in range(0, len(data), piece):
        keeper.feed(data[at : at + piece], 1.0, (key,))
    assert texts(keeper) == [f"a key {MASK} and {MASK} again"]


def test_a_secret_across_the_cut_leaves_no_part_of_itself() -> None:
    keeper, key = LineKeeper(longest=20), Secret("s3cret-value")
    keeper.feed(b"x" * 15 + b"s3cret-value\n", 1.0, (key,))
    assert texts(keeper) == ["x" * 15 + MASK[:5]]


def test_a_secret_in_the_last_line_is_masked() -> None:
    keeper, key = LineKeeper(), Secret("s3cret-value")
    keeper.feed(b"s3cret-value", 1.0, (key,))
    keeper.flush(1.0, (key,))
    assert texts(keeper) == [MASK]


def test_colours_and_control_characters_are_left_out_and_tabs_stay() -> None:
    keeper = LineKeeper()
    keeper.feed(b"\x1b[1;31mred\x1b[0m\tand\x07 \x1bcplain\r\n\xff\n", 1.0)
    assert texts(keeper) == ["red\tand plain", "�"]
