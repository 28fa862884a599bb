"""Events → the reply so far, with the times that count."""

from __future__ import annotations

from playground.core.events import Adapted, Event, Finished, ReasoningDelta, Sent, Served, TextDelta, Usage, Waiting
from playground.core.reply import Reply, ReplyBuilder


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


def test_waiting_is_no_part_of_the_time_to_the_first_token() -> None:
    reply = build((1.0, Sent(1)), (1.1, Waiting("loading", 9.0, 2)), (10.0, Sent(2)), (10.5, TextDelta("a")))
    assert (reply.attempts, reply.sent_at, reply.first_token_at) == (2, 10.0, 10.5)


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
