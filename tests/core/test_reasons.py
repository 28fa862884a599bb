"""A server's own words, out of every envelope seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.core.reasons import LONGEST, fields_of, is_page, marks_of, reason_of, tidy

DEEP: Any = "bottom"
for _ in range(12):
    DEEP = {"error": DEEP}


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"error": {"message": "a", "type": "t", "code": 400}}, "a"),
        ({"error": "Unauthorized"}, "Unauthorized"),
        ({"error": ["a", {"message": "b"}]}, "a; b"),
        ({"detail": "Not Found"}, "Not Found"),
        (
            {"detail": [{"type": "missing", "loc": ["body", "model"], "msg": "Field required"}]},
            "body.model: Field required",
        ),
        ({"detail": {"error": {"message": "a"}}}, "a"),
        (
            {"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "not permitted"}]}},
            "body.n: not permitted",
        ),
        ({"object": "error", "message": "old vLLM", "code": 400}, "old vLLM"),
        ({"message": "", "error": "second"}, "second"),
        ({"errors": [{}, 3, {"loc": ["x"]}]}, ""),
        ({"ok": False}, ""),
        ("just text", "just text"),
        (None, "null"),
        (3, ""),
        (DEEP, ""),
    ],
)
def test_the_reason_is_found_in_every_envelope(sent: Any, reason: str) -> None:
    assert reason_of(json.dumps(sent).encode(), "application/json") == reason


def test_plain_text_is_its_own_reason() -> None:
    assert reason_of(b"Internal Server Error", "text/plain") == "Internal Server Error"
    assert reason_of(b"{ broken json") == "{ broken json"
    assert reason_of(b"\xff broken text") == "\ufffd broken text"
    assert reason_of(b"") == ""
    assert reason_of(b"[" * 100_000) == "[" * (LONGEST - 1) + "…"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!DOCTYPE html><title>x</title>", ""),
        (b"\xef\xbb\xbf\n <HTML>x", "text/plain"),
        (b"<body>x", ""),
        (b"sign in", "text/html; charset=utf-8"),
    ],
)
def test_a_web_page_gives_no_reason(body: bytes, content_type: str) -> None:
    assert is_page(body, content_type)
    assert reason_of(body, content_type) == ""


def test_markup_inside_a_reason_is_not_shown() -> None:
    assert reason_of(b'{"error": "upstream said <html><script>harm()</script>"}') == ""
    assert reason_of(b'{"error": "a < b, and <|im_end|>"}') == "a < b, and <|im_end|>"


def test_a_reason_is_short_and_has_no_hidden_characters() -> None:
    assert tidy("a\x00b \t c\u202e\r\n\n\n\nd\ud800") == "ab c\n\nd"
    assert len(tidy("x" * 9999)) == LONGEST


def test_codes_are_read_where_an_envelope_has_them_and_nowhere_else() -> None:
    assert marks_of(b'{"error": {"code": "context_length_exceeded", "type": "t", "param": null}}') == (
        "context_length_exceeded t"
    )
    assert marks_of(b'{"object": "error", "code": 40001, "type": "x"}') == "40001 x"
    assert marks_of(b'{"detail": [{"input": "what is a context_length_exceeded", "type": "missing"}]}') == ""
    assert marks_of(b'{"error": "text", "error_type": "overloaded"}') == "overloaded"
    assert marks_of(b"text") == ""
    assert marks_of(b"[]") == ""


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"error": {"message": "a", "param": "top_k"}}, ("top_k",)),
        ({"error": {"message": "a", "param": None}}, ()),
        ({"error": {"message": "a", "param": ""}}, ()),
        ({"detail": [{"loc": ["body", "n"]}, {"loc": ["body", "messages", 0, "role"]}, {"loc": ["body", "n"]}]},
         ("n", "messages.0.role")),
        ({"detail": [{"loc": ["body"]}, {"loc": "body"}, 3]}, ()),
        ({"object": "error", "message": {"detail": [{"loc": ["body", "n"]}]}}, ("n",)),
        ({"param": "seed", "error": "x"}, ("seed",)),
        ({"input": {"param": "the question's own"}}, ()),
        ("text", ()),
        (DEEP, ()),
    ],
)  # fmt: skip
def test_the_fields_that_an_error_names_are_found_in_every_envelope(sent: Any, fields: tuple[str, ...]) -> None:
    assert fields_of(json.dumps(sent).encode()) == fields
    assert fields_of(b"no json") == ()
