"""What an endpoint says of itself is a value, and unknown is None."""

from __future__ import annotations

from playground.core.details import Details, Model


def test_what_is_not_told_is_unknown() -> None:
    assert Model("m").context is None
    details = Details("http://h/v1", "running")
    assert (details.models, details.server, details.error) == ((), None, None)
    assert details == Details("http://h/v1", "running")
