"""Which server takes up a cut-off answer, and how that is sent."""

from __future__ import annotations

from typing import get_args

import pytest

from playground.core.continuing import WAYS, how_to_continue, joined, other_way
from playground.core.run import ContinueBy
from playground.core.servers import Server


@pytest.mark.parametrize(
    ("server", "way"),
    [
        ("vllm", "continue_final_message"),
        ("sglang", "continue_final_message"),
        ("llama.cpp", "trailing_assistant"),
        ("mistral", "prefix"),
        ("ollama", None),
        (None, None),
    ],
)
def test_each_server_has_its_way_and_an_unknown_one_has_none(server: Server | None, way: ContinueBy | None) -> None:
    assert how_to_continue(server) == way


def test_the_table_names_servers_and_ways_that_exist() -> None:
    assert set(WAYS) <= set(get_args(Server))
    # The last is for where the server refuses its own way.
    assert {*WAYS.values(), "completion"} == set(get_args(ContinueBy))


def test_a_model_that_thinks_first_is_continued_as_a_text() -> None:
    said = "Assistant response prefill is incompatible with enable_thinking."
    assert other_way("trailing_assistant", said) == "completion"
    assert other_way("trailing_assistant", "temperature must be in [0, 2]") is None
    assert other_way("continue_final_message", said) is None
    assert other_way(None, said) is None


def test_thinking_that_the_template_opens_is_closed_before_the_answer() -> None:
    assert joined("<user>hi</user><assistant>", "Hello") == "<user>hi</user><assistant>Hello"
    assert joined("<assistant><think>\n", "Hello") == "<assistant><think>\n\n</think>\n\nHello"
