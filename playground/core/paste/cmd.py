"""A command line as Windows' cmd, and then the program itself, read it: cmd takes carets, the program takes quotes."""

from __future__ import annotations

import re

from playground.core.paste.words import Lines


class Cmd(Lines):
    """Makes the line that cmd hands to the program, as one growing word; a command's end splits it into words."""

    plain = re.compile(r"[^\"^%&|\n]++")
    _ending = re.compile(r"\^[ \t]*+\n")
    _variable = re.compile(r"%([A-Za-z_]\w{0,80})%")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._quotes = False

    def _sign(self, sign: str) -> None:
        self._at += 1
        if sign == '"':
            self._quotes = not self._quotes
            self._add(sign)
        elif sign == "%" and (found := self._variable.match(self._text, self._at - 1)):
            self._add(self._filled_in(found[1], found[0]))
            self._at = found.end()
        elif sign == "^" and not self._quotes:
            self._caret()
        elif sign == "\n" and self._goes_on():
            self._add(" ")
        elif sign == "%" or (self._quotes and sign != "\n"):
            self._add(sign)
        else:
            self._quotes = False
            self._end_command(piped=sign == "|")

    def _caret(self) -> None:
        """At a line's end it goes on with the next; before a sign it takes the sign's meaning for cmd."""
        if found := self._ending.match(self._text, self._at - 1):
            self._at = found.end()
            # A line that is continued by an empty one is a line's end that is meant.
            if not self._text.startswith("\n", self._at):
                return
        self._add(self._text[self._at : self._at + 1])
        self._at += 1

    def _end_word(self) -> None:
        line = "".join(self._word or ())
        self._word = None
        words, open_ = arguments(line)
        self._command.words += words
        self.open = self.open or open_


_PIECE = re.compile(r"(?P<text>[^\\\" \t]++)|(?P<slashes>\\++)(?P<quote>\"?)|(?P<mark>\"{1,2})|(?P<blank>[ \t]++)")


def arguments(line: str) -> tuple[list[str], bool]:
    """A program's words by the rules of C's runtime on Windows, and whether a quote was left open."""
    words: list[str] = []
    word: list[str] | None = None
    quotes = False
    for found in _PIECE.finditer(line):
        if found["blank"] and not quotes:
            words += ["".join(word)] if word is not None else []
            word = None
            continue
        word = [] if word is None else word
        if found["slashes"] and found["quote"]:
            # Two backslashes before a quote are one; one that is left over keeps the quote.
            count = len(found["slashes"])
            word.append("\\" * (count // 2) + '"' * (count % 2))
            quotes ^= count % 2 == 0
        elif found["mark"]:
            # Two quotes inside of quotes are one; outside they are nothing.
            word.append('"' if quotes and len(found["mark"]) == 2 else "")
            quotes ^= len(found["mark"]) == 1
        else:
            word.append(found[0])
    return words + (["".join(word)] if word is not None else []), quotes
