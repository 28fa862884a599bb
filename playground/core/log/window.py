"""What a page sees of a log: some lines of what is shown, and where they stand in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from playground.core.log.line import Line
from playground.core.log.search import Search, place
from playground.core.log.store import View

# Characters of a line that are sent where lines are not wrapped: more do not fit any screen.
SHORT = 1_000
Where = Literal["end", "row", "line", "next", "back"]
WHERES: tuple[Where, ...] = get_args(Where)


@dataclass(frozen=True, slots=True)
class Asked:
    """`where` with `at`: the end; from a row on; around a line; around the hit behind or in front of a line.

    `context`: lines around each hit; None for all lines, hits and others. `marked`: the time that an answer took.
    `wide`: long lines are sent whole.
    """

    limit: int = 200
    context: int | None = None
    where: Where = "end"
    at: int = 0
    anchor: int | None = None
    marked: tuple[float, float] | None = None
    wide: bool = False


def window(view: View, search: Search, asked: Asked, enough: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Plain values for the page.

    `rows` is how many lines are shown in all and `row` where `lines` begins among them; `anchor` is the row of the
    line that was asked for as such, for a page that holds its place while older lines are forgotten. `target` is the
    line that was looked for, `rank` its number among the `hits`. Each line: number, times, level, parts with colour and
    mark, whether it is a hit, goes on with the line before, is of the marked time, is longer than what is sent. Once
    `enough()` says so, what is found in a line is marked no more.
    """
    mask = search.mask(view)
    hits = None if search.wanted.everything else mask.count(1)
    numbers = search.shown(view, asked.context, mask)
    target = _target(mask, view, asked)
    row = _first_row(numbers, asked, target)
    wanted = numbers[row : row + asked.limit]
    return {
        "first": view.first,
        "end": view.end,
        "rows": len(numbers),
        "row": row,
        "anchor": None if asked.anchor is None else place(numbers, asked.anchor),
        "hits": hits,
        "target": target,
        "rank": mask.count(1, 0, target - view.first + 1) if target is not None and hits else None,
        "dropped": view.dropped,
        "lines": [_shown(line, mask, view.first, search, asked, enough) for line in view.lines(wanted)],
    }


def _target(mask: bytes, view: View, asked: Asked) -> int | None:
    at = asked.at - view.first
    match asked.where:
        case "next":
            found = mask.find(1, max(0, at + 1))
            found = mask.find(1) if found < 0 else found
        case "back":
            found = mask.rfind(1, 0, max(0, at))
            found = mask.rfind(1) if found < 0 else found
        case "line":
            found = at if 0 <= at < len(mask) else -1
        case _:
            return None
    return found + view.first if found >= 0 else None


def _first_row(numbers: Sequence[int], asked: Asked, target: int | None) -> int:
    last = max(0, len(numbers) - asked.limit)
    if target is not None:
        return max(0, min(place(numbers, target) - asked.limit // 2, last))
    return min(max(0, asked.at), last) if asked.where == "row" else last


def _shown(
    line: Line, mask: bytes, first: int, search: Search, asked: Asked, enough: Callable[[], bool]
) -> dict[str, Any]:
    short = not asked.wide and len(line.text) > SHORT
    text = line.text[:SHORT] if short else line.text
    hit = bool(mask[line.number - first]) and not search.wanted.everything
    marks = search.matcher.marks(text) if search.matcher is not None and hit and not enough() else []
    return {
        "n": line.number,
        "at": line.at,
        "arrived": line.arrived,
        "level": line.level,
        "parts": parts(text, line, marks),
        "hit": hit,
        "joined": line.joined,
        "marked": asked.marked is not None and asked.marked[0] <= line.at <= asked.marked[1],
        "more": len(line.text) - len(text),
    }


def parts(text: str, line: Line, marks: Sequence[tuple[int, int]]) -> list[list[Any]]:
    """The text cut where a colour or a mark begins or ends: text, colour or "", 1 where it is marked."""
    if not line.spans and not marks:
        return [[text, "", 0]]
    size = len(text)
    cuts = sorted(
        {0, size}
        | {min(at, size) for span in line.spans for at in (span.start, span.end)}
        | {at for mark in marks for at in mark}
    )
    made = []
    for start, end in pairwise(cuts):
        colour = next((span.colour for span in line.spans if span.start <= start < span.end), "")
        made.append([text[start:end], colour, int(any(begin <= start < stop for begin, stop in marks))])
    return made


def as_text(view: View, numbers: Sequence[int]) -> bytes:
    """Lines as a file has them."""
    return b"".join(block.raw(number - block.first) + b"\n" for number, block in view.blocks_of(numbers))
