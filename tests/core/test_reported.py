"""Error objects in a response that calls itself a success."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.reported import reported


@pytest.mark.parametrize(
    ("sent", "said", "status"),
    [
        ({"error": {"message": "gone", "code": "502"}}, "gone", 502),
        ({"error": {"message": "gone", "status": 503, "code": None}}, "gone", 503),
        ({"error": {"error": {"message": "gone", "code": 500}}}, "gone", 500),
        ({"error": {"message": "gone"}, "code": 500}, "gone", 500),
        ({"error": ["one", {"msg": "two"}]}, "one; two", None),
        ({"error": True, "message": "gone"}, "gone", None),
        ({"error": {"error": {"error": {"error": {"error": {"error": {"code": 500}}}}}}}, "", None),
        ({"object": "error", "message": {"detail": [{"loc": ["body", "n"], "msg": "no"}]}}, "body.n: no", None),
        ({"detail": "Not Found"}, "Not Found", None),
        ({"detail": {"error": {"message": "gone", "code": 500}}}, "gone", None),
        ({"success": False, "errors": [{"code": 1, "message": "gone"}]}, "gone", None),
        ({"message": "gone", "code": 500}, "gone", 500),
        ({"message": "gone", "type": "server_error"}, "gone", None),
        ({"message": "gone", "status": "ERROR"}, "gone", None),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "gone"}}, "gone", None),
    ],
)
def test_an_error_is_known_in_every_form_with_its_words_and_its_status(
    sent: dict[str, Any], said: str, status: int | None
) -> None:
    error = reported(sent)
    assert error is not None
    assert (error.said, error.status) == (said, status)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"error": None, "choices": []},
        {"error": "", "ok": True},
        {"choices": [], "detail": "not of an error", "message": "hi", "code": 500},
        {"message": "starting", "type": "status"},
        {"message": {"role": "assistant"}, "code": 500},
        {"usage": {}, "code": 500},
    ],
)
def test_what_only_looks_like_an_error_is_none(sent: dict[str, Any]) -> None:
    assert reported(sent) is None
