"""Tokens → the variables, calls and values of a piece of code, as far as they are written out. Never raises.

For JavaScript, PowerShell, JSON written by hand and Python that does not parse: what is not understood is stepped over.
Whatever is read is read once, so the time grows as the text does, up to a number of tokens.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from playground.core.paste.tokens import Language, Token, tokens
from playground.core.paste.values import DEEPEST, Call, Script, Unknown, either, joined, method

# No request has as many; a text that has would take seconds.
_MOST = 60_000
_CONSTANTS: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "undefined": None,
    "$true": True,
    "$false": False,
    "$null": None,
}
_PREFIXES = frozenset(
    (
        "new", "await", "return", "async", "const", "let", "var", "export", "default", "typeof", "yield", "and",
        "or",
    )
)  # fmt: skip
_COMMANDS = frozenset(
    (
        "invoke-restmethod", "invoke-webrequest", "irm", "iwr", "curl", "curl.exe",
    )
)  # fmt: skip
_CLOSERS = {"{": "}", "@{": "}", "[": "]", "(": ")", "@(": ")"}
_END = Token("mark", "")


def read_code(text: str, language: Language = "code") -> Script:
    return _Reader(text, language).script()


def read_literal(text: str) -> Any:
    """The one value that a text is, JSON as people write it by hand: comments, single quotes, a comma too many."""
    return _Reader(text, "code").value()


class _Name(str):
    """A name that may yet be bound, or have a value."""

    __slots__ = ()


class _Reader:
    def __init__(self, text: str, language: Language) -> None:
        self._tokens = [*islice(tokens(text, language), _MOST), _END, _END]
        self._at = 0
        self._depth = 0
        self._script = Script()

    def script(self) -> Script:
        while self._now is not _END:
            self._statement()
        return self._script

    def value(self) -> Any:
        return self._resolved(self._expression())

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _is(self, *marks: str) -> bool:
        return self._now.kind in ("mark", "line") and self._now.value in marks

    def _step(self) -> Token:
        token = self._now
        if token is not _END:
            self._at += 1
        return token

    def _take(self, *marks: str) -> bool:
        found = self._is(*marks)
        if found:
            self._step()
        return found

    def _statement(self) -> None:
        if self._now.kind == "name" and str(self._now.value).lower() in _COMMANDS:
            self._command()
            return
        if self._now.kind in ("mark", "line", "option") and not self._is("(", "[", "@{"):
            self._step()
            return
        target = self._expression()
        # A type may stand between a name and its value: const url: string = "…".
        while self._is("=", ":"):
            self._step()
            value = self._resolved(self._expression())
            if isinstance(target, str):
                self._script.bind(target, value)

    def _command(self) -> None:
        """Invoke-RestMethod -Uri … -Headers @{…}: options up to the end of the line or the next command."""
        name, args, named = str(self._step().value), list[Any](), dict[str, Any]()
        while self._now is not _END and not self._is("\n", "|", ";", ")", "}"):
            if self._now.kind == "option":
                option = str(self._step().value)[1:].lower()
                stands = self._now.kind != "option" and not self._is("\n", "|", ";")
                named[option] = self._resolved(self._expression()) if stands else True
            else:
                args.append(self._resolved(self._expression()))
        self._script.called(Call(name, args, named))

    def _expression(self) -> Any:
        """One value with what is added to it. Takes at least one token, and past the deepest level one alone."""
        if self._depth >= DEEPEST:
            self._step()
            return Unknown()
        self._depth += 1
        value = self._sum()
        self._depth -= 1
        return value

    def _sum(self) -> Any:
        value = self._operand()
        while True:
            if self._take("+"):
                value = joined((self._resolved(value), self._resolved(self._operand())))
            elif self._take("??", "||"):
                value = either(self._resolved(value), self._resolved(self._operand()))
            elif self._now.kind == "name" and self._now.value == "or":
                self._step()
                value = either(self._resolved(value), self._resolved(self._operand()))
            else:
                return value

    def _operand(self) -> Any:
        while self._now.kind == "name" and self._now.value in _PREFIXES:
            self._step()
        token = self._step()
        match token.kind:
            case "text":
                return self._postfix(self._text(token))
            case "number":
                return token.value if token.value is not None else Unknown()
            case "name":
                return self._named(str(token.value))
            case "option":
                return Unknown(str(token.value))
        if token.value == "-" and self._now.kind == "number":
            number = self._step().value
            return Unknown() if number is None else -number
        if token.value in _CLOSERS:
            return self._postfix(self._group(str(token.value)))
        return Unknown()

    def _text(self, token: Token) -> Any:
        parts = [token]
        # Strings that stand side by side are one, as in Python.
        while self._now.kind == "text":
            parts.append(self._step())
        return joined(
            self._resolved(_Name(part)) if hole else part
            for token in parts
            for hole, part in token.holes or ((False, token.value),)
        )

    def _named(self, name: str) -> Any:
        if name.lower() in _CONSTANTS:
            return _CONSTANTS[name.lower()]
        return self._postfix(_Name(name.lower().removeprefix("$env:") if name[:5].lower() == "$env:" else name))

    def _postfix(self, value: Any) -> Any:
        while True:
            if self._is(".", "?.") and self._tokens[self._at + 1].kind == "name":
                self._step()
                name = str(self._step().value)
                if isinstance(value, _Name):
                    value = _Name(f"{value}.{name}") if len(value) < 200 else _Name(name)
                elif self._take("("):
                    self._arguments()
                    value = method(value, name)
                else:
                    value = Unknown(name)
            elif self._is("(") and isinstance(value, _Name):
                self._step()
                value = self._script.called(Call(str(value), *self._arguments()))
            elif self._is("[") and isinstance(value, _Name):
                self._step()
                inner = self._resolved(self._expression())
                self._leave()
                value = _Name(inner if isinstance(inner, str) and len(inner) < 200 else "")
            else:
                return value

    def _group(self, opener: str) -> Any:
        if opener in ("{", "@{"):
            return self._object()
        if opener == "(":
            value = Unknown() if self._is(")") else self._resolved(self._expression())
            self._leave()
            return value
        return self._list(_CLOSERS[opener])

    def _list(self, closer: str) -> list[Any]:
        parts: list[Any] = []
        while self._now is not _END and not self._take(closer):
            if not self._take(",", ";", "\n"):
                parts.append(self._resolved(self._expression()))
        return parts

    def _object(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while self._now is not _END and not self._take("}"):
            if self._take(",", ";", "\n"):
                continue
            if self._now.kind == "mark" and not self._is("["):
                self._step()
                continue
            name = self._step().value if self._now.kind in ("text", "name", "number") else self._expression()
            if self._take(":", "="):
                while self._take("\n"):
                    pass
                made[str(name)] = self._resolved(self._expression())
            elif isinstance(name, str) and self._is(",", "}"):
                # {model, messages}: a variable under its own name.
                made[name] = self._script.value(name)
        return made

    def _arguments(self) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = []
        named: dict[str, Any] = {}
        while self._now is not _END and not self._take(")"):
            if self._take(",", "\n"):
                continue
            value = self._expression()
            if isinstance(value, _Name) and self._take("="):
                named[value] = self._resolved(self._expression())
            else:
                args.append(self._resolved(value))
        return args, named

    def _leave(self) -> None:
        """Past the sign that closes the group in which the reader stands, whatever it holds."""
        depth = 1
        while depth and self._now is not _END:
            depth += self._is(*_CLOSERS) - self._is("}", "]", ")")
            self._step()

    def _resolved(self, value: Any) -> Any:
        return self._script.value(value) if isinstance(value, _Name) else value
