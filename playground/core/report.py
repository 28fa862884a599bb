"""A report of one answer for an engineer who does not have this app: one Markdown file.

Markdown, since it is read as it is, in any editor and any issue tracker, and is searched and cut like any text. What is
foreign stands in it as code that it cannot end. Keys are in none of it; with `blind`, names and text are not either, as
far as they are known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from playground.core.answer_views import MASKED, answer_view, call_of_run, events_of, sent_body
from playground.core.blinding import Blind
from playground.core.markdown import block, code, heading, inline, item, shortened
from playground.core.masking import can_be_told, mapped
from playground.core.redact import redact
from playground.core.report_names import blind_of
from playground.core.run import Run
from playground.core.secret import Secret
from playground.core.snippets import snippets
from playground.core.snippets_literals import as_json
from playground.core.views import seconds

# Characters of events, and lines of a log, that are given; of more the beginning and the end.
MOST_EVENTS = 200_000
MOST_LINES = 400
_CUT = 80
CAREFUL = (
    "Names and text were left out as far as they are known: ‹…› says what stood there, and how long it was. Look it "
    "through before you give it away."
)
BY_TIME_ONLY = (
    "Lines were found by their time only, and are left out: other people's requests may be among them, whose words are "
    "not known here."
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is told of the app: versions and settings as name and value, none of it secret. `when`: in words.

    `lines`: of the log; `how`: by what they were found, in words, and `by` as a name.
    """

    versions: Mapping[str, str]
    settings: Mapping[str, Any]
    when: str
    lines: Sequence[str] = ()
    how: str = ""
    by: Literal["id", "time"] | None = None
    secrets: tuple[Secret, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    # Which part this is of an answer that was continued, in words.
    part: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    """What every section is made of, and what becomes of a text: `own` sentences, `foreign` lines, `events`.

    What comes out has no secret in it, and is still to be put into Markdown.
    """

    run: Run
    view: dict[str, Any]
    around: Surroundings
    blind: Blind | None
    secrets: tuple[Secret, ...]

    def own(self, text: str) -> str:
        return self.clean(self.blind.names(text) if self.blind else text)

    def foreign(self, text: str) -> str:
        return self.clean(self.blind.words(text) if self.blind else text)

    def event(self, text: str) -> str:
        return self.clean(self.blind.event(text) if self.blind else text)

    def said(self, text: str) -> str:
        """What the model said, or what it was asked."""
        return self.clean(self.blind.length(text) if self.blind else text)

    def clean(self, text: str) -> str:
        return redact(text, self.secrets)


def report(run: Run, now: float, around: Surroundings, *, blind: bool) -> str:
    """`blind`: without what the endpoint, its host and models are called, and without what was said and answered."""
    hidden = blind_of(run, around.names) if blind else None
    # One that may be a word is masked where it was found, not everywhere: see `masking`.
    secrets = (*around.secrets, *run.request.endpoint.secrets)
    told = _Told(run, answer_view(run, now), around, hidden, tuple(s for s in secrets if can_be_told(s.reveal())))
    lines = ["# An answer of an inference playground", ""]
    lines.append(f"Made {around.when}. API keys and other secrets are masked.")
    lines += ["", around.part] if around.part else []
    lines += ["", CAREFUL] if blind else []
    for title, section in SECTIONS:
        if written := list(section(told)):
            lines += [*heading(title), *written]
    return "\n".join(lines) + "\n"


def _versions(told: _Told) -> Iterator[str]:
    return (item(name, told.own(value)) for name, value in told.around.versions.items())


def _figures(told: _Told) -> Iterator[str]:
    return (item(row["label"], told.own(row["text"])) for row in told.view["figures"])


def _error(told: _Told) -> Iterator[str]:
    if (error := told.view["error"]) is None:
        return
    yield inline(told.own(error["what"]))
    yield ""
    yield inline(told.own(error["hint"]))
    if error["said"]:
        yield from block(told.foreign(error["said"]))


def _timeline(told: _Told) -> Iterator[str]:
    if (line := told.view["timeline"]) is not None:
        yield from (item(row["label"], told.own(row["text"])) for row in line["rows"])


def _answer(told: _Told) -> Iterator[str]:
    reply = told.run.reply
    parts = [("Thinking", reply.reasoning), ("Text", reply.text)]
    for call in reply.tool_calls:
        parts += [("A tool is asked for", call.name), ("With", call.arguments)]
    parts += [(f"Choice {choice}", other.text) for choice, other in sorted(reply.others.items())]
    if not any(text for _, text in parts):
        yield "Nothing came."
    for name, text in parts:
        if text:
            yield f"{name}:"
            yield from block(told.said(text))
            yield ""


def _request(told: _Told) -> Iterator[str]:
    request, blind = told.view["request"], told.blind
    if request["pretty"] is None:
        yield "What was sent is kept no longer." if request["dropped"] else "Nothing was sent."
        return
    # Not `clean`: a host may be called what looks like a key. What is secret in it was masked as it was sent.
    yield code("POST " + (blind.names(request["url"]) if blind else request["url"]))
    attempt = told.run.record.last if told.run.record is not None else None
    body = sent_body(attempt)
    if body is None:
        yield from block(told.event(request["exact"]))
        return
    # In the texts, so that it stays JSON, and the same in the program.
    clean = mapped(body, told.clean)
    if request["masked"] or clean != body:
        yield ""
        yield MASKED
    yield from block(as_json(blind.value(clean) if blind else clean), "json")
    if blind is None and (call := call_of_run(told.run, attempt, clean)) is not None:
        yield ""
        yield f"As a command ({', '.join(call.variables) or 'no key'}):"
        yield from block(next(each["text"] for each in snippets(call) if each["id"] == "curl"), "sh")


def _parameters(told: _Told) -> Iterator[str]:
    for place, row in enumerate(told.view["fates"]):
        label = row["label"] if told.blind is None or row["ours"] else told.blind.field(row["name"], place)
        value = row["value"] if told.blind is None else told.blind.value(row["value"], row["field"])
        shown = "" if row["value"] is None else f" {told.clean(json.dumps(value, ensure_ascii=False))}"
        shown = shown if len(shown) <= _CUT else f"{shown[:_CUT]}…"
        yield item(label, f"{row['said']}{shown}{told.own(_because(row['why']))}")


def _tries(told: _Told) -> Iterator[str]:
    for number, attempt in enumerate(told.view["attempts"], 1):
        yield from heading(f"Try {number}", 3)
        status = "no answer" if attempt["status"] is None else f"status {attempt['status']}"
        took = "" if attempt["seconds"] is None else f", {seconds(attempt['seconds'])}"
        yield inline(f"{status}{took}{told.own(_because(attempt['why']))}")
        for name, pairs in (("Sent", attempt["sent"]), ("Received", attempt["got"])):
            shown = [told.blind.header(*pair) if told.blind else pair for pair in pairs]
            yield ""
            yield f"{name}:"
            yield from block("\n".join(f"{each}: {told.clean(value)}" for each, value in shown))
        if attempt["said"]:
            yield from block(told.event(attempt["said"]))


def _because(why: str) -> str:
    return f": {why}" if why else ""


def _events(told: _Told) -> Iterator[str]:
    raw = told.view["raw"]
    kept = f"{raw['total']:,} events, {raw['received']:,} bytes"
    yield f"{kept}; {raw['left_out']:,} bytes are not kept." if raw["left_out"] else f"{kept}."
    lines = [f"{event.at:9.4f} s  {told.event(event.text)}" for event in events_of(told.run)]
    total = sum(map(len, lines))
    most = len(lines) if total <= MOST_EVENTS else max(2, len(lines) * MOST_EVENTS // total)
    if lines:
        yield from block("\n".join(line[:MOST_EVENTS] for line in shortened(lines, most)))


def _log(told: _Told) -> Iterator[str]:
    around = told.around
    if told.blind and around.by == "time":
        yield BY_TIME_ONLY
        return
    yield around.how or "No log was looked at."
    if around.lines:
        # A line holds what others sent as well: of names and words, those of this answer are known.
        kept = shortened([told.foreign(line) for line in around.lines], MOST_LINES)
        yield from block("\n".join(kept))


def _settings(told: _Told) -> Iterator[str]:
    return (item(name, told.own(str(value))) for name, value in told.around.settings.items())


Section = Callable[[_Told], Iterator[str]]
# The whole file, in its order; what has nothing to say is left out.
SECTIONS: tuple[tuple[str, Section], ...] = (
    ("Versions", _versions),
    ("Figures", _figures),
    ("Error", _error),
    ("Timeline", _timeline),
    ("Answer", _answer),
    ("Request", _request),
    ("Parameters", _parameters),
    ("Tries", _tries),
    ("Events received", _events),
    ("Log", _log),
    ("Settings", _settings),
)
