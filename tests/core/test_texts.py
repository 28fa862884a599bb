"""Texts out of foreign JSON."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.texts import sound, text_of, text_within


@pytest.mark.parametrize(
    ("value", "text", "within"),
    [
        ("a", "a", "a"),
        ({"text": "a"}, "a", "a"),
        ({"thinking": [{"text": "a"}, "b", None]}, "", "ab"),
        ({"text": "", "content": "a"}, "", "a"),
        ({"summary": {"text": "a"}}, "", "a"),
        ([["a"], {"reasoning": "b"}], "", "ab"),
        ([[[[["too deep"]]]]], "", ""),
        ({"data": "encrypted"}, "", ""),
        (None, "", ""),
        (3, "", ""),
    ],
)
def test_a_text_is_found_where_it_is(value: Any, text: str, within: str) -> None:
    assert (text_of(value), text_within(value)) == (text, within)


def test_halves_of_a_character_are_joined_and_a_lone_half_is_replaced() -> None:
    assert sound("\ud83c\udf0d ü") == "🌍 ü"
    assert sound("\ud83c ü") == "\ufffd ü"
    assert sound("plain") == "plain"
