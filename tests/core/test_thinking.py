"""Thinking and answer, told apart in one text."""

from __future__ import annotations

import pytest

from playground.core.events import ReasoningDelta, TextDelta, WasThinking
from playground.core.thinking import Part, ThinkingSplitter


def split(*pieces: str) -> tuple[str, str]:
    """The thinking and the answer of a text that comes in pieces."""
    splitter = ThinkingSplitter()
    return told([part for piece in pieces for part in splitter.feed(piece)] + splitter.flush())


def told(parts: list[Part]) -> tuple[str, str]:
    thought = answer = ""
    for part in parts:
        if isinstance(part, WasThinking):
            thought, answer = thought + answer, ""
            continue
        assert part.text and part.pieces > 0
        if isinstance(part, TextDelta):
            answer += part.text
        else:
            thought += part.text
    return thought, answer


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
        ("no line of its own</think>answer", "", "no line of its own</think>answer"),
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
    assert splitter.feed(" <b>") == [TextDelta(" <b>")]


def test_a_model_that_sends_nothing_but_white_space_is_not_waited_for() -> None:
    splitter = ThinkingSplitter()
    assert [part for _ in range(200) for part in splitter.feed(" ")] == []
    assert splitter.feed("\n") == [TextDelta(" " * 200 + "\n", 201)]
    assert splitter.feed(" ") == [TextDelta(" ")]


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


OPENED_BY_THE_TEMPLATE = [
    ("hm, 1 < 2\n</think>\n\nTwo.", "hm, 1 < 2\n", "Two."),
    ("hm</think>\nTwo.", "hm", "Two."),
    ("hm</think>\r\n\r\nTwo.", "hm", "Two."),
    ("hm\n</think>Two.", "hm\n", "Two."),
    ("</think>\n\nTwo.", "", "Two."),
    ("hm\n</think>", "hm\n", ""),
    ("hm\n</think>\n\n", "hm\n", ""),
    ("a `b` < c\n</think>\nTwo </think>\n", "a `b` < c\n", "Two </think>\n"),
]
ABOUT_TAGS = [
    "It ends with </think> and then the answer comes.",
    "It ends with </think>",
    "It ends with `</think>\n`",
    "```\nhm\n</think>\n```\n",
    "First <think>, then\n</think>\n",
    "x </thinking>\n</thin",
]


@pytest.mark.parametrize(("text", "thought", "answer"), OPENED_BY_THE_TEMPLATE)
def test_what_came_before_a_lone_closing_tag_was_thinking_however_it_is_cut(
    text: str, thought: str, answer: str
) -> None:
    for size in (1, 2, 3, 5, 100):
        assert split(*(text[at : at + size] for at in range(0, len(text), size))) == (thought, answer)


@pytest.mark.parametrize("text", ABOUT_TAGS)
def test_a_closing_tag_within_a_line_or_code_or_after_an_opening_one_is_text(text: str) -> None:
    for size in (1, 2, 3, 5, 100):
        assert split(*(text[at : at + size] for at in range(0, len(text), size))) == ("", text)


def test_where_the_server_tells_thinking_by_itself_a_lone_closing_tag_is_text() -> None:
    for before in ("", " ", "Well,\n"):
        splitter = ThinkingSplitter()
        parts = splitter.feed(before)
        splitter.told()
        parts += splitter.feed("So\n</think>\n") + splitter.feed("x") + splitter.flush()
        assert told(parts) == ("", before + "So\n</think>\nx")


def test_a_tag_that_has_begun_is_judged_by_what_follows_also_if_the_server_tells_thinking_meanwhile() -> None:
    splitter = ThinkingSplitter()
    assert splitter.feed("So\n<") == [TextDelta("So\n")]
    splitter.told()
    assert splitter.feed("b") == [TextDelta("<b")]


@pytest.mark.parametrize("text", [each[0] for each in OPENED_BY_THE_TEMPLATE] + ABOUT_TAGS + ["a<b>c<", "plain " * 9])
def test_many_texts_at_once_are_read_as_one_after_the_other(text: str) -> None:
    text = f"Well, {text}"
    for size in (1, 2, 3, 5, 100):
        begun, *pieces = [text[at : at + size] for at in range(0, len(text), size)]
        for first in range(len(pieces) + 1):
            one_by_one, at_once = ThinkingSplitter(), ThinkingSplitter()
            wanted = [part for piece in (begun, *pieces) for part in one_by_one.feed(piece)] + one_by_one.flush()
            parts = at_once.feed(begun)
            for batch in (pieces[:first], pieces[first:]):
                parts += at_once.feed_all(batch) if batch else []
            parts += at_once.flush()
            assert told(parts) == told(wanted)
            assert counted(parts) == counted(wanted)


def counted(parts: list[Part]) -> int:
    return sum(part.pieces for part in parts if not isinstance(part, WasThinking))
