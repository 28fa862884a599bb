"""A command line as PowerShell reads it, where it starts a program such as curl.exe."""

from __future__ import annotations

import re

from playground.core.paste.tokens import ticked
from playground.core.paste.words import Lines


class PowerShell(Lines):
    """Reads the command as PowerShell does, and \\" as what its writer meant."""

    plain = re.compile(r"[^\s'\"`$|;&#@]++")
    _quoted = re.compile(r"[^\"`\\$]++")
    _variable = re.compile(r"\$(?:\{(?:env:)?(\w{1,80})\}|(?:env:)?([A-Za-z_]\w{0,80}))", re.IGNORECASE)
    _here = re.compile(r"@(['\"])[ \t]*+\n")

    def _sign(self, sign: str) -> None:
        if sign == "\n":
            self._newline()
        elif sign.isspace():
            self._end_word()
            self._at += 1
        elif sign == "`":
            self._backtick()
        elif sign == "'":
            self._single()
        elif sign == '"':
            self._double()
        elif sign == "$":
            self._dollar()
        elif found := self._here.match(self._text, self._at):
            self._at = found.end()
            self._add(self._until("\n" + found[1] + "@"))
        elif sign == "#" and self._word is None:
            self._at = end if (end := self._text.find("\n", self._at)) >= 0 else len(self._text)
        elif sign in "@#":
            self._add(sign)
            self._at += 1
        else:
            self._at += 1
            self._end_command(piped=sign == "|")

    def _assign(self, words: list[str]) -> None:
        if len(words) >= 3 and words[1] == "=" and words[0].startswith("$"):
            name = words[0].lower().removeprefix("$").removeprefix("env:")
            self._variables[name] = words[2]

    def _backtick(self) -> None:
        if found := re.compile(r"`[ \t]*+\n[ \t]*+").match(self._text, self._at):
            self._end_word()
            self._at = found.end()
        else:
            self._add(ticked(self._text[self._at : self._at + 2]))
            self._at += 2

    def _single(self) -> None:
        self._at += 1
        self._add(self._until("'"))
        while self._text.startswith("'", self._at):
            self._at += 1
            self._add("'" + self._until("'"))

    def _double(self) -> None:
        self._at += 1
        self._add("")
        while self._at < len(self._text):
            two = self._text[self._at : self._at + 2]
            if found := self._quoted.match(self._text, self._at):
                self._add(found[0])
                self._at = found.end()
            elif two[0] == "`" or two in ('\\"', '""'):
                self._add(ticked(two))
                self._at += 2
            elif two[0] == '"':
                self._at += 1
                return
            elif two[0] == "$":
                self._dollar()
            else:
                self._add(two[0])
                self._at += 1
        self.open = True

    def _dollar(self) -> None:
        found = self._variable.match(self._text, self._at)
        written = found[0] if found else "$"
        # At a command's beginning it is a variable that is set, not one that is read.
        set_here = self._word is None and not self._command.words
        name = (found[1] or found[2]).lower() if found else ""
        self._add(written if set_here else self._filled_in(name, written))
        self._at += len(written)
