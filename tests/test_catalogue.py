"""The catalogue is complete: every row is played and read, or says why not, and names nothing that is not there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import fake_endpoint  # noqa: F401 - with it, every scenario there is
from tests.catalogue import ROWS, Row
from tests.scenarios import SCENARIOS

TESTS = {
    node.name
    for file in Path(__file__).parent.rglob("test_*.py")
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
}


def test_the_rows_are_numbered_without_a_gap() -> None:
    assert [row.number for row in ROWS] == list(range(1, len(ROWS) + 1))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.quirk)
def test_a_row_is_played_or_says_why_not_and_names_nothing_that_is_not_there(row: Row) -> None:
    assert row.scenarios or row.reason
    assert set(row.scenarios) <= SCENARIOS.keys()
    assert set(row.tests) <= TESTS


def test_a_row_that_is_played_is_read() -> None:
    assert [row.number for row in ROWS if row.scenarios and not row.tests] == []
