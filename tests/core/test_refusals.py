"""An HTTP answer that is no completion → the right error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.core.errors import (
    BadRequest,
    ContextTooLong,
    EndpointError,
    Loading,
    NotAnEndpoint,
    PathNotFound,
    RateLimited,
    ServerFailed,
    Stopped,
    TLSFailed,
    Unauthorized,
    UnknownModel,
    Waking,
)
from playground.core.refusals import Answer, absent, refusal, retry_after

NOW = 1_700_000_000.0
PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"


def answer(status: int, body: Any = b"", *, sent_key: bool = True, **headers: Any) -> Answer:
    if isinstance(body, bytes):
        content, kind = body, "text/plain"
    else:
        content, kind = json.dumps(body).encode(), "application/json"
    named = {"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, content, sent_key, "tiny", NOW)


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message} | more}


KINDS: list[tuple[Answer, type[EndpointError]]] = [
    (answer(401, {"error": "Unauthorized"}), Unauthorized),
    (answer(401, PAGE), Unauthorized),
    (answer(403, error("no access")), Unauthorized),
    (answer(403, PAGE), NotAnEndpoint),
    (answer(403, error("no funds", type="insufficient_quota")), Unauthorized),
    (answer(402, error("pay")), ServerFailed),
    (answer(404, {"detail": "Not Found"}), PathNotFound),
    (answer(404, b""), PathNotFound),
    (answer(404, PAGE), NotAnEndpoint),
    (answer(405, {"detail": "Method Not Allowed"}), PathNotFound),
    (answer(404, error("The model `x` does not exist.", type="NotFoundError")), UnknownModel),
    (answer(404, error("model 'x' not found")), UnknownModel),
    (answer(404, error("gone", code="model_not_found")), UnknownModel),
    (answer(400, error("Invalid model name passed in model=x")), UnknownModel),
    (answer(400, error("x is not a valid model ID")), UnknownModel),
    (answer(400, error("temperature must be in [0, 2]")), BadRequest),
    (answer(400, error("the model does not support images")), BadRequest),
    (answer(500, error("image input is not supported - hint: provide the mmproj")), BadRequest),
    (answer(400), BadRequest),
    (answer(422, {"detail": [{"loc": ["body"], "msg": "bad", "input": "what is a context length?"}]}), BadRequest),
    (answer(413, b"Request Entity Too Large"), BadRequest),
    (answer(415, b""), BadRequest),
    (answer(400, error("maximum context length is 8 tokens. However, you requested 9 tokens")), ContextTooLong),
    (answer(400, error("too much", code="context_length_exceeded")), ContextTooLong),
    (answer(400, error("too much", type="exceed_context_size_error", n_ctx=8, n_prompt_tokens=9)), ContextTooLong),
    (answer(500, error("the request exceeds the available context size")), ContextTooLong),
    (answer(400, b"Client sent an HTTP request to an HTTPS server.\n"), TLSFailed),
    (answer(400, b"<html>The plain HTTP request was sent to HTTPS port</html>"), TLSFailed),
    (answer(429, error("slow down")), RateLimited),
    (answer(429, PAGE), RateLimited),
    (answer(429, error("You exceeded your current quota", code="insufficient_quota")), ServerFailed),
    (answer(500, b"Internal Server Error"), ServerFailed),
    (answer(500, PAGE), ServerFailed),
    (answer(502, PAGE), ServerFailed),
    (answer(503, b"Service Unavailable"), ServerFailed),
    (answer(503, error("Loading model", type="unavailable_error")), Loading),
    (answer(503, b"no healthy upstream"), Waking),
    (answer(503, b"<html><h1>no ready replicas</h1></html>"), Waking),
    (answer(503, b"wait", retry_after="3"), Waking),
    (answer(502, b"the deployment is starting: scaling from zero"), Waking),
    (answer(504, b"Gateway Timeout", retry_after="3"), Waking),
    (answer(502, PAGE, retry_after="3"), Waking),
    (answer(404, error("The endpoint is stopped")), Stopped),
    (answer(410, b"<html><h1>This app has been suspended</h1></html>"), Stopped),
    (answer(400, error("Bad Request: Endpoint is paused. Ask a maintainer to restart it")), Stopped),
    (answer(503, b"The deployment was terminated"), Stopped),
    (answer(404, error("Function calling is disabled on this server")), PathNotFound),
    (answer(418, b"teapot"), ServerFailed),
    (answer(307, b"", location="/elsewhere"), NotAnEndpoint),
    (answer(302, PAGE, location="https://login.example/?next=secret"), NotAnEndpoint),
]  # fmt: skip


@pytest.mark.parametrize(("came", "kind"), KINDS, ids=lambda value: str(getattr(value, "status", "")))
def test_each_answer_is_called_what_it_is(came: Answer, kind: type[EndpointError]) -> None:
    found = refusal(came)
    assert type(found) is kind
    assert found.status == came.status
    assert found.what and found.hint
    assert "<" not in found.said


def test_the_servers_own_reason_is_kept_apart_from_our_words() -> None:
    found = refusal(answer(400, error("temperature must be in [0, 2]")))
    assert found.said == "temperature must be in [0, 2]"
    assert "temperature" not in found.what + found.hint


def test_a_missing_key_is_told_apart_from_a_refused_one() -> None:
    assert "wants" in refusal(answer(401, sent_key=False)).what
    assert "refuses" in refusal(answer(401)).what
    assert refusal(answer(401)).hint != refusal(answer(403)).hint


def test_where_no_key_was_sent_a_failure_says_that_it_may_be_why() -> None:
    for status in (400, 500):
        assert "No API key" in refusal(answer(status, b"x", sent_key=False)).hint
        assert "No API key" not in refusal(answer(status, b"x")).hint


def test_a_refusal_without_a_reason_promises_none() -> None:
    assert "below" in refusal(answer(400, b"a reason")).hint
    assert "below" not in refusal(answer(400)).hint


def test_the_numbers_of_a_context_are_kept() -> None:
    found = refusal(answer(400, error("too much", type="exceed_context_size_error", n_ctx=8, n_prompt_tokens=9)))
    assert isinstance(found, ContextTooLong)
    assert (found.asked, found.limit) == (9, 8)


def test_a_redirect_is_named_without_its_query_and_not_at_all_where_it_stays_here() -> None:
    away = refusal(answer(308, location="https://other.example/v1/chat/completions?token=abc"))
    assert "https://other.example/v1:" in away.hint
    assert "token" not in away.hint
    for place in ("", "/elsewhere", "ftp://x", "https://me:pass@other.example/"):
        assert "points" not in refusal(answer(308, location=place)).hint


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry_after": "3"}, 3.0),
        ({"retry_after": " 1.5 "}, 1.5),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after_ms": "250", "retry_after": "1"}, 0.25),
        ({"retry_after_ms": "soon", "retry_after": "1"}, 1.0),
        ({"retry_after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
        ({"retry_after": "Tue, 14 Nov 2023 22:13:10 GMT"}, 0.0),
        ({"retry_after": "Tue, 14 Nov 2023 22:13:30 GMT", "date": "Tue, 14 Nov 2023 22:13:25 GMT"}, 5.0),
        ({"retry_after": "-3"}, None),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "9" * 400}, None),
        ({"retry_after": "in a while"}, None),
        ({"retry_after": "Tue, 14 Nov 99999 22:13:30 GMT"}, None),
    ],
)
def test_when_to_come_back_is_read_in_every_form(headers: dict[str, Any], seconds: float | None) -> None:
    assert retry_after(answer(429, **headers)) == seconds
    found = refusal(answer(429, **headers))
    assert isinstance(found, RateLimited)
    assert found.retry_after == seconds


def test_only_a_gateways_status_can_mean_that_a_model_loads() -> None:
    assert not absent(answer(500, b"Loading model"))
    assert absent(answer(503, b"Loading model")) == "loading"
