"""The tree of errors."""

from __future__ import annotations

import inspect

import pytest

from playground.core import errors
from playground.core.errors import (
    ContextTooLong,
    EndpointError,
    Loading,
    LocalDied,
    LocalError,
    PlaygroundError,
    RateLimited,
    SettingsError,
    UnknownModel,
)

CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, PlaygroundError)]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_says_what_failed_what_to_try_and_what_the_server_said(kind: type[PlaygroundError]) -> None:
    error = kind("It failed.", "Try again.", "boom")
    assert (str(error), error.what, error.hint, error.said) == ("It failed.", "It failed.", "Try again.", "boom")
    assert kind("It failed.", "Try again.").said == ""
    assert kind.__doc__


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = errors.__doc__ or ""
    for kind in CLASSES:
        assert kind.__name__ in drawn, f"{kind.__name__} is missing"


def test_one_except_catches_each_family() -> None:
    assert issubclass(LocalDied, LocalError)
    assert issubclass(Loading, RateLimited)
    assert issubclass(RateLimited, EndpointError)
    assert not issubclass(SettingsError, EndpointError)


def test_what_the_server_counted_is_kept_and_unknown_is_none() -> None:
    assert EndpointError("a", "b", status=500).status == 500
    assert EndpointError("a", "b").status is None
    assert UnknownModel("a", "b", models=("x",)).models == ("x",)
    assert UnknownModel("a", "b").models == ()
    context = ContextTooLong("a", "b", asked=3, limit=2, status=400)
    assert (context.asked, context.limit, context.status) == (3, 2, 400)
    assert ContextTooLong("a", "b").asked is None
    assert RateLimited("a", "b", retry_after=1.5).retry_after == 1.5
    assert Loading("a", "b").retry_after is None
