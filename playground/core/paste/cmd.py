"""A command line as Windows' cmd, and then the program itself, read it."""

from __future__ import annotations

import re

from playground.core.paste.words import Lines


class Cmd(Lines):
    """cmd takes its carets away and ends commands; then the program splits its line, by the rules of C's runtime."""

    plain = re.compile(r"[^\s\"^%\\&|]++")
    _quoted = re.compile(r"[^\"\\%^]++")
    _slashes = re.compile(r"(\\++)(\^?\")?")
    _variable = re.compile(r"%([A-Za-z_]\w{0,80})%")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        # Whether cmd, and whether the program, take themselves to be inside of quotes.
        self._shell_quotes = False
        self._quotes = False

    def _sign(self, sign: str) -> None:
        if sign == "^" and not self._shell_quotes:
            self._caret()
        elif sign == '"':
            self._shell_quotes = not self._shell_quotes
            self._quote()
        elif sign == "\\":
            self._backslashes()
        elif sign == "%" and (found := self._variable.match(self._text, self._at)):
            self._add(self._filled_in(found[1], found[0]))
            self._at = found.end()
        elif self._quotes or sign in "%^":
            self._add(sign)
            self._at += 1
        elif sign == "\n":
            self._newline()
        elif sign.isspace():
            self._end_word()
            self._at += 1
        else:
            self._at += 1
            self._end_command(piped=sign == "|")

    def _caret(self) -> None:
        """^ at a line's end goes on with the next; before a sign it takes its meaning for cmd, not for the program."""
        ending = re.compile(r"\^[ \t]*+\n").match(self._text, self._at)
        if ending is None:
            self._at += 1
            following = self._text[self._at : self._at + 1]
            if following == '"':
                self._quote()
            elif following == "\\":
                self._backslashes()
            else:
                self._add(following)
                self._at += 1
            return
        self._at = ending.end()
        if self._text.startswith("\n", self._at):
            # A line that is continued by an empty one is a line's end that is meant.
            self._add("\n")
            self._at += 1
        elif not self._quotes:
            self._end_word()

    def _quote(self) -> None:
        self._at += 1
        self._add("")
        if self._quotes and self._text.startswith('"', self._at):
            self._add('"')
            self._at += 1
            self._shell_quotes = not self._shell_quotes
        else:
            self._quotes = not self._quotes

    def _backslashes(self) -> None:
        found = self._slashes.match(self._text, self._at)
        assert found is not None
        count, quote = len(found[1]), found[2]
        self._at = found.end()
        if quote is None:
            self._add(found[1])
        elif count % 2:
            self._add("\\" * (count // 2) + '"')
            if quote == '"':
                self._shell_quotes = not self._shell_quotes
        else:
            self._add("\\" * (count // 2))
            self._at -= len(quote)
