"""One answer whole, as plain dicts for its panel: figures, request, programs, parameters, timeline, tries, events.

What is not known is None, or left out where it would be one of many. Nothing secret: see `recording`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from playground.core.fates import BY, FATES, Row, fates
from playground.core.raw_events import ID_EVENTS, RawEvent, completion_id, first_events, raw_events
from playground.core.recording import Attempt, Recording
from playground.core.redact import redact
from playground.core.run import Run
from playground.core.servers import NAMES
from playground.core.snippets import Call, call_of, snippets
from playground.core.snippets_literals import as_json
from playground.core.timeline import Timeline, bars, rows, timeline, zero
from playground.core.views import ending, first_token_seconds, seconds, tokens_per_second
from playground.core.wire_events import LEAST_ID, Headers

MASKED = "A key of this endpoint stood in what was sent. Here, and in the programs, ******** stands for it."
# Characters of an error's body that are shown.
MOST_ERROR = 20_000


def live_view(run: Run, now: float) -> dict[str, Any]:
    """What changes while an answer comes: figures and times. None of its events are read.

    `now` is of the clock that the run's times are of.
    """
    record = run.record
    attempt = record.last if record is not None else None
    line = timeline(record, run.reply) if record is not None else None
    return {
        "run": run.id,
        "status": run.status,
        "figures": figures(run, line, sent_body(attempt)),
        "error": error_view(run),
        "timeline": timeline_view(line) if line is not None else None,
        "span": span(record, now),
        # Where one of these is another, there is more to show than figures and times.
        "tries": len(record.attempts) if record is not None else 0,
        "answered": attempt is not None and attempt.answered is not None,
    }


def answer_view(run: Run, now: float) -> dict[str, Any]:
    """All of it. `now` as above."""
    record = run.record
    attempt = record.last if record is not None else None
    body = sent_body(attempt)
    events = events_of(run)
    call = call_of_run(run, attempt, body)
    return live_view(run, now) | {
        "endpoint": run.request.endpoint.label,
        "request": _request(attempt, body),
        "snippets": snippets(call) if call is not None else [],
        "variables": list(call.variables) if call is not None else [],
        "fates": [fate_view(row) for row in fates(run, body, run.reply.mode)] if body is not None else [],
        "attempts": [attempt_view(each, record) for each in record.attempts] if record is not None else [],
        "raw": _raw(record, attempt, events),
        "ids": ids(attempt, events),
    }


def events_of(run: Run) -> list[RawEvent]:
    """The events of the try that counts."""
    attempt = run.record.last if run.record is not None else None
    return [] if attempt is None else raw_events(attempt, zero(attempt, run.reply))


def ids_of(run: Run) -> list[str]:
    """Under which a server may have logged it, the likeliest first."""
    attempt = run.record.last if run.record is not None else None
    return [] if attempt is None else ids(attempt, first_events(attempt, zero(attempt, run.reply), ID_EVENTS))


def figures(run: Run, line: Timeline | None, body: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """What is known of how it went, as label and text."""
    reply, request = run.reply, run.request
    rate, waited = tokens_per_second(reply), first_token_seconds(reply)
    usage = reply.usage
    rows = [
        ("Ended", ending(run) if run.status != "running" else "still under way"),
        ("Time to first token", "unknown" if waited is None else seconds(waited)),
        ("Speed", "unknown" if rate is None else f"{rate:.1f} tokens/s"),
        ("Tokens in", _count(usage.prompt if usage else None)),
        ("Tokens out", _count(usage.completion if usage else None)),
        ("In all", "unknown" if line is None or line.end is None else seconds(line.end)),
        ("Model asked for", str((body or {}).get("model") or request.model or "the first that is listed")),
        ("Answered as", reply.model or "not said"),
        ("Server", NAMES[request.server] if request.server else "unknown"),
    ]
    return [{"label": label, "text": text} for label, text in rows]


def timeline_view(line: Timeline) -> dict[str, Any]:
    """`rows` is all of it in words. What the plot draws: times in seconds from the request that counts, and `bars` as
    (at, gap, slow)."""
    drawn = {name: getattr(line, name) for name in ("head", "first_token", "last_token", "end")}
    return drawn | {
        "rows": [{"label": label, "text": text} for label, text in rows(line)],
        "bars": [list(bar) for bar in bars(line)],
    }


def attempt_view(attempt: Attempt, record: Recording) -> dict[str, Any]:
    """One try: where to, what came back, and what was wrong with it. Times are wall-clock seconds."""
    said = redact(b"".join(data for _, data in attempt.reads).decode("utf-8", "replace")) if attempt.failed else ""
    return {
        "at": record.wall(attempt.at),
        "url": attempt.opened.url,
        "method": attempt.opened.method,
        "status": attempt.answered.status if attempt.answered else None,
        "seconds": None if attempt.closed_at is None else attempt.closed_at - attempt.at,
        "sent": _pairs(attempt.opened.headers),
        "got": _pairs(attempt.answered.headers) if attempt.answered else [],
        "sent_id": attempt.sent_id,
        "answered_id": attempt.answered_id,
        "why": attempt.why,
        "said": said[:MOST_ERROR],
        "size": len(attempt.opened.body),
        "received": attempt.received,
    }


def fate_view(row: Row) -> dict[str, Any]:
    """One parameter, with what became of it and who set it in words too. `ours`: its name is nobody's own."""
    return dataclasses.asdict(row) | {"said": FATES[row.fate], "who": BY[row.by], "ours": row.of_ours}


def error_view(run: Run) -> dict[str, str] | None:
    if run.error is None:
        return None
    return {"what": run.error.what, "hint": run.error.hint, "said": run.error.said}


def events_view(run: Run, offset: int, limit: int) -> dict[str, Any]:
    """Events of the try that counts, from one on: (seconds, bytes, text), and how many there are."""
    record = run.record
    attempt = record.last if record is not None else None
    events = events_of(run)
    shown = [[event.at, event.size, event.text] for event in events[offset : offset + limit]]
    return _raw(record, attempt, events) | {"offset": offset, "events": shown}


def span(record: Recording | None, now: float) -> dict[str, float] | None:
    """From the question to the answer's end, in wall-clock seconds."""
    if record is None:
        return None
    end = record.ended_at if record.ended_at is not None else now
    return {"from": record.wall(record.began), "to": record.wall(end)}


def ids(attempt: Attempt | None, events: list[RawEvent]) -> list[str]:
    """Under which a server may have logged it, the likeliest first."""
    if attempt is None:
        return []
    found = (attempt.sent_id, attempt.answered_id, completion_id(events))
    return list(dict.fromkeys(id for id in found if id and len(id) >= LEAST_ID))


def sent_body(attempt: Attempt | None) -> dict[str, Any] | None:
    """The body that was sent; None where it is kept no longer, or was no JSON object."""
    if attempt is None or not attempt.opened.body:
        return None
    try:
        body = json.loads(attempt.opened.body)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def call_of_run(run: Run, attempt: Attempt | None, body: dict[str, Any] | None) -> Call | None:
    """The call that counts, to be written as a program; None where it is kept no longer."""
    if attempt is None or body is None:
        return None
    endpoint = run.request.endpoint
    return call_of(
        attempt.opened.url, body, key=endpoint.key is not None, headers=tuple(name for name, _ in endpoint.headers)
    )


def _request(attempt: Attempt | None, body: dict[str, Any] | None) -> dict[str, Any]:
    if attempt is None:
        return {"url": None, "pretty": None, "exact": None, "dropped": False, "masked": ""}
    exact = attempt.opened.body.decode("utf-8", "replace") or None
    return {
        "url": attempt.opened.url,
        "pretty": as_json(body) if body is not None else exact,
        "exact": exact,
        "dropped": attempt.body_dropped,
        "masked": MASKED if attempt.opened.masked else "",
    }


def _raw(record: Recording | None, attempt: Attempt | None, events: list[RawEvent]) -> dict[str, Any]:
    return {
        "total": len(events),
        "received": attempt.received if attempt is not None else 0,
        "left_out": attempt.left_out if attempt is not None else 0,
        "dropped": record.dropped if record is not None else False,
    }


def _pairs(headers: Headers) -> list[list[str]]:
    return [[name, value] for name, value in headers]


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else f"{tokens:,}"
