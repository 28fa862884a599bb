"""Text of a language of braces and quotes → tokens: JavaScript, PowerShell, hand-written JSON, broken Python.

Every position is read once, and no pattern can go back: the time is the text's length, whatever the text is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from playground.core.paste.values import text_of

Language = Literal["code", "powershell"]
TokenKind = Literal["text", "number", "name", "option", "line", "mark"]

_NUMBER = r"(?P<number>\d[\d_]*+(?:\.\d++)?+(?:[eE][+-]?\d{1,4})?+)"
_WEB = r"(?P<web>https?://[^\s'\"`,;(){}\[\]]++)"
# A quote that is not closed ends with its line where the language says so, else with the text.
_CODE = re.compile(
    rf"""{_WEB}
    |(?P<skip>\s++|//[^\n]*+|\#[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))
    |(?P<prefix>[fFrRbBuU]{{0,2}})(?:
        (?P<triple>\"{{3}}(?:[^\"\\]++|\\.|\"(?!\"\"))*+(?:\"{{3}}|\Z|\\\Z)|'{{3}}(?:[^'\\]++|\\.|'(?!''))*+(?:'{{3}}|\Z|\\\Z))
        |(?P<quoted>\"(?:[^\"\\\n]++|\\.)*+(?:\"|(?=\n)|\Z|\\\Z)|'(?:[^'\\\n]++|\\.)*+(?:'|(?=\n)|\Z|\\\Z)))
    |(?P<template>`(?:[^`\\]++|\\.)*+(?:`|\Z|\\\Z))
    |{_NUMBER}
    |(?P<name>[^\W\d][\w$]*+|\$[\w$]*+)
    |(?P<mark>===?|!==?|=>|\?\?|\|\||&&|\?\.|[+]=|.)""",
    re.VERBOSE | re.DOTALL,
)
_POWERSHELL = re.compile(
    rf"""{_WEB}
    |(?P<skip>[^\S\n]++|`\r?\n|\#[^\n]*+|<\#(?:[^\#]++|\#(?!>))*+(?:\#>|\Z))
    |(?P<line>\n)
    |(?P<here>@\"[ \t]*+\r?\n(?:[^\n]++|\n(?!\"@))*+(?:\n\"@|\Z)|@'[ \t]*+\r?\n(?:[^\n]++|\n(?!'@))*+(?:\n'@|\Z))
    |(?P<quoted>\"(?:[^\"`\\]++|`.|\\.|\"\")*+(?:\"|\Z|[`\\]\Z)|'(?:[^']++|'')*+(?:'|\Z))
    |{_NUMBER}
    |(?P<name>\$\{{[^{{}}\n]{{0,80}}\}}|\$(?:env:)?\w*+|[^\W\d]\w*+(?:-[^\W\d]\w*+)*+)
    |(?P<option>-[^\W\d]\w*+)
    |(?P<mark>@[({{]|.)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(\r?\n)|(.))", re.DOTALL
)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "v": "\v", "a": "\a"}
_TICK = re.compile(r"`(.)|\\(\")|\"(\")", re.DOTALL)
_HOLE = {
    "f": re.compile(r"\{([^{}\n]{0,200})\}"),
    "template": re.compile(r"\$\{([^{}\n]{0,200})\}"),
    "powershell": re.compile(r"\$(?:env:)?(\w++)|\$\{(?:env:)?(\w++)\}", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Token:
    """`value`: the text of a string, the number, the name, the sign. A string with holes has its parts in `holes`."""

    kind: TokenKind
    value: Any
    holes: tuple[tuple[bool, str], ...] = ()


def tokens(text: str, language: Language) -> Iterator[Token]:
    shapes = _POWERSHELL if language == "powershell" else _CODE
    for found in shapes.finditer(text):
        kind = str(found.lastgroup)
        if kind == "skip":
            continue
        raw = found[kind]
        if kind == "number":
            yield Token("number", _number(raw))
        elif kind == "web":
            yield Token("text", raw)
        elif kind in ("quoted", "triple", "template", "here"):
            yield _string(found, kind, language)
        else:
            yield Token(_KINDS[kind], raw)


_KINDS: dict[str, TokenKind] = {"name": "name", "option": "option", "line": "line", "mark": "mark"}


def _string(found: re.Match[str], kind: str, language: Language) -> Token:
    raw = found[kind]
    if language == "powershell":
        return _powershell(raw, kind)
    prefix = found["prefix"] or ""
    size = 3 if kind == "triple" else 1
    inner = raw[size : -size if raw.endswith(raw[:size]) and len(raw) >= 2 * size else None]
    read = inner if "r" in prefix.lower() else unescaped(inner)
    holes = "template" if kind == "template" else "f" if "f" in prefix.lower() else None
    return Token("text", read, _holes(read, holes) if holes else ())


def _powershell(raw: str, kind: str) -> Token:
    if kind == "here":
        inner = raw.partition("\n")[2]
        # What is not closed ends with the text.
        inner = inner[:-3].removesuffix("\r") if inner.endswith(('\n"@', "\n'@")) else inner
        return Token("text", inner, _holes(inner, "powershell") if raw[1] == '"' else ())
    inner = raw[1 : -1 if raw.endswith(raw[0]) and len(raw) > 1 else None]
    if raw[0] == "'":
        return Token("text", inner.replace("''", "'"))
    # A backtick before the dollar keeps it: such a string is taken as it is.
    holes = () if "`$" in inner else _holes(inner, "powershell")
    return Token("text", ticked(inner), tuple((hole, part if hole else ticked(part)) for hole, part in holes))


def ticked(text: str) -> str:
    """A double-quoted string of PowerShell without its escapes; \\" is no escape there, and is written all the same."""
    letters = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
    return _TICK.sub(lambda found: letters.get(found[1], found[1]) if found[1] else '"', text)


def unescaped(text: str) -> str:
    """A string of C's kin without its escapes; an escape that is none stays as it is written."""
    if "\\" not in text:
        return text
    return text_of(_ESCAPE.sub(_character, text))


def _character(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3] or found[4]
    if code is not None:
        number = int(code, 16)
        return chr(number) if number < 0x110000 else "\ufffd"
    return "" if found[5] else _LETTERS.get(found[6], found[6])


def _holes(text: str, language: str) -> tuple[tuple[bool, str], ...]:
    """(is it a hole, its text or name) one after the other; empty where there is no hole."""
    parts: list[tuple[bool, str]] = []
    at = 0
    for found in _HOLE[language].finditer(text):
        parts += [(False, text[at : found.start()]), (True, str(found[found.lastindex or 0]).strip())]
        at = found.end()
    return (*parts, (False, text[at:])) if parts else ()


def _number(raw: str) -> int | float | None:
    """None for what is longer than any number of a request."""
    plain = raw.replace("_", "")
    if len(plain) > 40:
        return None
    return int(plain) if plain.isdecimal() else float(plain)
