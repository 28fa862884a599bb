"""An error object in a response that calls itself a success → the error a person is shown.

Servers have no other way once a stream has begun, and some know none before. Not here: responses with an error's status
(`refusals`), and where in an object the server's words are (`reasons`).
"""

from __future__ import annotations

from typing import Any

from playground.core.errors import StreamFailed
from playground.core.reasons import reason_in

_CODES = ("code", "status", "status_code", "http_code")


def reported(sent: dict[str, Any]) -> StreamFailed | None:
    """The error in an object, None where it is none. One that holds an answer is an error only if it says `error`."""
    if not (sent.get("error") or sent.get("object") == "error" or ("choices" not in sent and _is_error(sent))):
        return None
    return StreamFailed(
        "The endpoint reported an error while it was answering.",
        "What came before it is kept. Try again; if it happens again, look into the server's log.",
        reason_in(sent),
        status=_status(sent, 0),
    )


def _is_error(sent: dict[str, Any]) -> bool:
    """FastAPI's `detail`, a list of `errors`, or a message with something beside it that says it is one."""
    if sent.get("detail") or sent.get("errors"):
        return True
    if not isinstance(sent.get("message"), str):
        return False
    kinds = (sent.get("type"), sent.get("status"), sent.get("code"))
    return _status(sent, 0) is not None or any(isinstance(kind, str) and "error" in kind.lower() for kind in kinds)


def _status(sent: dict[str, Any], depth: int) -> int | None:
    """The HTTP status that an error names, as a number or in digits."""
    for name in _CODES:
        code = sent.get(name)
        if isinstance(code, str) and len(code) == 3 and code.isdecimal():
            code = int(code)
        if isinstance(code, int) and 400 <= code <= 599:
            return code
    inner = sent.get("error")
    return _status(inner, depth + 1) if isinstance(inner, dict) and depth < 4 else None
