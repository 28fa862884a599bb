"""What a run looks like to a person."""

from __future__ import annotations

import html
from typing import Any

import pytest

from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest, ContextTooLong, LocalDied, RateLimited, UnknownModel
from playground.core.events import Adapted, Usage
from playground.core.params import Params
from playground.core.reply import Reply, ToolCall
from playground.core.run import Request, Run, Status
from playground.core.views import (
    error_text,
    note_text,
    plain,
    quoted,
    seconds,
    stats_line,
    thinking_name,
    tokens_per_second,
    tool_calls,
)

ENDPOINT = Endpoint("test", "http://127.0.0.1:1/v1")


def run(status: Status = "done", *, asked: str | None = None, max_tokens: int | None = None, **reply: Any) -> Run:
    return Run(Request(ENDPOINT, (), asked, params=Params(max_tokens=max_tokens)), Reply(**reply), status)


def timed(**more: Any) -> dict[str, Any]:
    """A reply whose first token took half a second, and the other nine one second."""
    made: dict[str, Any] = {
        "text": "hello",
        "finish": "stop",
        "usage": Usage(8, 10),
        "pieces": 10,
        "attempts": 1,
        "sent_at": 100.0,
        "first_token_at": 100.5,
        "last_token_at": 101.5,
    }
    return made | more


def test_a_whole_answer_has_every_figure() -> None:
    assert stats_line(run(**timed())) == "finished · first token 0.50 s · 9.0 tokens/s · 8 tokens in · 10 tokens out"


def test_a_wait_for_the_model_is_told_beside_the_time_to_the_first_token_and_a_short_one_is_not() -> None:
    assert "first token 0.50 s · after 41 s of waiting for the model · 9.0" in stats_line(run(**timed(waited=41.0)))
    assert "waiting" not in stats_line(run(**timed(waited=0.2)))


def test_while_it_runs_there_is_no_line() -> None:
    assert stats_line(run("running", **timed())) == ""


def test_what_the_server_did_not_tell_is_about_or_unknown_and_never_nought() -> None:
    line = stats_line(run(**timed(usage=None, finish=None)))
    assert line == "finish reason unknown · first token 0.50 s · about 10 tokens out · tokens in: unknown"
    assert stats_line(run(**timed(usage=Usage(None, 10)))).endswith("tokens unknown in · 10 tokens out")


def test_nothing_at_all_came() -> None:
    assert stats_line(run()) == "finish reason unknown · tokens in: unknown"
    assert stats_line(run(finish="stop", usage=Usage(8, 1))) == "finished with no text · 8 tokens in · 1 token out"


@pytest.mark.parametrize(
    ("limit", "usage", "said"),
    [
        (240, None, "stopped at the 240-token limit"),
        (None, Usage(8, 1024), "stopped at the server's limit of 1,024 tokens"),
        (None, Usage(8, 0), "stopped at the server's token limit"),
        (None, None, "stopped at the server's token limit"),
    ],
)
def test_a_token_limit_is_named_as_far_as_it_is_known(limit: int | None, usage: Usage | None, said: str) -> None:
    assert stats_line(run(max_tokens=limit, **timed(finish="length", usage=usage))).startswith(said + " · ")


def test_an_unknown_finish_reason_is_shown_as_it_came() -> None:
    assert stats_line(run(**timed(finish="moon_phase"))).startswith("finish reason “moon_phase” · ")
    assert stats_line(run(**timed(finish="content_filter"))).startswith("withheld by the server's content filter")


def test_a_stopped_answer_says_who_stopped_it() -> None:
    stopped = run("stopped", **timed())
    assert stats_line(stopped).startswith("stopped by you · ")
    stopped.stopped_by = "absence"
    assert stats_line(stopped).startswith("stopped because the page was closed · ")
    assert stats_line(run("stopped", attempts=1)) == "stopped by you before the first token · tokens in: unknown"


def test_a_failed_answer_is_cut_off_and_one_that_never_came_has_no_line() -> None:
    assert stats_line(run("failed", **timed())).startswith("cut off · ")
    assert stats_line(run("failed", text="from before the continuation")) == ""


def test_another_model_and_another_attempt_are_told_and_so_are_notes() -> None:
    other = run(asked="asked", **timed(model="served", attempts=2))
    other.notes.append("a note")
    assert stats_line(other).endswith(" · answered as served · attempt 2 · a note")
    assert "answered as" not in stats_line(run(asked="same", **timed(model="same")))
    assert "answered as" not in stats_line(run(asked="asked", **timed(model=None)))


def test_a_fast_answer_is_counted_in_whole_tokens() -> None:
    assert "100 tokens/s" in stats_line(run(**timed(usage=Usage(8, 101), last_token_at=101.5)))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(usage=None, first_token_at=1, last_token_at=2),
        Reply(usage=Usage(1, None), first_token_at=1, last_token_at=2),
        Reply(usage=Usage(1, 1), first_token_at=1, last_token_at=2),
        Reply(usage=Usage(1, 9)),
        Reply(usage=Usage(1, 9), first_token_at=1),
        Reply(usage=Usage(1, 9), first_token_at=1, last_token_at=1),
        Reply(usage=Usage(1, 9), first_token_at=1, last_token_at=1.04),
    ],
)
def test_there_is_no_rate_without_what_it_is_made_of(reply: Reply) -> None:
    assert tokens_per_second(reply) is None


def test_thinking_is_named_by_its_length_once_it_is_over() -> None:
    assert thinking_name(Reply(thinking_started_at=1), under_way=True) == "Thinking"
    assert thinking_name(Reply(thinking_started_at=1, thinking_ended_at=4.2), under_way=True) == "Thought for 3.2 s"
    assert thinking_name(Reply(thinking_started_at=1, thinking_ended_at=4.2), under_way=False) == "Thought for 3.2 s"
    short = Reply(thinking_started_at=1, thinking_ended_at=1.5)
    assert thinking_name(short, under_way=False) == "Thought for less than a second"
    assert thinking_name(Reply(thinking_started_at=1), under_way=False) == "Thoughts"
    assert thinking_name(Reply(thinking_ended_at=1), under_way=False) == "Thoughts"


# The page has them too: tests/e2e/test_answer.py.
TIMES: list[tuple[float, str]] = [
    (0.0004, "0.4 ms"),
    (0.00123, "1.2 ms"),
    (0.049, "49 ms"),
    (0.251, "0.25 s"),
    (1.24, "1.2 s"),
    (9.93, "9.9 s"),
    (45.4, "45 s"),
    (59.7, "1 min 0 s"),
    (119.7, "2 min 0 s"),
    (125, "2 min 5 s"),
    (3599.8, "1 h 0 min"),
    (7260, "2 h 1 min"),
]


@pytest.mark.parametrize(("value", "said"), TIMES)
def test_times_are_as_fine_as_they_need_to_be(value: float, said: str) -> None:
    assert seconds(value) == said


def test_an_error_says_what_to_try_and_then_what_the_server_said() -> None:
    text = error_text(BadRequest("It was refused.", "Change *this*.", "because\n\n# no", status=422))
    assert text == "Change &#42;this&#42;.\n\nThe server (status 422) says:\n\n> because\n>\n> &#35; no"
    assert error_text(BadRequest("a", "b", "c")).startswith("b\n\nThe server says:")
    assert error_text(LocalDied("It ended.", "Wait.", "signal 9")).endswith("> signal 9")
    assert error_text(LocalDied("It ended.", "Wait.")) == "Wait."


def test_an_unknown_model_comes_with_the_list_and_a_long_list_is_cut() -> None:
    assert "It lists: `a`, `b'c`." in error_text(UnknownModel("x", "y", models=("a", "b`c")))
    assert "`m11` and 8 more." in error_text(UnknownModel("x", "y", models=tuple(f"m{i}" for i in range(20))))
    assert "lists" not in error_text(UnknownModel("x", "y"))


def test_a_context_that_is_too_long_comes_with_its_numbers() -> None:
    assert "Asked for: 9,000 tokens. The limit: 8,192 tokens." in error_text(
        ContextTooLong("x", "y", asked=9000, limit=8192)
    )
    assert "Asked for: tokens unknown. The limit: 8,192 tokens." in error_text(ContextTooLong("x", "y", limit=8192))
    assert "Asked for" not in error_text(ContextTooLong("x", "y"))


def test_a_limit_that_names_its_time_is_told_with_it() -> None:
    assert "asks to wait 2 h 0 min." in error_text(RateLimited("x", "y", retry_after=7200))
    assert "asks to wait" not in error_text(RateLimited("x", "y"))


@pytest.mark.parametrize(
    "markup", ["a_b", "<c>", "$d$", "`e`", "[f](g)", r"\(h\)", "**i**", "- j", "# k", "| l |", "~m~", ":n"]
)
def test_a_sentence_is_no_markup(markup: str) -> None:
    shown = plain(markup)
    assert not set(shown.replace("&#", "")) & set("_<>$`[]()\\*-#|~:")
    assert html.unescape(shown) == markup


def test_foreign_text_stays_a_quotation_on_every_line() -> None:
    assert quoted("one\n\ntwo") == "> one\n>\n> two"


def test_a_note_says_why_and_then_what_the_server_said() -> None:
    assert note_text(Adapted("top_k", "It was *left* out.")) == plain("It was *left* out.")
    said = note_text(Adapted("top_k", "It was left out.", "no\n# such field"))
    assert said == f"It was left out.\n\nThe server says:\n\n> no\n> {plain('# such field')}"


def test_an_answer_that_asks_for_a_tool_says_so_whatever_its_finish_reason() -> None:
    called = [ToolCall("x", "look", "{}")]
    for finish in ("stop", "tool_calls", "function_call"):
        assert stats_line(run(finish=finish, tool_calls=called)).startswith("asked for a tool · ")
    assert stats_line(run(finish="length", tool_calls=called)).startswith("stopped at the server's token limit")
    assert stats_line(run("stopped", tool_calls=called, pieces=1)).startswith("stopped by you · ")


@pytest.mark.parametrize(
    ("said", "shown", "kind"),
    [
        ('{"city":"Zürich"}', '{\n  "city": "Zürich"\n}', "object"),
        ("{}", "{}", "object"),
        ('"Paris"', '"Paris"', "other"),
        ("[1]", "[1]", "other"),
        ("null", "null", "other"),
        ('{"city": "Zü', '{"city": "Zü', "text"),
        ("", "", "text"),
        ("[" * 100_000, "[" * 100_000, "text"),
    ],
)
def test_a_tools_arguments_are_shown_in_lines_where_they_are_an_object_and_as_they_came_otherwise(
    said: str, shown: str, kind: str
) -> None:
    reply = Reply(tool_calls=[ToolCall("x", "look", said)])
    assert tool_calls(reply) == [{"id": "x", "name": "look", "arguments": shown, "kind": kind}]
