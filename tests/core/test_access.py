"""Who sees what stands beside the chat."""

from __future__ import annotations

from typing import get_args

from playground.core.access import BY_PART, TABLE, Part, audiences


def test_every_part_has_its_row() -> None:
    assert {row.part for row in TABLE} == set(get_args(Part)) == set(BY_PART)


def test_on_this_machine_alone_everything_is_public() -> None:
    assert set(audiences({}, loopback=True, locked=False).values()) == {"public"}


def test_beyond_this_machine_logs_metrics_and_the_requests_of_others_are_the_operators() -> None:
    seen = audiences({}, loopback=False, locked=False)
    assert {part for part, who in seen.items() if who == "operator"} == {"metrics", "logs", "requests"}


def test_the_settings_count_for_more_in_both_directions() -> None:
    assert audiences({"logs": "public"}, loopback=False, locked=False)["logs"] == "public"
    assert audiences({"logs": "operator"}, loopback=True, locked=False)["logs"] == "operator"
    assert audiences({"logs": None}, loopback=False, locked=False)["logs"] == "operator"


def test_in_a_locked_app_everything_is_the_operators_whatever_the_settings_say() -> None:
    assert set(audiences({"logs": "public"}, loopback=True, locked=True).values()) == {"operator"}
