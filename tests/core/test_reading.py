"""A body → events: an event stream, a whole completion, or something that is no answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.core.errors import ConnectionBroke, EndpointError, NotAnEndpoint, NotAStream, StreamFailed
from playground.core.events import Event, Finished, ReasoningDelta, Served, TextDelta, Usage
from playground.core.reading import MAX_WHOLE, BodyReader

SSE = "text/event-stream"
JSON = "application/json"
TEXT = b'data: {"choices": [{"delta": {"content": "hi"}}]}\n\n'
FINISH = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"
ANSWER = [TextDelta("hi"), Finished("stop")]


def read(body: bytes, content_type: str = SSE, size: int | None = None) -> tuple[list[Event], EndpointError | None]:
    reader = BodyReader(content_type)
    events: list[Event] = []
    for at in range(0, len(body), size or max(1, len(body))):
        events += reader.feed(body[at : at + (size or len(body))])
    return events + list(reader.end()), reader.failure


def completion(**more: Any) -> bytes:
    message = {"content": "hi"}
    return json.dumps({"model": "m", "choices": [{"message": message, "finish_reason": "stop"}]} | more).encode()


@pytest.mark.parametrize("content_type", [SSE, JSON, "text/plain", "text/html", ""])
@pytest.mark.parametrize("size", [1, 5, None])
@pytest.mark.parametrize("before", [b"", b": ping\n\n", b"\n\n", b"\xef\xbb\xbf", b"id: 3\nevent: x\nretry: 3\n"])
def test_a_stream_is_known_by_how_it_begins_whatever_it_is_called(
    content_type: str, size: int | None, before: bytes
) -> None:
    assert read(before + TEXT + FINISH + DONE, content_type, size) == (ANSWER, None)


def test_a_stream_that_begins_with_an_unknown_field_is_one_if_it_is_called_so() -> None:
    assert read(b"note: x\n\n" + TEXT + FINISH) == (ANSWER, None)


@pytest.mark.parametrize("content_type", [JSON, SSE, "text/plain", ""])
@pytest.mark.parametrize("size", [1, None])
@pytest.mark.parametrize("before", [b"", b"\n\n  \n"])
def test_a_completion_sent_at_once_is_an_answer(content_type: str, size: int | None, before: bytes) -> None:
    assert read(before + completion(), content_type, size) == ([Served("m"), *ANSWER], None)


def test_a_completion_is_whole_when_it_has_been_read() -> None:
    reader = BodyReader(JSON)
    assert reader.feed(completion()) == ()
    assert not reader.whole
    assert reader.end() != ()
    assert reader.whole
    assert reader.end() == ()


def test_a_finish_reason_is_enough_and_so_is_the_closing_mark() -> None:
    assert read(TEXT + FINISH) == (ANSWER, None)
    assert read(TEXT + DONE) == ([TextDelta("hi")], None)
    assert read(TEXT + DONE.rstrip()) == ([TextDelta("hi")], None)


def test_nothing_is_read_past_the_closing_mark() -> None:
    reader = BodyReader(SSE)
    assert reader.feed(TEXT + DONE + TEXT) == (TextDelta("hi"),)
    assert reader.complete and reader.whole
    assert reader.feed(TEXT) == ()
    assert reader.end() == ()


def test_the_closing_mark_gives_what_was_held_back() -> None:
    held = b'data: {"choices": [{"delta": {"content": "<th"}}]}\n\n'
    assert read(held + DONE) == ([TextDelta("<th")], None)
    assert read(held + FINISH) == ([TextDelta("<th"), Finished("stop")], None)


def test_a_stream_that_ends_without_saying_so_was_cut_off_and_what_came_is_kept() -> None:
    events, failure = read(TEXT + b'data: {"choices": [{"delta": {"content": "!"}}]}')
    assert events == [TextDelta("hi"), TextDelta("!")]
    assert isinstance(failure, ConnectionBroke)
    held, failure = read(b'data: {"choices": [{"delta": {"content": "<th"}}]}\n\n')
    assert held == [TextDelta("<th")]
    assert isinstance(failure, ConnectionBroke)


def test_text_that_comes_together_is_one_event_that_tells_how_many_it_was() -> None:
    think = b'data: {"choices": [{"delta": {"reasoning": "hm"}}]}\n\n'
    reader = BodyReader(SSE)
    assert reader.feed(think * 3 + TEXT * 4 + FINISH) == (
        ReasoningDelta("hmhmhm", 3),
        TextDelta("hihihihi", 4),
        Finished("stop"),
    )
    assert reader.feed(TEXT) == (TextDelta("hi"),)


def test_counts_may_come_after_the_finish() -> None:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}\n\n'
    assert read(TEXT + FINISH + usage + DONE) == ([*ANSWER, Usage(1, 2)], None)


def test_an_error_comes_after_the_events_before_it_and_ends_the_reading() -> None:
    reader = BodyReader(SSE)
    assert reader.feed(TEXT + b'data: {"error": "boom"}\n\n' + TEXT) == (TextDelta("hi"),)
    assert isinstance(reader.failure, StreamFailed)
    assert reader.failure.said == "boom"
    assert reader.feed(TEXT) == ()
    assert reader.end() == ()


def test_an_error_in_the_unfinished_last_event_is_one() -> None:
    events, failure = read(TEXT + b'data: {"error": "boom"}')
    assert events == [TextDelta("hi")]
    assert isinstance(failure, StreamFailed)


def test_a_damaged_object_is_an_error_and_a_keep_alive_in_words_is_not() -> None:
    assert read(b"data: ping\n\ndata:\n\n" + TEXT + b"data: OK\n\n" + FINISH) == (ANSWER, None)
    events, failure = read(TEXT + b'data: {"choices": [\n\n' + FINISH)
    assert events == [TextDelta("hi")]
    assert isinstance(failure, NotAStream)


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert read(TEXT.replace(b"hi", b"h\xff") + FINISH) == ([TextDelta("h\ufffd"), Finished("stop")], None)


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b"", SSE, NotAStream),
        (b"\n\n", SSE, NotAStream),
        (b"da", "text/plain", NotAStream),
        (b": only comments\n\n", SSE, NotAStream),
        (b"hello", "text/plain", NotAStream),
        (b"hello", SSE, NotAStream),
        (b"<!DOCTYPE html><p>x", "text/html", NotAnEndpoint),
        (b"  <html>", SSE, NotAnEndpoint),
        (b"<?xml version='1.0'?>", "application/xml", NotAnEndpoint),
        (b"please sign in", "text/html", NotAnEndpoint),
        (b"{", JSON, NotAStream),
        (b'{"ok": true}', JSON, NotAStream),
        (b"[1]", JSON, NotAStream),
        (b"[" * 100_000, JSON, NotAStream),
        (b'{"choices": []}', JSON, NotAStream),
        (b'{"error": {"message": "boom"}}', JSON, StreamFailed),
    ],
)
def test_what_is_no_answer_is_called_what_it_is(body: bytes, content_type: str, kind: type[EndpointError]) -> None:
    events, failure = read(body, content_type)
    assert events == []
    assert type(failure) is kind


def test_foreign_markup_is_never_repeated_and_other_words_are_shortened() -> None:
    assert "please" not in str(vars(read(b"please sign in", "text/html")[1]))
    assert "harm" not in str(vars(read(b"hello <script>harm()</script>", "text/plain")[1]))
    failure = read(b"x" * 5000, "text/plain")[1]
    assert failure is not None
    assert failure.said == "x" * 200


def test_what_is_too_long_is_given_up() -> None:
    for begun in (b"{", b"data: "):
        reader = BodyReader(SSE)
        reader.feed(begun)
        assert reader.failure is None
        assert reader.feed(b" " * (MAX_WHOLE + 1)) == ()
        assert isinstance(reader.failure, NotAStream)


def test_a_text_completion_is_given_as_it_came() -> None:
    reader = BodyReader(SSE, verbatim=True)
    sent = [b" <think>", b"a</think>", b" "]
    body = b"".join(b'data: {"choices": [{"text": "%s"}]}\n\n' % piece for piece in sent)
    assert reader.feed(body + DONE) == (TextDelta(" <think>a</think> ", 3),)
