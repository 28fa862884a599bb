"""How an embedded server's end is explained."""

from __future__ import annotations

import signal

import pytest

from playground.core.ending import Ending, cause, explain
from playground.core.errors import BadModelFile, LocalDied, LocalUnavailable


def test_the_first_error_in_the_log_is_the_cause() -> None:
    log = ["0.00.1 I srv init: E", "0.00.2 E tensor is not within the file", "0.00.3 E failed to load", "bye"]
    assert cause(log) == "0.00.2 E tensor is not within the file"


def test_without_an_error_the_last_line_is_the_cause() -> None:
    assert cause(["one", "two"]) == "two"
    assert cause([]) == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "by itself."),
        (3, "(exit code 3)"),
        (-signal.SIGKILL, "memory had run out"),
        (-signal.SIGSEGV, "(signal SIGSEGV)"),
        (-250, "(signal 250)"),
    ],
)
def test_an_ending_is_told_in_words(code: int | None, words: str) -> None:
    error = explain(Ending(ready=True, code=code, said="last"), "m.gguf", given_up=False)
    assert type(error) is LocalDied
    assert words in error.what
    assert error.said == "last"
    assert "started again" in error.hint


def test_giving_up_says_what_to_try() -> None:
    error = explain(Ending(code=1), "m.gguf", given_up=True)
    assert "--endpoint-url" in error.hint


def test_a_refused_file_is_named() -> None:
    error = explain(Ending(verdict="refused", said="tensor is not within the file"), "m.gguf", given_up=False)
    assert type(error) is BadModelFile
    assert "m.gguf" in error.what
    assert "incomplete" in error.hint


def test_a_refusal_for_want_of_memory_says_so() -> None:
    error = explain(Ending(verdict="refused", said="failed to allocate buffer"), "m.gguf", given_up=False)
    assert type(error) is BadModelFile
    assert "memory" in error.hint


def test_a_library_that_cannot_be_loaded_is_unavailable() -> None:
    error = explain(Ending(verdict="broken", said="no such symbol"), "m.gguf", given_up=False)
    assert type(error) is LocalUnavailable
    assert error.said == "no such symbol"
