"""When a frame is due."""

from __future__ import annotations

import pytest

from playground.core.pacing import PATCHED, SHIPPED


def test_a_short_text_gets_its_frames_evenly_and_a_long_one_fewer() -> None:
    assert SHIPPED.due(0) == SHIPPED.due(1000) == 0.050
    assert SHIPPED.due(10_000) == 0.150


def test_a_page_that_draws_only_what_is_new_gets_more_of_them() -> None:
    assert PATCHED.due(0) == PATCHED.due(10_000) == 0.025
    assert PATCHED.due(100_000) == pytest.approx(0.2)
