"""Why an endpoint does not answer yet: loading, waking from zero, or stopped, by what a gateway says in its place.

Pure. One table of words: gateways' and providers' own, seen in their documentation and answers.
"""

from __future__ import annotations

import re
from typing import Literal

Absence = Literal["loading", "waking", "stopped"]

# What an endpoint that has been scaled to zero, or that is being started again, is called.
WAKING = re.compile(
    r"\bwak(e|es|en|ing)\b|cold[- ]?start|scal(ed|ing) (up|from|to)|scale[- ]?to[- ]?zero|starting up|"
    r"(deployment|endpoint|instance|container|pod|replica|service|server|application|machine)s?"
    r"( \S{1,60})? (is|are) (currently |still )?(starting|pending|initiali[sz]ing|provisioning|queued|scheduled)|"
    r"no (ready|healthy|available|active|running) (replica|upstream|endpoint|server|worker|instance|backend|pod)|"
    r"no endpoints? (is |are )?available|\benqueued\b|\bhibernat",
    re.IGNORECASE,
)
LOADING = re.compile(
    r"loading model|model\b.{0,200}? is (still |currently )?(loading|starting|not loaded)|unavailable_error|warming up|"
    r"not ready|deployment is loading",
    re.IGNORECASE,
)
_THING = r"(endpoint|deployment|instance|app|application|space|workspace|service|server|machine|container)s?"
STOPPED = re.compile(
    rf"\b{_THING}\b.{{0,120}}?\b(is|are|was|were|has been|have been)\b.{{0,30}}?"
    r"\b(stopped|paused|suspended|deactivated|terminated|shut ?down|deleted|not running)\b|"
    r"\b(stopped|paused|suspended|deactivated|terminated) (endpoint|deployment|instance|app|application)\b",
    re.IGNORECASE,
)
# Statuses with which each is said. A server that is at fault itself says 500.
_COMES_LATER = frozenset({502, 503, 504})
_IS_STOPPED = frozenset({400, 404, 409, 410, 423, 503})


def absence(status: int, said: str, *, later: bool) -> Absence | None:
    """None where it is something else. `said`: the body's beginning; `later`: whether it says when to ask again."""
    if status in _IS_STOPPED and STOPPED.search(said):
        return "stopped"
    if status not in _COMES_LATER:
        return None
    if WAKING.search(said):
        return "waking"
    if LOADING.search(said):
        return "loading"
    return "waking" if later else None
