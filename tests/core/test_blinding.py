"""Names and text taken out, and the rest left."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.core.blinding import Blind, fields_in, texts_in

NAMES = (("address", "http://gpu-7.acme.example:8000/v1"), ("host", "gpu-7.acme.example"), ("model", "acme/Secret-7B"))
PROMPT = "Marguerite said: “the zeppelin\nlands at noon” — naïve 你好世界 and error 12345"
ANSWER = "Tomorrow Zanzibar answers."
BLIND = Blind((*NAMES, ("model", ""), ("model", "ACME/secret-7b")), [PROMPT, ANSWER])
WORDS = ("Marguerite", "zeppelin", "lands", "noon", "naïve", "你好世界", "12345", "Tomorrow", "Zanzibar")


def test_a_name_is_the_same_wherever_it_stands_and_says_how_long_it_was() -> None:
    said = BLIND.names("ACME/Secret-7B at http://gpu-7.acme.example:8000/v1/models, on gpu-7.acme.example")
    assert said == "‹model 1, 14 characters› at ‹address 1, 33 characters›/models, on ‹host 1, 18 characters›"
    assert Blind([], []).names("x") == "x"


@pytest.mark.parametrize(
    "line",
    [
        f"INFO 11-25 Received request: prompt: {PROMPT!r}, params: SamplingParams(n=1)",
        f"INFO 11-25 Received request: prompt: {json.dumps(PROMPT)}, params: SamplingParams(n=1)",
        f"INFO 11-25 {PROMPT} -> {ANSWER} params: SamplingParams(n=1)",
        f"INFO 11-25 {PROMPT.upper()} params: SamplingParams(n=1)",
    ],
)
def test_a_log_line_keeps_what_the_server_says_and_nothing_that_anybody_said(line: str) -> None:
    blind = BLIND.words(line)
    for word in WORDS:
        assert word.casefold() not in blind.casefold(), word
    assert blind.startswith("INFO 11-25 ") and "params: SamplingParams(n=1)" in blind
    assert "characters›" in blind


def test_what_stands_between_two_words_goes_with_them() -> None:
    assert BLIND.words("x zeppelin at noon, Zanzibar y") == "x ‹text, 26 characters› y"
    assert BLIND.words("zeppelin is a long way from here to noon").count("‹") == 2
    assert BLIND.words("zeppelin gpu-7.acme.example") == "‹text, 8 characters› ‹host 1, 18 characters›"


@pytest.mark.parametrize("said", ["My PIN is 123, Tom", "Tom", "42", "a\nb 77\nTom", "I am at it", "id 007 ok"])
def test_what_was_said_in_short_words_goes_too_however_it_is_escaped(said: str) -> None:
    blind = Blind([], [said])
    for form in (said.replace("\n", " "), repr(said), json.dumps(said)):
        line = blind.words(f"INFO got prompt: {form}, params: n=1")
        assert line.startswith("INFO got prompt: ") and line.endswith(", params: n=1"), line
        for word in re.findall(r"\w+", said):
            assert not re.search(rf"\b{word}\b", re.sub("‹[^›]*›", "", line).partition("prompt")[2]), (word, line)


def test_of_what_was_cut_off_the_words_go_as_far_as_they_are_there() -> None:
    assert Blind([], ["My PIN is 123, Tom"]).words("prompt: 'My PIN is 1") == "prompt: '‹text, 9 characters› 1"


def test_a_field_that_somebody_named_has_a_number_and_words_that_hold_it_stay() -> None:
    blind = Blind([("field", "acme_id"), ("field", "on")], [])
    assert blind.names("“acme_id” is refused on a conversation") == (
        "“‹field 1, 7 characters›” is refused ‹field 2, 2 characters› a conversation"
    )
    assert (blind.field("acme_id", 7), blind.field("model", 0), blind.field("x", 1)) == (
        "‹field 1, 7 characters›", "model", "‹field 2, 1 character›",
    )  # fmt: skip
    assert fields_in({"model": 1, "a": [{"b": {"type": 1}}, 2]}) == ["a", "b"]


def test_words_of_a_servers_own_stay_though_they_were_said_too() -> None:
    assert BLIND.words("an error at last") == "an error at last"


def test_numbers_of_tokens_are_text_too() -> None:
    assert BLIND.words("prompt_token_ids: [1, 22, 333, 4], n=[1, 2]") == "prompt_token_ids: ‹numbers›, n=[1, 2]"


def test_an_event_keeps_its_shape() -> None:
    sent = {
        "id": "cmpl-1",
        "model": "acme/Secret-7B",
        "choices": [{"delta": {"role": "assistant", "content": ANSWER}, "finish_reason": None, "token_ids": [5]}],
        "usage": {"prompt_tokens": 3},
        "customer": True,
        "logprobs": [{"id": 99, "token": "To", "logprob": -1.5}],
    }
    blind = BLIND.event(f"event: x\ndata: {json.dumps(sent)}")
    first, data = blind.split("\n")
    assert first == "event: ‹text, 1 character›"
    made = json.loads(data.removeprefix("data: "))
    assert (made["id"], made["model"], made["usage"]) == ("cmpl-1", "‹model 1, 14 characters›", {"prompt_tokens": 3})
    assert made["choices"][0] == {
        "delta": {"role": "assistant", "content": "‹text, 26 characters›"},
        "finish_reason": None,
        "token_ids": "‹1 numbers›",
    }
    assert made["‹field 5, 8 characters›"] is True
    assert made["logprobs"] == [{"id": "‹number›", "token": "‹text, 2 characters›", "logprob": -1.5}]


def test_what_is_no_json_is_a_length() -> None:
    assert BLIND.event("data: [DONE]\n") == "data: [DONE]\n"
    assert BLIND.event("<html>") == "‹text, 6 characters›"
    assert BLIND.event(": ping") == "‹text, 6 characters›"
    assert BLIND.event('{"a": 1}') == '{"‹field 1, 1 character›": 1}'


def test_headers_keep_what_says_nothing_of_anybody() -> None:
    assert BLIND.header("Content-Type", "text/html") == ("Content-Type", "text/html")
    assert BLIND.header("Host", "gpu-7") == ("Host", "‹text, 5 characters›")
    assert BLIND.header("X-Acme", "a") == ("‹header, 6 characters›", "‹text, 1 character›")


def test_the_texts_of_a_body_are_those_that_the_protocol_does_not_name() -> None:
    body = {"model": "m", "stop": ["a"], "messages": [{"role": "user", "content": "hi"}], "mine": {"type": "x"}, "n": 1}
    assert texts_in(body) == ["mine", "a", "hi"]


@given(st.text(), st.lists(st.text()))
def test_any_line_comes_through(line: str, texts: list[str]) -> None:
    assert isinstance(Blind((), texts).words(line), str)
    assert isinstance(Blind((), texts).event(line), str)
