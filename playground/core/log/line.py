"""What a line of a log is once it has been read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Level = Literal["unknown", "debug", "info", "warning", "error"]
# In this order they stand for numbers, one byte a line.
LEVELS: tuple[Level, ...] = get_args(Level)

Colour = Literal["bold", "grey", "red", "green", "yellow", "blue", "magenta", "cyan"]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a line were coloured so."""

    start: int
    end: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Read:
    """One line as it was read, before it is kept. `own`: the time that it names, wall-clock seconds. `joined`: it goes
    on with the entry of the line before, as a traceback's lines do."""

    text: str
    spans: tuple[Span, ...]
    own: float | None
    level: Level
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is kept. `number` counts from 0 for the source's first line and is never used again.

    `at` is the time that the line names, else `arrived`, when it came; both wall-clock seconds.
    """

    number: int
    at: float
    arrived: float
    level: Level
    text: str
    spans: tuple[Span, ...] = ()
    joined: bool = False
