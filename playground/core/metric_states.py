"""How it stands with an endpoint's metrics page, in words: what it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PageState = Literal[
    "unasked",
    "ok",
    "no_address",
    "resting",
    "missing",
    "refused",
    "unreachable",
    "slow",
    "failed",
    "huge",
    "not_metrics",
    "strange",
]

_OTHER = 'If it is elsewhere, the operator can name it: metrics = "http://…/metrics" in the endpoint\'s table of the '
_OTHER += "settings file."
_SWITCH = "vLLM and TGI have it by default; llama.cpp needs --metrics, SGLang --enable-metrics; a gateway may hide it. "


@dataclass(frozen=True, slots=True)
class Words:
    """`what` is one sentence, `hint` what to do, "" where there is nothing to do."""

    what: str
    hint: str = ""


# For every state there is; a test asks for that.
WORDS: Mapping[PageState, Words] = {
    "unasked": Words("The server's metrics page has not been asked yet."),
    "ok": Words(""),
    "no_address": Words("The endpoint has no address yet.", "It is asked as soon as it has started."),
    "resting": Words(
        "The server's metrics page is not asked now: nobody has used the endpoint for a while.",
        "It scales to zero, and asking could keep it awake. It is asked again after a message, or when this panel is "
        "opened again.",
    ),
    "missing": Words("This server shows no metrics page.", _SWITCH + _OTHER),
    "refused": Words(
        "The server's metrics page refuses this app.",
        "The endpoint's key is sent along only where the page is at the endpoint's own host and port. " + _OTHER,
    ),
    "unreachable": Words("The server's metrics page cannot be reached.", "It is tried again from time to time."),
    "slow": Words(
        "The server's metrics page took too long to answer.", "It is asked less often until it answers in time again."
    ),
    "failed": Words("The server's metrics page answers with an error.", "It is tried again from time to time."),
    "huge": Words("The server's metrics page is too large to be read.", _OTHER),
    "not_metrics": Words("What is at the place of the server's metrics page is something else.", _SWITCH + _OTHER),
    "strange": Words(
        "The server has a metrics page, but nothing on it that this app knows.",
        "Known are the names of vLLM, SGLang, TGI and llama.cpp. " + _OTHER,
    ),
}


def state_of(status: int) -> PageState:
    """What an HTTP status says of the page; only for one that is none of success."""
    if status in (401, 403):
        return "refused"
    # 501 is llama.cpp's, started without its option.
    return "missing" if status in (404, 405, 410, 501) else "failed"
