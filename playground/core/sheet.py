"""The sheet of an endpoint: one table of fields, filled from several sources, field by field, each with its origin.

Pure. A source states what it knows as dotted keys with text (`Stated`); which key fills which field is the table's
business, and what fills none is kept as "more". Not here: who the sources are (`adapters.sources`), how the sheet is
drawn (`sheet_views`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from playground.core.details import Fact, Lines

Group = Literal["Summary", "Configuration", "Server"]
# How a value is drawn: a link leads somewhere, code is read letter by letter, a time is put into the reader's own zone.
Kind = Literal["text", "link", "code", "status", "time"]
Field = Literal[
    "id",
    "name",
    "status",
    "url",
    "playground_url",
    "dashboard_url",
    "device",
    "runtime_args",
    "hf_token_secret_name",
    "api_key_secret_name",
    "server",
    "version",
    "round_trip",
    "last_check",
]


@dataclass(frozen=True, slots=True)
class Row:
    """`keys`: the names under which sources give it, in lower case without signs; `paths`: whole dotted keys, which
    count first. Without either it is what this app sees by itself: nobody else's word fills it."""

    field: Field
    label: str
    group: Group
    kind: Kind = "text"
    keys: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


TABLE: tuple[Row, ...] = (
    # Names that anything can have count only where they stand at the top, or beside the endpoint's own.
    Row("id", "ID", "Summary", "code", paths=("id", "metadata.id", "config.id", "runtime.id")),
    Row("name", "Name", "Summary", paths=("name", "metadata.name", "config.name")),
    Row("status", "Status", "Summary", "status"),
    Row("url", "URL", "Summary", "code", ("endpointurl",), ("config.endpointUrl", "url")),
    Row("playground_url", "Playground URL", "Summary", "link", ("playgroundurl",)),
    Row("dashboard_url", "Dashboard URL", "Summary", "link", ("dashboardurl",)),
    Row(
        "device",
        "Device Architecture",
        "Configuration",
        keys=("devicearchitecture", "devicearch", "modeldevicetype"),
        paths=("device",),
    ),
    Row("runtime_args", "Runtime Args", "Configuration", "code", ("runtimeargs", "runtimearguments")),
    Row("hf_token_secret_name", "HF Token Secret Name", "Configuration", "code", ("hftokensecretname",)),
    Row("api_key_secret_name", "API Key Secret Name", "Configuration", "code", ("apikeysecretname",)),
    Row("server", "Server", "Server"),
    Row("version", "Version", "Server", "code", paths=("version",)),
    Row("round_trip", "Round trip", "Server"),
    Row("last_check", "Last check", "Server", "time"),
)
_SIGNS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Stated:
    """What one source says. `source` names it for a person: "the settings", "/get_server_info", "the FlexAI CLI".

    `lines` are keys and texts as they were given. `fields` is what it says of a field beyond any doubt, by name.
    """

    source: str
    lines: Lines = ()
    fields: tuple[tuple[Field, Fact], ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A field of the sheet. `fact` None: nobody says. `others`: what sources say that count for less, where that is
    something else."""

    row: Row
    fact: Fact | None = None
    others: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Every field of the table, in its order; and by source what fills none of them."""

    fields: tuple[Filled, ...]
    more: tuple[tuple[str, Lines], ...] = ()

    def of(self, field: Field) -> Filled:
        return next(each for each in self.fields if each.row.field == field)


def merged(sources: Iterable[Stated]) -> Sheet:
    """One sheet from several sources, of which an earlier one counts more, field by field."""
    found: dict[Field, list[Fact]] = {row.field: [] for row in TABLE}
    more: list[tuple[str, Lines]] = []
    for stated in sources:
        rest = []
        taken: dict[Field, Fact] = dict(stated.fields)
        for key, text in sorted(stated.lines, key=lambda line: not _by_path(line[0])):
            field = field_of(key)
            if field is not None and field not in taken and text:
                taken[field] = Fact(text, "said", stated.source)
            else:
                rest.append((key, text))
        for field, fact in taken.items():
            found[field].append(fact)
        if rest:
            # In the order in which they were given.
            left = set(rest)
            more.append((stated.source, tuple(line for line in stated.lines if line in left)))
    return Sheet(tuple(_filled(row, found[row.field]) for row in TABLE), tuple(more))


def field_of(key: str) -> Field | None:
    """The field that a dotted key fills, None for none."""
    if (row := _by_path(key)) is not None:
        return row.field
    last = _plain(key.rpartition(".")[2])
    return next((row.field for row in TABLE if last in row.keys), None)


def _by_path(key: str) -> Row | None:
    plain = ".".join(_plain(step) for step in key.split("."))
    return next(
        (row for row in TABLE if plain in (".".join(_plain(step) for step in path.split(".")) for path in row.paths)),
        None,
    )


def _plain(step: str) -> str:
    return _SIGNS.sub("", step.lower())


def _filled(row: Row, facts: list[Fact]) -> Filled:
    if not facts:
        return Filled(row)
    first, *others = facts
    # Said twice, it is no other word.
    seen = {_same(first.value)}
    differing = []
    for fact in others:
        if _same(fact.value) not in seen:
            seen.add(_same(fact.value))
            differing.append(fact)
    return Filled(row, first, tuple(differing))


def _same(value: str) -> str:
    """An address is the same with and without what this app puts behind it."""
    return value.strip().rstrip("/").removesuffix("/v1").rstrip("/").lower()
