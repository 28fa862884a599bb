"""The states in words: each has its own, and those of a locked app name nothing."""

from __future__ import annotations

import dataclasses
from typing import get_args

from playground.core.status import TABLE, Dot, Status, line

STATUS = Status("name", None, "running", "Ready", local=False)


def test_every_state_has_its_words_and_none_speaks_of_the_endpoint_where_the_app_is_locked() -> None:
    assert set(TABLE) == set(get_args(Dot))
    assert len({row.word for row in TABLE.values()}) == len(TABLE)
    assert not any("endpoint" in row.locked.lower() for row in TABLE.values())
    assert not any("endpoint" in " ".join(row.line).lower() for row in TABLE.values() if row.line)


def test_a_line_is_there_for_what_does_not_answer_and_says_since_when() -> None:
    assert line(STATUS, 100.0) is None
    told = line(dataclasses.replace(STATUS, dot="unreachable", since=40.0), 100.0)
    assert told is not None and told["what"] == "The model cannot be reached" and told["ago"] == 60.0
    unknown = line(dataclasses.replace(STATUS, dot="waking"), 100.0)
    assert unknown is not None and unknown["ago"] is None and "sent as soon as" in unknown["then"]
