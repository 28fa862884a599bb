"""What the visitors of a locked app read of an error: nothing that names the endpoint or its models."""

from __future__ import annotations

import pytest

from playground.core.errors import EndpointError, UnknownModel, Unreachable
from playground.core.locked import unnamed

BASE = "http://GPU-host:8000/v1"


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("Nothing answers at gpu-host:8000.", "Nothing answers at the endpoint."),
        ("http://gpu-host:8000/v1/chat/completions is not there.", "The endpoint is not there."),
        ("The name gpu-host was not found.", "The name the endpoint was not found."),
        ("The endpoint refuses the key.", "The endpoint refuses the key."),
        ("", ""),
    ],
)
def test_an_errors_place_is_not_named(what: str, shown: str) -> None:
    error = Unreachable(what, f"Look at {BASE}/models, then try again.", "I am gpu-host")
    told = unnamed(error, BASE)
    assert (told.what, told.hint, told.said) == (shown, "Look at the endpoint, then try again.", "")
    assert type(told) is Unreachable
    assert error.said == "I am gpu-host", "the operator's own record stays"


def test_the_models_are_not_listed() -> None:
    error = UnknownModel("It is not there.", "Choose another.", "no", status=404)
    error.models = ("a", "b")
    told = unnamed(error, "")
    assert isinstance(told, UnknownModel)
    assert (told.models, told.status, error.models) == ((), 404, ("a", "b"))
    assert isinstance(told, EndpointError)
