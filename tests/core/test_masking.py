"""Known secrets taken out of bodies and streams, and the rest left as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.core.masking import Masker, can_be_told, masked_body, values_of
from playground.core.secret import MASK, Secret

KEY = 'sk/"own"-é'


@pytest.mark.parametrize("word", ["", "abc", "1234", "test", "true", "role", "admin", "1234567"])
def test_what_may_be_a_word_or_a_number_is_not_looked_for(word: str) -> None:
    assert not can_be_told(word)


@pytest.mark.parametrize("secret", ["hunter2", "a-b-c", "changeme", "12345678", "sk-abcdefgh"])
def test_what_can_be_told_from_a_word_is_looked_for(secret: str) -> None:
    assert can_be_told(secret)


def test_longer_secrets_go_first_and_each_once() -> None:
    secrets = [Secret("abcd-123"), Secret("test"), Secret("abcd-12345"), Secret("abcd-123"), Secret("")]
    assert values_of(secrets) == ("abcd-12345", "abcd-123")


def test_a_body_without_a_secret_stays_byte_for_byte() -> None:
    data = b'{ "seed":123456789, "a": ["x", null, true, 1.50], "a": "\\u0061" }'
    assert masked_body(data, ("not-there",)) == (data, False)
    # A number is none, whatever its digits: the body would be no JSON.
    assert masked_body(data, ("12345678",)) == (data, False)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_secret_is_taken_out_of_the_texts_of_a_body_which_stays_json(ascii_only: bool) -> None:
    body = {"messages": [{"content": f"my key is {KEY}!"}], KEY: [1, None, "x"], "stream": True}
    made, masked = masked_body(json.dumps(body, ensure_ascii=ascii_only).encode(), (KEY,))
    assert masked
    assert json.loads(made) == {"messages": [{"content": f"my key is {MASK}!"}], MASK: [1, None, "x"], "stream": True}


def test_what_is_no_json_loses_its_secrets_too() -> None:
    assert masked_body(b"{ sk-abcdefgh", ("sk-abcdefgh",)) == (f"{{ {MASK}".encode(), True)


def fed(masker: Masker, *parts: bytes) -> bytes:
    return b"".join([*(masker.feed(part) for part in parts), masker.rest()])


@pytest.mark.parametrize("said", [KEY, json.dumps(KEY)[1:-1], json.dumps(KEY)[1:-1].replace("/", r"\/")])
def test_a_secret_is_masked_wherever_it_is_cut(said: str) -> None:
    whole = f"data: it was {said}, yes".encode()
    for first in range(len(whole) + 1):
        for second in (first, first + 1, first + 5):
            made = fed(Masker([KEY]), whole[:first], whole[first:second], whole[second:])
            assert made == f"data: it was {MASK}, yes".encode(), (first, second)


def test_what_can_be_no_beginning_of_a_secret_is_not_held_back() -> None:
    masker = Masker(["sk-abcdefgh"])
    assert masker.feed(b"data: yes\n\n") == b"data: yes\n\n"
    assert masker.feed(b"data: tasks") == b"data: task"
    assert masker.feed(b"\n\nsk-abc") == b"s\n\n"
    assert masker.feed(b"") == b"" and masker.rest() == b"sk-abc" and masker.rest() == b""


def test_nothing_is_held_where_there_is_no_secret() -> None:
    assert Masker([]).feed(b"x") == b"x"


def test_a_secret_that_is_part_of_another_or_laps_over_it_leaves_nothing_of_either() -> None:
    for secrets, whole in (
        (("abcd-123", "abcd-123-efgh"), b"abcd-123-efgh"),
        (("xxxab-12", "ab-12yyyy"), b"xxxab-12 "),
    ):
        for cut in range(len(whole) + 1):
            assert fed(Masker(values_of(map(Secret, secrets))), whole[:cut], whole[cut:]).strip() == MASK.encode()


@given(st.lists(st.text("ab-1").map(str.encode)), st.lists(st.text("ab-1", min_size=4, max_size=6), max_size=3))
def test_however_it_is_cut_no_secret_is_left(parts: list[bytes], values: list[str]) -> None:
    made = fed(Masker(values), *parts)
    assert all(value.encode() not in made for value in values)
    if not any(value.encode() in b"".join(parts) for value in values):
        assert made == b"".join(parts)
