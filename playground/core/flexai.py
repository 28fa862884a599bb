"""What FlexAI's command-line program prints, read: the JSON among other lines, the status, times, what went wrong.

Pure; built to what is publicly known of it, which is little: two paths of its JSON and how it misbehaves. So nothing
here relies on a shape. Not here: running it (`adapters.flexai`).
"""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playground.core.details import Lines, State
from playground.core.errors import CommandFailed
from playground.core.redact import redact
from playground.core.secret import Secret
from playground.core.withheld import lines

SOURCE = "the FlexAI CLI"
STATUS_PATHS = ("runtime.status", "status.status", "status")
# Statuses are an open list: those that are known to mean something else than "ask the endpoint".
_STATES: Mapping[str, State] = {
    **dict.fromkeys(
        ("enqueued", "pending", "scheduling", "scheduled", "building", "in progress", "starting", "scaling",
         "scaling up", "initializing", "provisioning", "resuming", "waking", "deploying"),
        "waking",
    ),
    **dict.fromkeys(
        ("stopped", "stop in progress", "stopping", "paused", "failed", "rejected", "interrupted", "succeeded",
         "terminated", "deleted"),
        "stopped",
    ),
}  # fmt: skip
_BEGINS = re.compile(r"^[ \t]*(?=[{\[])", re.MULTILINE)
# The same where no line begins so: behind a word, or what turns round while it is waited for.
_ANYWHERE = re.compile(r"(?=[{\[])")
# What a program writes for a terminal's sake: colours and moves of the cursor, titles, the mark before a file's text.
_TERMINAL = re.compile(r"\x1b\[[0-9;:?<=>]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_=>78]|\ufeff")
# What an endpoint may be wrapped in.
_WRAPPERS = ("items", "data", "inference", "inferences", "endpoint", "result")
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?"
    r"(?:Z| ?([+-])(\d\d):?(\d\d)(?: [A-Z]{1,5}| [+-]\d{2,4})?)$"
)
_CODE = re.compile(r'"code"\s*:\s*"(ET\d{1,6})"')
_UPDATE = re.compile(r"cli update required", re.IGNORECASE)
_NO_LOGIN = re.compile(r"not (logged|signed) in|unauthenticated|unauthori[sz]ed|auth login|login required", re.I)
_NO_SUCH = re.compile(r"not found|unknown|does not exist|no such|no inference", re.IGNORECASE)
_SAID, _LONGEST = 400, 100
# Lines that begin like JSON and may be none; a flood of them must not be worked through.
_ATTEMPTS = 200


@dataclass(frozen=True, slots=True)
class Inspected:
    """What `inspect` said of an endpoint. `status` in its own word, None where it gives none."""

    status: str | None = None
    lines: Lines = ()

    @property
    def state(self) -> State | None:
        """What its status means where the endpoint itself does not answer; None where it means nothing more."""
        return None if self.status is None else _STATES.get(" ".join(re.split(r"[\s_-]+", self.status.strip().lower())))


def documents(printed: str) -> Iterator[Any]:
    """Every JSON value that begins a line, whatever stands between them; where none does, those that begin anywhere."""
    printed = _TERMINAL.sub("", printed).replace("\r", "\n")
    found = list(_documents(printed, _BEGINS))
    yield from found if any(isinstance(value, dict | list) for value in found) else _documents(printed, _ANYWHERE)


def _documents(printed: str, begins: re.Pattern[str]) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    at = 0
    for _attempt in range(_ATTEMPTS):
        found = begins.search(printed, at)
        if found is None:
            return
        try:
            value, at = decoder.raw_decode(printed, found.end())
        except (ValueError, RecursionError):
            # Not from here: from the next place.
            at = found.end() + 1
            continue
        yield value


def inspected(printed: str, name: str = "", secrets: Iterable[Secret] = ()) -> Inspected:
    """The endpoint in what `inspect` printed. Of several the one of that name, then the first that has a known path,
    else the first table. `secrets` are masked wherever they stand.

    Raises `CommandFailed` where there is none.
    """
    tables = [table for value in documents(printed) for table in _tables(value)]
    if not tables:
        raise CommandFailed(
            "The FlexAI CLI printed nothing that can be read.",
            "Run the same in a terminal: flexai inference inspect NAME -j",
            redact(printed.strip()[:_SAID]),
        )
    ranks: tuple[Callable[[dict[str, Any]], Any], ...] = (
        lambda table: _known(table) and _name(table) == name,
        _known,
        _status,
    )
    best = next((table for fits in ranks for table in tables if fits(table)), tables[0])
    told = tuple(lines(best, secrets=secrets))
    return Inspected(_status(best), tuple((key, text) for key, text in told if key.lower() not in STATUS_PATHS))


def names(printed: str) -> tuple[str, ...]:
    """The endpoints that `list` printed: by JSON where it is some, else the first words of a table's lines.

    The form of that table is not known, so this is for a hint and for nothing else.
    """
    for value in documents(printed):
        rows = value.get("items") or value.get("data") if isinstance(value, dict) else value
        if isinstance(rows, list) and (found := tuple(name for row in rows if (name := _name(row)))):
            return found[:20]
    table = [line.split() for line in re.sub(r"[│|┃]", " ", printed).splitlines()]
    heads = [number for number, words in enumerate(table) if "NAME" in (word.upper() for word in words)]
    if not heads:
        return ()
    column = [word.upper() for word in table[heads[0]]].index("NAME")
    cells = (words[column] for words in table[heads[0] + 1 :] if len(words) > column)
    return tuple(cell for cell in cells if re.fullmatch(r"[\w.-]*\w[\w.-]*", cell))[:20]


def refused(name: str, code: int, said: str, others: tuple[str, ...] = ()) -> CommandFailed:
    """Why the program ended with an error, from what it wrote beside. In our own words; its own stand apart, and so do
    the `others` that there are: both are the operator's."""
    shown = redact(said.strip())[-_SAID:]
    if needs_update(said):
        return CommandFailed("The FlexAI CLI has to be updated before it answers.", "Run: flexai update", shown)
    if _NO_LOGIN.search(said):
        return CommandFailed("The FlexAI CLI is not signed in.", "Run: flexai auth login", shown)
    if _NO_SUCH.search(said) or (others and name not in others):
        there = f"There are: {', '.join(others)}." if others else ""
        return CommandFailed(
            f"FlexAI has no endpoint named “{name}”.",
            "Check the setting flexai of this endpoint.",
            "\n".join(filter(None, (there, shown))),
        )
    found = _CODE.search(said)
    ended = f"with FlexAI's error {found[1]}" if found else f"with exit code {code}"
    return CommandFailed(
        f"The FlexAI CLI ended {ended}.", "Run the same in a terminal: flexai inference inspect NAME -j", shown
    )


def needs_update(said: str) -> bool:
    return bool(_UPDATE.search(said))


def seconds_of(text: str) -> float | None:
    """A time in one of the forms that FlexAI writes, as epoch seconds; None for anything else."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    # Go writes the year 1 for "not yet".
    if year < 1970 or not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    sign, hours, minutes = found.groups()[6:]
    away = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1) if sign else 0
    return float(calendar.timegm((year, month, day, hour, minute, second)) - away)


def _tables(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """A table, and what it or a list is wrapped round."""
    if isinstance(value, dict):
        yield value
        inner = [value[key] for key in value if key.lower() in _WRAPPERS]
    else:
        inner = value[:_ATTEMPTS] if isinstance(value, list) else []
    for each in inner if depth < 3 else ():
        yield from _tables(each, depth + 1)


def _known(table: Mapping[str, Any]) -> bool:
    return any(_at(table, path) is not None for path in ("config.endpointurl", "runtime.status"))


def _status(table: Mapping[str, Any]) -> str | None:
    """Its status in its own word."""
    words = (_at(table, path) for path in STATUS_PATHS)
    return next((word[:_LONGEST] for word in words if isinstance(word, str) and word), None)


def _at(table: Any, path: str) -> Any:
    """What stands at a dotted path, in any letters; None for nothing."""
    for step in path.split("."):
        if not isinstance(table, dict):
            return None
        table = next((inner for key, inner in table.items() if key.lower() == step), None)
    return table


def _name(row: Any) -> str | None:
    if not isinstance(row, dict):
        return None
    metadata = row.get("metadata")
    for place in (row, metadata if isinstance(metadata, dict) else {}):
        if isinstance(name := place.get("name"), str) and name:
            return name[:100]
    return None
