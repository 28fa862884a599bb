"""A command line → commands of words, as a POSIX shell, Windows' cmd and PowerShell each read it. Nothing is run.

Variables set in the text are filled in; others stay as they are written. Never raises; every position is read once.
"""

from __future__ import annotations

import re

from playground.core.paste.cmd import Cmd
from playground.core.paste.posix import Posix
from playground.core.paste.powershell import PowerShell
from playground.core.paste.words import Command, Lines

_PROMPT = re.compile(
    r"^[ \t]*(?:[$%❯➜]|PS [^>\n]{0,200}>|[A-Za-z]:\\[^>\n]{0,200}>)[ \t]*(?=curl|export |set |\w{1,80}=|\$)", re.M
)
_POWERSHELL = re.compile(r"`[ \t]*\r?\n|\$env:|curl\.exe|@['\"]\r?\n|^\$\w+ *=", re.IGNORECASE | re.MULTILINE)
_CMD = re.compile(r"\^[ \t]*\r?\n|\^\"|[{,:\[]\"\"|%[A-Z_]{3,80}%|^set \w", re.MULTILINE)


def split(text: str) -> tuple[list[Command], bool]:
    """The commands, and whether a quote was left open."""
    text = _without_prompts(text.replace("\r\n", "\n"))
    lines: Lines
    if _POWERSHELL.search(text):
        lines = PowerShell(text)
    elif _CMD.search(text):
        lines = Cmd(text)
    else:
        lines = Posix(text)
    return lines.commands(), lines.open


def _without_prompts(text: str) -> str:
    """Without "$ " before a command, and "> " before the lines that go on with it."""
    plain = _PROMPT.sub("", text)
    return re.sub(r"^> ?", "", plain, flags=re.M) if plain != text and "\n> " in text else plain
