"""Loading, waking or stopped, by a gateway's words."""

from __future__ import annotations

import pytest

from playground.core.waking import Absence, absence


@pytest.mark.parametrize(
    ("status", "said", "later", "found"),
    [
        (503, "no healthy upstream", False, "waking"),
        (502, "Scaling up from zero", False, "waking"),
        (504, "cold start in progress", False, "waking"),
        (503, "The endpoint is scaled to zero", False, "waking"),
        (503, "no endpoints available for service default", False, "waking"),
        (503, "the container is still starting", False, "waking"),
        (503, '{"error": {"message": "Loading model"}}', False, "loading"),
        (503, "Model org/x is currently loading", False, "loading"),
        (502, "Bad Gateway", True, "waking"),
        (502, "Bad Gateway", False, None),
        (503, "Service Unavailable", False, None),
        (500, "no healthy upstream", True, None),
        (404, "The endpoint has been stopped", False, "stopped"),
        (410, "app is paused", False, "stopped"),
        (503, "This deployment is suspended", True, "stopped"),
        (404, "Not Found", False, None),
        (422, "the app is stopped", False, None),
    ],
)
def test_an_absence_is_called_by_its_cause(status: int, said: str, later: bool, found: Absence | None) -> None:
    assert absence(status, said, later=later) == found
