"""A command line as sh, bash and zsh read it: quotes, variables, here-documents."""

from __future__ import annotations

import re

from playground.core.paste.tokens import unescaped
from playground.core.paste.words import Command, Lines

_MOST_DOCUMENTS = 16


class Posix(Lines):
    """Reads the command as bash does, but for what would have to be run."""

    plain = re.compile(r"[^\s'\"\\$|;&<>#]++")
    _quoted = re.compile(r"[^\"\\$]++")
    _ansi = re.compile(r"(?:[^'\\]++|\\.)*+", re.DOTALL)
    _continued = re.compile(r"\\[ \t]*+\n[ \t]*+")
    _variable = re.compile(r"\$(?:\{(\w{1,80})(?::?-([^{}\n]{0,2000}))?\}|([A-Za-z_]\w{0,80}))")
    _placeholder = re.compile(r"<[A-Za-z](?:[\w .:\-]{0,80}[\w.\-])?>")
    _document_sign = re.compile(r"<<(-?)[ \t]*(['\"]?)(\w{1,80})\2")
    _redirect = re.compile(r"(<<<)|(>{1,2}|<)&?[ \t]*([\w./~-]{0,200})")
    _catted = re.compile(r"\$\([ \t]*cat[ \t]*<<(-?)[ \t]*(['\"]?)(\w{1,80})\2[ \t]*\n")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._documents: list[tuple[str, bool, Command]] = []
        self._read_documents = 0

    def _sign(self, sign: str) -> None:
        if sign == "\n":
            self._newline()
        elif sign.isspace():
            self._end_word()
            self._at += 1
        elif sign == "'":
            self._at += 1
            self._add(self._until("'"))
        elif sign == '"':
            self._at += 1
            self._double()
        elif sign == "\\":
            self._backslash()
        elif sign == "$":
            self._dollar()
        elif sign in "<>":
            self._angle()
        elif sign == "#" and self._word is None:
            self._at = end if (end := self._text.find("\n", self._at)) >= 0 else len(self._text)
        elif sign == "#":
            self._literal()
        else:
            # ; & && | ||
            self._at += 1
            self._end_command(piped=sign == "|")

    def _literal(self) -> None:
        self._add(self._text[self._at])
        self._at += 1

    def _newline(self) -> None:
        if not self._documents:
            super()._newline()
            return
        for delimiter, tabs, command in self._documents:
            self._at += 1
            command.stdin = self._document(delimiter, tabs)
        self._documents = []
        self._end_command()

    def _document(self, delimiter: str, tabs: bool) -> str:
        """The lines up to the delimiter; there may be spaces before it, as there are in documents."""
        self._read_documents += 1
        if self._read_documents > _MOST_DOCUMENTS:
            return ""
        closer = re.compile(rf"^[ \t]*+{re.escape(delimiter)}[ \t]*+$", re.MULTILINE)
        found = closer.search(self._text, self._at)
        self.open = self.open or found is None
        start, self._at = self._at, len(self._text) if found is None else found.end()
        lines = self._text[start : self._at if found is None else found.start()]
        return re.sub(r"^\t+", "", lines, flags=re.MULTILINE) if tabs else lines

    def _double(self) -> None:
        self._add("")
        while self._at < len(self._text):
            if found := self._quoted.match(self._text, self._at):
                self._add(found[0])
                self._at = found.end()
            elif self._text[self._at] == '"':
                self._at += 1
                return
            elif self._text[self._at] == "$":
                self._dollar(quoted=True)
            else:
                after = self._text[self._at + 1 : self._at + 2]
                self._add(after if after and after in '"\\$`' else "" if after == "\n" else "\\" + after)
                self._at += 2
        self.open = True

    def _backslash(self) -> None:
        if found := self._continued.match(self._text, self._at):
            self._end_word()
            self._at = found.end()
        else:
            self._add(self._text[self._at + 1 : self._at + 2])
            self._at += 2

    def _dollar(self, quoted: bool = False) -> None:
        if self._text.startswith("$'", self._at) and not quoted:
            found = self._ansi.match(self._text, self._at + 2)
            assert found is not None
            self._add(unescaped(found[0]))
            self.open = self.open or not self._text.startswith("'", found.end())
            self._at = found.end() + 1
        elif found := self._catted.match(self._text, self._at):
            self._at = found.end()
            self._add(self._document(found[3], bool(found[1])).removesuffix("\n"))
            self._until(")")
        elif found := self._variable.match(self._text, self._at):
            name = found[1] or found[3]
            self._add(self._filled_in(name, found[2] or found[0]))
            self._at = found.end()
        else:
            self._literal()

    def _angle(self) -> None:
        if found := self._placeholder.match(self._text, self._at):
            self._add(found[0])
            self._at = found.end()
            return
        # 2>file: the number says which output.
        self._word = None if self._word in (["1"], ["2"]) else self._word
        self._end_word()
        if found := self._document_sign.match(self._text, self._at):
            self._documents.append((found[3], bool(found[1]), self._command))
        else:
            found = self._redirect.match(self._text, self._at)
            assert found is not None
            if found[1]:
                self._command.words.append("<<<")
            elif found[2] != "<":
                self._command.output = found[3] or None
        self._at = found.end()
