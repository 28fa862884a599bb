"""The app's own log of requests: a line when one begins and one when it has ended. Never what was asked or answered."""

from __future__ import annotations

import json

from playground.core.log.line import Level
from playground.core.run import Run

# Characters of what a server calls itself, and of why it says that it stopped: they may say anything.
_LONGEST = 200
_LEVELS: dict[str, Level] = {"done": "info", "stopped": "info", "failed": "error"}


def began(run: Run) -> str:
    """The line of a request that begins."""
    request = run.request
    said = [f"run={run.id}", "begins", f"endpoint={_quoted(request.endpoint.label)}", f"model={_quoted(request.model)}"]
    return " ".join(said)


def ended(run: Run, request_id: str | None = None) -> tuple[str, Level]:
    """The line of one that has ended, and its level. What is not known is not named; times are in seconds."""
    request, reply = run.request, run.reply
    how = f"stopped by={run.stopped_by}" if run.status == "stopped" else run.status
    said = [
        f"run={run.id}",
        how,
        f"endpoint={_quoted(request.endpoint.label)}",
        f"model={_quoted(reply.model or request.model)}",
    ]
    if reply.finish is not None:
        said.append(f"finish={_quoted(reply.finish)}")
    if reply.usage is not None:
        said += [f"{name}={count}" for name, count in _counts(run) if count is not None]
    if reply.sent_at is not None and reply.first_token_at is not None:
        said.append(f"first_token={reply.first_token_at - reply.sent_at:.3f}s")
    if reply.sent_at is not None and reply.last_token_at is not None:
        said.append(f"last_token={reply.last_token_at - reply.sent_at:.3f}s")
    if reply.attempts > 1:
        said.append(f"attempts={reply.attempts}")
    if request_id:
        said.append(f"request_id={_quoted(request_id)}")
    if run.error is not None:
        # Our own words; what the server said may hold what was asked.
        said.append(f"error={json.dumps(run.error.what, ensure_ascii=False)}")
    return " ".join(said), _LEVELS.get(run.status, "warning")


def _counts(run: Run) -> tuple[tuple[str, int | None], ...]:
    usage = run.reply.usage
    return () if usage is None else (("prompt_tokens", usage.prompt), ("completion_tokens", usage.completion))


def _quoted(text: str | None) -> str:
    if text is None:
        return "unknown"
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return text if text.isprintable() and not set(text) & set(' "=') and text else json.dumps(text, ensure_ascii=False)
