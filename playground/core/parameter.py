"""What a parameter is: one line of the table in `params`, and the kinds and names such a line is made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.core.servers import Taker

Mode = Literal["chat", "completion"]
# "list": texts, one a line. "json": any JSON, kept as it was written.
Kind = Literal["choice", "text", "number", "integer", "switch", "list", "json"]
BOTH: tuple[Mode, ...] = ("chat", "completion")
CHAT: tuple[Mode, ...] = ("chat",)


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON value that nobody can change: its text, as it was written. `value` is made anew each time."""

    text: str

    @classmethod
    def of(cls, value: Any) -> Json:
        return cls(json.dumps(value, ensure_ascii=False))

    @property
    def value(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Param:
    """One line of the table.

    `low`, `high`: the usual range, for a slider; what lies outside is sent all the same. `least`, `most`: beyond these
    no server can make sense of it. `choices` as (value, label); `more` means that servers know others as well. `wire`:
    the name in the body, "" where it is no field there. `sent` says in words how it is sent where that is not
    `wire: value`. `named`: what a server calls it where not `wire`. `says`: other names by which a refusal may call it.
    `takes`: who takes it and who does not; who is not in it is not known. `modes`: the routes it can go with. `client`:
    the routes for which OpenAI's own client has an argument of that name; None: wherever OpenAI takes it.
    """

    name: str
    label: str
    help: str
    kind: Kind
    wire: str = ""
    sent: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    least: float | None = None
    most: float | None = None
    above: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    more: bool = False
    named: Mapping[Taker, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    takes: Mapping[Taker, bool] = field(default_factory=dict)
    modes: tuple[Mode, ...] = BOTH
    client: tuple[Mode, ...] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """Every name in a body that means it. `chat_template_kwargs` is none: other things stand in it as well."""
        return frozenset((self.wire, *self.named.values(), *self.says)) - {"", "chat_template_kwargs"}

    def name_at(self, server: Taker | None) -> str:
        """Its name in the body, as that server knows it."""
        return self.named.get(server, self.wire) if server is not None else self.wire
