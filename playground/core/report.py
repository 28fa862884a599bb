"""A report of one answer for an engineer who does not have this app: one Markdown file.

Markdown, since it is read as it is, in any editor and any issue tracker, and is searched and cut like any text. What is
foreign stands in fenced blocks that it cannot end. Keys are in none of it; with `blind`, names and text are not either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground.core.answer_views import MASKED, answer_view, events_of, sent_body
from playground.core.blinding import Blind, texts_in
from playground.core.redact import redact
from playground.core.run import Run
from playground.core.secret import Secret
from playground.core.views import seconds

# Characters of events, and lines of a log, that are given; of more the beginning and the end.
MOST_EVENTS = 200_000
MOST_LINES = 400
_CUT = 80


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is told of the app: versions and settings as name and value, none of it secret. `when`: in words.

    `lines`: of the log; `how`: by what they were found, in words.
    """

    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    when: str
    lines: Sequence[str] = ()
    how: str = ""
    secrets: tuple[Secret, ...] = ()
    names: tuple[tuple[str, str], ...] = ()


def report(run: Run, now: float, around: Surroundings, *, blind: bool) -> str:
    """`blind`: without what the endpoint, its host and models are called, and without what was said and answered."""
    view = answer_view(run, now)
    hidden = _blind(run, around, view) if blind else None
    made = "\n".join(_lines(run, view, around, hidden)) + "\n"
    # The variable in place of the key is no key.
    variable = "Authorization: Bearer $"
    made = made.replace(variable, "\0")
    return redact(made, (*around.secrets, *run.request.endpoint.secrets)).replace("\0", variable)


def _lines(run: Run, view: dict[str, Any], around: Surroundings, blind: Blind | None) -> Iterator[str]:
    own = blind.names if blind else _same
    foreign = blind.words if blind else _same
    yield "# An answer of an inference playground"
    yield ""
    yield f"Made {around.when}. API keys and other secrets are masked."
    if blind:
        yield "Names and text were left out: ‹…› says what stood there, and how long it was."
    yield from _table("Versions", around.versions.items(), own)
    yield from _table("Figures", ((row["label"], row["text"]) for row in view["figures"]), own)
    if (error := view["error"]) is not None:
        yield from _heading("Error")
        yield own(error["what"])
        yield ""
        yield own(error["hint"])
        if error["said"]:
            yield from _fenced(foreign(error["said"]))
    yield from _timeline(view["timeline"], own)
    yield from _request(view, blind)
    yield from _table("Parameters", ((row["label"], _fate(row, blind)) for row in view["fates"]), _same)
    for number, attempt in enumerate(view["attempts"], 1):
        yield from _attempt(number, attempt, blind)
    yield from _events(run, view, blind)
    yield from _heading("Log")
    yield around.how or "No log is known for this endpoint."
    if around.lines:
        # A line holds what others sent as well: of names and words, those of this answer are known.
        kept = _shortened([foreign(line) for line in around.lines], MOST_LINES)
        yield from _fenced("\n".join(kept))
    yield from _table("Settings", around.settings.items(), own)


def _request(view: dict[str, Any], blind: Blind | None) -> Iterator[str]:
    yield from _heading("Request")
    request = view["request"]
    if request["pretty"] is None:
        yield "What was sent is kept no longer." if request["dropped"] else "Nothing was sent."
        return
    yield (blind.names if blind else _same)(f"POST {request['url']}")
    if request["masked"]:
        yield ""
        yield MASKED
    if blind is None:
        yield from _fenced(request["pretty"], "json")
        if not view["snippets"]:
            return
        yield ""
        yield f"As a command ({', '.join(view['variables']) or 'no key'}):"
        yield from _fenced(next(each["text"] for each in view["snippets"] if each["id"] == "curl"), "sh")
        return
    yield from _fenced(blind.event(request["exact"]), "json")


def _timeline(line: dict[str, Any] | None, own: Callable[[str], str]) -> Iterator[str]:
    if line is None:
        return
    rows = [
        ("Waited before this request", seconds(line["before"])),
        *((label, _time(line[name])) for label, name in TIMES),
        ("Tokens, about", f"{line['pieces']} in {line['arrivals']} arrivals"),
        (
            "Slowest gaps",
            ", ".join(f"{seconds(each['seconds'])} at {seconds(each['at'])}" for each in line["slowest"]) or "none",
        ),
    ]
    yield from _table("Timeline", [*rows, *(("Wait", wait["why"]) for wait in line["waits"])], own)


TIMES = (
    ("Left for the network", "left"),
    ("Head of the response", "head"),
    ("First byte", "first_byte"),
    ("First token", "first_token"),
    ("Last token", "last_token"),
    ("End", "end"),
    ("Gap between tokens, median", "p50"),
    ("Gap between tokens, 95 %", "p95"),
    ("The page was behind with the last text", "behind"),
)


def _fate(row: dict[str, Any], blind: Blind | None) -> str:
    value = row["value"] if blind is None else blind.value(row["value"], row["field"])
    set_to = "" if row["value"] is None else f" {json.dumps(value, ensure_ascii=False)}"
    if len(set_to) > _CUT:
        set_to = f"{set_to[:_CUT]}…"
    why = row["why"] if blind is None else blind.names(row["why"])
    return f"{row['fate']}{set_to}{f': {why}' if why else ''}"


def _attempt(number: int, attempt: dict[str, Any], blind: Blind | None) -> Iterator[str]:
    yield from _heading(f"Try {number}")
    status = "no answer" if attempt["status"] is None else f"status {attempt['status']}"
    took = "" if attempt["seconds"] is None else f", {seconds(attempt['seconds'])}"
    why = attempt["why"] if blind is None else blind.names(attempt["why"])
    yield f"{status}{took}{f': {why}' if why else ''}"
    for name, pairs in (("Sent", attempt["sent"]), ("Received", attempt["got"])):
        shown = [blind.header(*pair) if blind else pair for pair in pairs]
        yield ""
        yield f"{name}:"
        yield from _fenced("\n".join(f"{each}: {value}" for each, value in shown))
    if attempt["said"]:
        yield from _fenced(attempt["said"] if blind is None else blind.event(attempt["said"]))


def _events(run: Run, view: dict[str, Any], blind: Blind | None) -> Iterator[str]:
    raw = view["raw"]
    yield from _heading("Events received")
    kept = f"{raw['total']:,} events, {raw['received']:,} bytes"
    yield f"{kept}; {raw['left_out']:,} bytes are not kept." if raw["left_out"] else f"{kept}."
    events = events_of(run)
    lines = [f"{event.at:9.4f} s  {blind.event(event.text) if blind else event.text}" for event in events]
    total = sum(map(len, lines))
    most = len(lines) if total <= MOST_EVENTS else max(2, len(lines) * MOST_EVENTS // total)
    if lines:
        yield from _fenced("\n".join(line[:MOST_EVENTS] for line in _shortened(lines, most)))


def _blind(run: Run, around: Surroundings, view: dict[str, Any]) -> Blind:
    record, request, reply = run.record, run.request, run.reply
    body = sent_body(record.last) if record is not None else None
    endpoint = request.endpoint
    model = [
        name
        for name in (request.model, endpoint.model, reply.model, (body or {}).get("model"))
        if isinstance(name, str)
    ]
    parts = [part for name in model for part in re.split(r"[/:@]", name) if len(part) >= 4]
    host = re.sub(r"^\w+://", "", endpoint.base_url).partition("/")[0]
    names = [
        ("address", endpoint.base_url),
        ("host", host),
        ("host", host.rpartition(":")[0] or host),
        ("endpoint", endpoint.label),
        ("endpoint", endpoint.name),
        *(("model", name) for name in (*model, *parts)),
        *around.names,
    ]
    said = [*(message.content for message in request.messages), request.prompt or "", reply.text, reply.reasoning]
    calls = [f"{call.name} {call.arguments}" for call in reply.tool_calls]
    return Blind(names, [*said, *calls, *texts_in(body), *(other.text for other in reply.others.values())])


def _table(title: str, rows: Any, own: Callable[[str], str]) -> Iterator[str]:
    yield from _heading(title)
    for name, value in rows:
        yield f"- {name}: {own(str(value))}"


def _heading(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _fenced(text: str, kind: str = "text") -> Iterator[str]:
    """A block that nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    yield ""
    yield f"{fence}{kind}"
    yield text.rstrip("\n")
    yield fence


def _shortened(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    first = most // 2
    return [*lines[:first], f"… {len(lines) - most} left out …", *lines[len(lines) - (most - first) :]]


def _time(value: float | None) -> str:
    return "unknown" if value is None else seconds(value)


def _same(text: str) -> str:
    return text
