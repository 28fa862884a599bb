"""What a report of an answer must not name: what its endpoint, host and models are called, and what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playground.core.answer_views import sent_body
from playground.core.blinding import Blind, fields_in, texts_in
from playground.core.run import Run


def blind_of(run: Run, more: Iterable[tuple[str, str]]) -> Blind:
    """`more`: other names that the app knows, each with what it is."""
    record, request, reply = run.record, run.request, run.reply
    body = sent_body(record.last) if record is not None else None
    extra = request.params.extra
    endpoint = request.endpoint
    asked = (request.model, endpoint.model, reply.model, (body or {}).get("model"))
    models = [name for name in asked if isinstance(name, str)]
    parts = [part for name in models for part in re.split(r"[/:@]", name) if len(part) >= 4]
    host = re.sub(r"^\w+://", "", endpoint.base_url).partition("/")[0]
    fields = fields_in([body, extra.value if extra is not None else None])
    names = [
        ("address", endpoint.base_url),
        ("host", host),
        ("host", host.rpartition(":")[0] or host),
        ("endpoint", endpoint.label),
        ("endpoint", endpoint.name),
        *(("model", name) for name in (*models, *parts)),
        *more,
        *(("field", name) for name in fields),
    ]
    said = [*(message.content for message in request.messages), request.prompt or "", reply.text, reply.reasoning]
    calls = [f"{call.name} {call.arguments}" for call in reply.tool_calls]
    return Blind(names, [*said, *calls, *texts_in(body), *(other.text for other in reply.others.values())])
