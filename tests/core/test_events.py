"""The events of a stream are values."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from playground.core.events import Event, TextDelta


def test_every_event_is_frozen_and_holds_nothing_but_its_fields() -> None:
    for kind in get_args(Event):
        assert dataclasses.is_dataclass(kind)
        assert "__slots__" in vars(kind)
        assert vars(kind)["__dataclass_params__"].frozen, kind


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TextDelta("a").text = "b"  # type: ignore[misc]  # that it fails is the test
