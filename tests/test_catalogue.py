"""The catalogue is whole: every row is played and read, or says why not, and names nothing that is not there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests import fake_endpoint  # noqa: F401 - with it, every scenario there is
from tests.catalogue import ROWS, Row
from tests.scenarios import SCENARIOS


@cache
def sources() -> dict[str, str]:
    """The files that a test's name is found in, as one text."""
    found: dict[str, str] = {}
    for file in Path(__file__).parent.rglob("test_*.py"):
        source = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found[node.name] = found.get(node.name, "") + source
    return found


def test_the_rows_are_numbered_without_a_gap_and_each_has_its_own_words() -> None:
    assert [row.number for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert len({row.quirk for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.quirk)
def test_a_row_is_played_and_read_or_says_why_not_and_names_only_what_is_there(row: Row) -> None:
    assert row.scenarios or row.reason
    assert row.tests or row.reason
    assert set(row.scenarios) <= SCENARIOS.keys()
    assert set(row.tests) <= sources().keys()
    # A scenario alone proves nothing: a test that is named has to play it.
    played = "".join(sources()[name] for name in row.tests)
    assert [name for name in row.scenarios if f'"{name}"' not in played and f"scenario:{name}" not in played] == []
