"""When a frame is due."""

from __future__ import annotations

from playground.core.pacing import due


def test_a_short_text_gets_twenty_frames_a_second_and_a_long_one_fewer() -> None:
    assert due(0) == due(1000) == 0.050
    assert due(10_000) == 0.150
