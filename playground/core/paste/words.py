"""What the readers of command lines have in common: words that grow, commands that end, variables that are set."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

_LONGEST = 2_000_000
# No command has as many pieces; a text that has would take seconds.
_MOST = 60_000


@dataclass(slots=True)
class Command:
    """`stdin`: what a here-document or the command before a pipe gives it; None where that is not in the text."""

    words: list[str] = field(default_factory=list)
    stdin: str | None = None
    piped: bool = False
    output: str | None = None


class Lines(ABC):
    """What the three have in common: words that grow, commands that end, variables."""

    # What is taken as it stands, as one piece.
    plain: re.Pattern[str]
    _option = re.compile(r"[ \t]*+(?:-{1,2}[A-Za-z]|[–—][A-Za-z])")

    def __init__(self, text: str) -> None:
        self.open = False
        self._text = text
        self._at = 0
        self._word: list[str] | None = None
        self._command = Command()
        self._commands: list[Command] = []
        self._variables: dict[str, str] = {}
        self._filled = 0

    def commands(self) -> list[Command]:
        steps = 0
        while self._at < len(self._text):
            steps += 1
            if steps > _MOST:
                self.open = True
                break
            if found := self.plain.match(self._text, self._at):
                self._add(found[0])
                self._at = found.end()
            else:
                self._sign(self._text[self._at])
        self._end_command()
        return self._commands

    @abstractmethod
    def _sign(self, sign: str) -> None:
        """Reads what begins with a sign that means something, and goes past it."""

    def _add(self, piece: str) -> None:
        if self._word is None:
            self._word = []
        self._word.append(piece)

    def _end_word(self) -> None:
        if self._word is not None:
            self._command.words.append("".join(self._word))
            self._word = None

    def _end_command(self, piped: bool = False) -> None:
        self._end_word()
        command = self._command
        if command.words or command.stdin is not None:
            self._assign(command.words)
            self._commands.append(command)
        self._command = Command(piped=piped)

    def _assign(self, words: list[str]) -> None:
        """Keeps the variables that a command sets."""
        for word in words[1:] if words and words[0] in ("export", "set", "env", "setx") else words:
            name, sign, value = word.partition("=")
            if not sign or not re.fullmatch(r"[A-Za-z_]\w{0,80}", name):
                return
            self._variables[name] = value

    def _filled_in(self, name: str, written: str) -> str:
        """A variable's value, or what is written where there is none; a text that doubles itself is stopped."""
        value = self._variables.get(name, written)
        self._filled += len(value)
        return value if self._filled < _LONGEST else written

    def _newline(self) -> None:
        """Ends the command, unless the next line begins with an option: its backslash was lost on the way."""
        self._at += 1
        if self._goes_on():
            self._end_word()
        else:
            self._end_command()

    def _goes_on(self) -> bool:
        return bool(self._command.words or self._word) and self._option.match(self._text, self._at) is not None

    def _until(self, closer: str) -> str:
        """The text up to a sign, and past it; all of the rest where there is none."""
        end = self._text.find(closer, self._at)
        if end < 0:
            self.open = True
            end = len(self._text)
        inside = self._text[self._at : end]
        self._at = min(end + len(closer), len(self._text))
        return inside
