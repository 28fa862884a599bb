"""Which server takes up a cut-off answer, and how that is sent."""

from __future__ import annotations

from typing import get_args

import pytest

from playground.core.continuing import WAYS, how_to_continue
from playground.core.details import Server
from playground.core.run import ContinueBy


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
    assert set(WAYS.values()) == set(get_args(ContinueBy))
