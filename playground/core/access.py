"""Who may see what of an endpoint beside the chat: a table of the parts, and by what each is opened or closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Part = Literal["details", "metrics", "logs", "request", "requests"]
Audience = Literal["public", "operator"]


@dataclass(frozen=True, slots=True)
class Row:
    """`what` ends the sentence "Only the operator of this playground sees …". `beyond`: who sees it by default as soon
    as the app is served beyond this machine."""

    part: Part
    what: str
    beyond: Audience


TABLE: tuple[Row, ...] = (
    Row("details", "what its endpoints are", "public"),
    Row("metrics", "its endpoints' metrics", "operator"),
    Row("logs", "its logs", "operator"),
    Row("request", "what is sent to its endpoints", "public"),
    Row("requests", "what others have sent", "operator"),
)
BY_PART: Mapping[Part, Row] = {row.part: row for row in TABLE}


def audiences(chosen: Mapping[Part, Audience | None], *, loopback: bool, locked: bool) -> dict[Part, Audience]:
    """Who sees each part. `chosen` is what the settings say, None where they say nothing.

    `loopback`: whether the app listens on this machine only. Not by where a request comes from: behind a proxy
    everybody comes from the proxy. `locked`: visitors see nothing of endpoints, so each part is the operator's.
    """
    if locked:
        return {row.part: "operator" for row in TABLE}
    return {row.part: chosen.get(row.part) or ("public" if loopback else row.beyond) for row in TABLE}
