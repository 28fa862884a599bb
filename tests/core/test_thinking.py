"""Thinking and answer, told apart in one text."""

from __future__ import annotations

import pytest

from playground.core.events import ReasoningDelta, TextDelta
from playground.core.thinking import ThinkingSplitter


def split(*pieces: str) -> tuple[str, str]:
    """The thinking and the answer of a text that comes in pieces."""
    splitter = ThinkingSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)] + splitter.flush()
    assert all(part.text for part in parts)
    return (
        "".join(part.text for part in parts if isinstance(part, ReasoningDelta)),
        "".join(part.text for part in parts if isinstance(part, TextDelta)),
    )


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        ("<think>\nhm, 1 < 2\n</think>\n\nTwo.", "hm, 1 < 2\n", "Two."),
        ("\n <think>a</think>b", "a", "b"),
        ("<think>\n\n</think>\n\nno thinking", "", "no thinking"),
        ("<think></think>", "", ""),
        ("<think>never closed, a </thin", "never closed, a </thin", ""),
        ("<think> ", "", ""),
        ("plain", "", "plain"),
        ("  plain with space ", "", "  plain with space "),
        ("a <think>b</think>", "", "a <think>b</think>"),
        ("no opening</think>answer", "", "no opening</think>answer"),
        ("<thinking>other tag</thinking>", "", "<thinking>other tag</thinking>"),
        ("<thi", "", "<thi"),
        ("  ", "", "  "),
        ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
        ("", "", ""),
    ],
)
def test_tags_at_the_start_divide_the_text_however_it_is_cut(text: str, thought: str, answer: str) -> None:
    for size in (1, 2, 3, 5, 100):
        assert split(*(text[at : at + size] for at in range(0, len(text), size))) == (thought, answer)


def test_an_answer_without_thinking_is_given_at_once() -> None:
    splitter = ThinkingSplitter()
    assert splitter.feed("Hello") == [TextDelta("Hello")]
    assert splitter.feed("") == []
    assert splitter.feed(" <think>") == [TextDelta(" <think>")]


def test_thinking_is_given_as_it_comes() -> None:
    splitter = ThinkingSplitter()
    assert splitter.feed("<think>first") == [ReasoningDelta("first")]
    assert splitter.feed(" second<") == [ReasoningDelta(" second")]
    assert splitter.feed(" third") == [ReasoningDelta("< third")]


def test_where_text_is_taken_word_for_word_nothing_is_told_apart_or_held_back() -> None:
    splitter = ThinkingSplitter(verbatim=True)
    assert splitter.passes_on
    assert [splitter.feed(piece) for piece in (" <thi", "nk>a</think> ", "")] == [
        [TextDelta(" <thi")],
        [TextDelta("nk>a</think> ")],
        [],
    ]
    assert splitter.flush() == []
