"""The tree of turns: paths, versions, what is sent, copies."""

from __future__ import annotations

import pytest

from playground.core.conversation import Conversation, Turn
from playground.core.endpoint import Endpoint
from playground.core.reply import Reply
from playground.core.run import Message, Request, Run, Status

ENDPOINT = Endpoint("test", "http://127.0.0.1:1/v1")


def answered(turn: Turn, text: str, status: Status = "done") -> Turn:
    turn.run = Run(Request(ENDPOINT, ()), Reply(text=text), status)
    return turn


def talk(*pairs: tuple[str, str]) -> Conversation:
    conversation = Conversation("c")
    for number, (said, text) in enumerate(pairs):
        answered(conversation.add(f"turn-{number}", said, after=conversation.last, at=number), text)
    return conversation


def test_a_new_conversation_shows_nothing_and_has_no_last_turn() -> None:
    conversation = Conversation("c")
    assert conversation.path == []
    assert conversation.last is None
    assert conversation.running is None


def test_turns_follow_each_other_on_the_path() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    assert [turn.said for turn in conversation.path] == ["one", "two"]
    assert conversation.last is conversation.find("turn-1")
    assert [turn.id for turn in conversation.turns()] == ["turn-0", "turn-1"]


def test_an_id_is_used_once() -> None:
    conversation = talk(("one", "1"))
    for taken in ("turn-0", ""):
        with pytest.raises(ValueError, match="id of its own"):
            conversation.add(taken, "again", after=None, at=0)


def test_a_version_is_a_sibling_and_what_followed_the_old_one_is_kept() -> None:
    conversation = talk(("one", "1"), ("two", "2"), ("three", "3"))
    old = conversation.find("turn-1")
    assert old is not None
    new = conversation.add("edit", "zwei", after=old.parent, at=9)
    assert [turn.said for turn in conversation.path] == ["one", "zwei"]
    assert new.versions == [old, new]
    conversation.show(old)
    assert [turn.said for turn in conversation.path] == ["one", "two", "three"]
    assert new.versions == [old, new]


def test_the_first_turn_can_have_versions_too() -> None:
    conversation = talk(("one", "1"))
    conversation.add("edit", "uno", after=None, at=1)
    assert [turn.said for turn in conversation.path] == ["uno"]
    assert len(conversation.path[0].versions) == 2


def test_the_root_is_its_own_only_version_and_showing_it_changes_nothing() -> None:
    conversation = talk(("one", "1"))
    assert conversation.root.versions == [conversation.root]
    conversation.show(conversation.root)
    assert [turn.said for turn in conversation.path] == ["one"]


def test_messages_are_the_system_prompt_and_the_turns_that_lead_there() -> None:
    conversation = talk(("one", "1"), ("two", "2"), ("three", ""))
    last = conversation.last
    assert last is not None
    assert conversation.messages(last, "be brief") == (
        Message("system", "be brief"),
        Message("user", "one"),
        Message("assistant", "1"),
        Message("user", "two"),
        Message("assistant", "2"),
        Message("user", "three"),
    )


def test_the_answer_of_the_turn_itself_is_not_sent() -> None:
    conversation = talk(("one", "an earlier answer"))
    last = conversation.last
    assert last is not None
    assert conversation.messages(last) == (Message("user", "one"),)


def test_questions_left_without_an_answer_are_sent_as_one() -> None:
    conversation = talk(("one", ""), ("two", ""))
    last = conversation.last
    assert last is not None
    assert conversation.messages(last) == (Message("user", "one\n\ntwo"),)


def test_a_turn_without_a_run_has_no_text_and_does_not_run() -> None:
    turn = Turn("t")
    assert turn.text == ""
    assert not turn.running


def test_the_running_turn_is_found_also_off_the_path() -> None:
    conversation = talk(("one", "1"))
    busy = answered(conversation.add("busy", "uno", after=None, at=1), "", "running")
    first = conversation.find("turn-0")
    assert first is not None
    conversation.show(first)
    assert busy not in conversation.path
    assert conversation.running is busy


def test_a_duplicate_has_the_same_path_and_then_goes_its_own_way() -> None:
    conversation = talk(("one", "1"), ("two", "2"))
    conversation.add("edit", "zwei", after=conversation.find("turn-0"), at=3)
    twin = conversation.duplicate("twin")
    assert [turn.said for turn in twin.path] == ["one", "zwei"]
    assert [turn.id for turn in twin.turns()] == [turn.id for turn in conversation.turns()]
    twin.add("more", "three", after=twin.last, at=4)
    assert [turn.said for turn in conversation.path] == ["one", "zwei"]
    assert twin.find("turn-0") is not conversation.find("turn-0")


def test_what_runs_in_the_original_counts_as_stopped_in_the_copy() -> None:
    conversation = talk(("one", "1"))
    answered(conversation.add("busy", "two", after=conversation.last, at=1), "half", "running")
    twin = conversation.duplicate("twin")
    copied, original = twin.last, conversation.last
    assert copied is not None and copied.run is not None
    assert original is not None and original.run is not None
    assert (copied.text, copied.run.status) == ("half", "stopped")
    assert original.run.status == "running"
    assert copied.run.reply is not original.run.reply


def test_a_chat_of_thousands_of_turns_can_be_copied() -> None:
    conversation = Conversation("c")
    for number in range(5000):
        conversation.add(f"turn-{number}", "x", after=conversation.last, at=number)
    assert len(conversation.duplicate("twin").path) == 5000
