r"""A command line → commands of words, as a POSIX shell, Windows' cmd and PowerShell each read it. Nothing is run.

Variables set in the text are filled in; others stay as they are written. Never raises; every position is read once.
"""

from __future__ import annotations

import re

from playground.core.paste.cmd import Cmd
from playground.core.paste.posix import Posix
from playground.core.paste.powershell import PowerShell
from playground.core.paste.words import Command, Lines

_PROMPT = re.compile(
    r"^[ \t]*(?:[$%❯➜]|PS [^>\n]{0,200}>|[A-Za-z]:\\[^>\n]{0,200}>)[ \t]*(?=curl|export |set |\w{1,80}=|\$)",
    re.MULTILINE,
)
# What only one of them writes so. The first sign in a text decides: a later one may stand in a prompt.
_SIGNS: tuple[tuple[type[Lines], re.Pattern[str]], ...] = (
    (
        Posix,
        re.compile(
            r"\\[ \t]*+\n|<<-?[ \t]?['\"]?\w|^export |(?:-d|-H|--[a-z-]{3,20})[ \t]?\$?'.{0,40}?:", re.MULTILINE
        ),
    ),
    (
        PowerShell,
        re.compile(r"`[ \t]*+\n|\$env:|\bcurl\.exe\b|@['\"][ \t]*+\n|^\$\w+ *=", re.IGNORECASE | re.MULTILINE),
    ),
    (Cmd, re.compile(r"\^[ \t]*+\n|[ \t]\^\"[\w{\[]|[{,:\[][ \t]?\"\"\w|%[A-Z_]{3,80}%|^set \w", re.MULTILINE)),
)


def split(text: str) -> tuple[list[Command], bool]:
    """The commands, and whether a quote was left open or the text was too much to read."""
    text = _without_prompts(text.replace("\r\n", "\n"))
    found = [(sign.start(), shell) for shell, shape in _SIGNS if (sign := shape.search(text))]
    lines = min(found, key=lambda sign: sign[0])[1](text) if found else Posix(text)
    return lines.commands(), lines.open


def _without_prompts(text: str) -> str:
    """Without "$ " before a command, and "> " before the lines that go on with it."""
    plain = _PROMPT.sub("", text)
    return re.sub(r"^> ?", "", plain, flags=re.MULTILINE) if plain != text and "\n> " in text else plain
