"""How it stands with a metrics page, in words."""

from __future__ import annotations

from typing import get_args

import pytest

from playground.core.metric_states import WORDS, PageState, state_of


def test_every_state_has_its_words_and_every_trouble_says_what_to_do() -> None:
    assert set(WORDS) == set(get_args(PageState))
    assert [state for state, words in WORDS.items() if not words.what] == ["ok"]
    assert {state for state, words in WORDS.items() if not words.hint} == {"ok", "unasked"}


@pytest.mark.parametrize(
    ("status", "state"),
    [(401, "refused"), (403, "refused"), (404, "missing"), (501, "missing"), (500, "failed"), (302, "failed")],
)
def test_a_status_is_told_as_what_it_means_for_the_page(status: int, state: PageState) -> None:
    assert state_of(status) == state
