"""Events → the reply so far, with the times that count."""

from __future__ import annotations

from playground.core.events import (
    Adapted,
    Alternative,
    Event,
    Finished,
    Logprobs,
    ReasoningDelta,
    Sent,
    Served,
    TextDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    Waiting,
    WasThinking,
)
from playground.core.reply import Reply, ReplyBuilder, ToolCall


def build(*timed: tuple[float, Event], continues: Reply | None = None) -> Reply:
    builder = ReplyBuilder(continues)
    for at, event in timed:
        builder.feed(event, at)
    return builder.reply


def test_an_answer_is_put_together_with_its_times_and_figures() -> None:
    reply = build(
        (1.0, Sent(1)),
        (1.5, Served("m")),
        (2.0, TextDelta("a")),
        (3.0, TextDelta("b")),
        (3.5, Finished("stop")),
        (3.6, Usage(5, 2)),
    )
    assert reply == Reply(
        text="ab",
        model="m",
        finish="stop",
        usage=Usage(5, 2),
        pieces=2,
        attempts=1,
        sent_at=1.0,
        first_token_at=2.0,
        last_token_at=3.0,
    )


def test_what_a_gateway_held_back_until_the_model_was_up_is_no_part_of_it_either() -> None:
    builder = ReplyBuilder()
    builder.awake(0.5)
    assert builder.reply.woke is None
    for at, event in ((1.0, Waiting("asleep", 1.0, 2)), (2.0, Sent(2))):
        builder.feed(event, at)
    builder.awake(40.0)
    builder.feed(TextDelta("a"), 40.5)
    reply = builder.reply
    assert (reply.sent_at, reply.first_token_at, reply.woke, reply.waited) == (40.0, 40.5, 38.0, 39.0)
    # A request that is sent once more counts anew.
    builder.feed(Sent(3), 50.0)
    assert (reply.sent_at, reply.woke) == (50.0, None)


def test_waiting_is_no_part_of_the_time_to_the_first_token() -> None:
    reply = build((1.0, Sent(1)), (1.1, Waiting("loading", 9.0, 2)), (10.0, Sent(2)), (10.5, TextDelta("a")))
    assert (reply.attempts, reply.sent_at, reply.first_token_at) == (2, 10.0, 10.5)
    assert reply.waited == 10.0 - 1.1


def test_what_was_waited_counts_from_the_first_wait_and_is_unknown_without_one() -> None:
    waits: tuple[Waiting | Sent, ...] = (Waiting("x", 1.0, 2), Sent(2), Waiting("x", 1.0, 3), Sent(3))
    reply = build((0.0, Sent(1)), *((float(at), each) for at, each in enumerate(waits, start=1)))
    assert reply.waited == 3.0
    assert build((0.0, Sent(1)), (1.0, TextDelta("a"))).waited is None


def test_what_was_sent_otherwise_and_by_which_route_is_kept() -> None:
    notes = [Adapted("mode", "it knows no chat"), Adapted("top_k", "not taken", "Unsupported")]
    reply = build((0.0, Sent(1)), (1.0, Sent(1, "completion")), *((2.0, note) for note in notes))
    assert (reply.adapted, reply.mode) == (tuple(notes), "completion")
    assert (Reply().adapted, Reply().mode) == ((), "chat")


def test_text_that_came_in_several_pieces_counts_as_so_many() -> None:
    assert build((1.0, ReasoningDelta("hm", 2)), (2.0, TextDelta("abc", 3)), (3.0, TextDelta("d"))).pieces == 6


def test_thinking_counts_as_the_first_token_and_lasts_until_the_answer_begins() -> None:
    reply = build(
        (0.0, Sent(1)),
        (1.0, ReasoningDelta("h")),
        (2.0, ReasoningDelta("m")),
        (5.0, TextDelta("a")),
        (6.0, TextDelta("b")),
    )
    assert reply.reasoning == "hm"
    assert (reply.first_token_at, reply.thinking_started_at, reply.thinking_ended_at) == (1.0, 1.0, 5.0)


def test_thinking_that_never_becomes_an_answer_ends_with_the_finish() -> None:
    reply = build((1.0, ReasoningDelta("h")), (4.0, Finished("length")))
    assert (reply.text, reply.thinking_ended_at) == ("", 4.0)


def test_a_later_count_replaces_an_earlier_one() -> None:
    assert build((1.0, Usage(1, 1)), (2.0, Usage(1, 2))).usage == Usage(1, 2)


def test_of_a_continued_answer_the_text_is_whole_and_the_figures_are_the_new_parts() -> None:
    first = build((0.0, Sent(1)), (1.0, ReasoningDelta("hm")), (2.0, TextDelta("one ")), (3.0, Finished("length")))
    reply = build((10.0, Sent(1)), (11.0, TextDelta("two")), continues=first)
    assert (reply.text, reply.reasoning) == ("one two", "hm")
    assert (reply.pieces, reply.finish, reply.sent_at, reply.first_token_at) == (1, None, 10.0, 11.0)
    assert (reply.thinking_started_at, reply.thinking_ended_at) == (1.0, 2.0)
    assert first.text == "one "


def test_the_reply_is_there_before_anything_has_come() -> None:
    assert build() == Reply()


def test_a_tool_call_is_put_together_and_its_first_text_is_the_first_token() -> None:
    reply = build(
        (1.0, ReasoningDelta("hm")),
        (2.0, ToolCallDelta(0, "x", "look", "")),
        (3.0, ToolCallDelta(0, arguments="{")),
        (3.5, ToolCallDelta(2, "z")),
        (4.0, ToolCallDelta(0, arguments="}")),
    )
    assert reply.tool_calls == [ToolCall("x", "look", "{}"), ToolCall(), ToolCall("z")]
    assert (reply.pieces, reply.thinking_ended_at, reply.last_token_at) == (4, 2.0, 4.0)
    assert build((1.0, ToolCallDelta(0, "x"))).first_token_at is None


def test_likelihoods_are_kept_in_their_order() -> None:
    one, two = TokenLogprob("a", -1.0), TokenLogprob("b", None, (("c", -2.0),))
    assert build((1.0, Logprobs((one,))), (2.0, Logprobs((two,)))).logprobs == [one, two]


def test_other_answers_are_replies_of_their_own() -> None:
    reply = build(
        (1.0, Alternative(1, TextDelta("x"))),
        (2.0, TextDelta("a")),
        (3.0, Alternative(1, TextDelta("y", 2))),
        (4.0, Alternative(1, Finished("length"))),
    )
    assert (reply.text, reply.pieces, reply.first_token_at, reply.finish) == ("a", 1, 2.0, None)
    assert reply.others == {1: Reply("xy", finish="length", pieces=3, first_token_at=1.0, last_token_at=3.0)}


def test_text_that_was_thinking_moves_there_and_its_time_is_the_thinkings() -> None:
    reply = build((0.0, Sent(1)), (1.0, TextDelta("hm\n")), (5.0, WasThinking()), (6.0, TextDelta("So.")))
    assert (reply.reasoning, reply.text, reply.moved) == ("hm\n", "So.", True)
    assert (reply.first_token_at, reply.thinking_started_at, reply.thinking_ended_at) == (1.0, 1.0, 5.0)
    blank = build((1.0, TextDelta("\n")), (5.0, WasThinking()), (6.0, TextDelta("So.")))
    assert (blank.reasoning, blank.text, blank.thinking_started_at) == ("", "So.", None)


def test_a_continued_answer_that_was_thinking_all_along_moves_whole() -> None:
    first = build((1.0, TextDelta("hm, ")), (2.0, Finished("length")))
    reply = build((9.0, WasThinking()), (9.5, TextDelta("So.")), continues=first)
    assert (reply.reasoning, reply.text) == ("hm, ", "So.")
    assert (reply.thinking_started_at, reply.thinking_ended_at) == (9.0, 9.0)
