"""Where in a text a secret stands behind its name: `name=value`, `"name": "value"`, `--name value value`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playground.core.secret_names import STEMS, kind

_SIGN = r"\\*[\"']?[ \t]*(?:=>|:=|[:=])[ \t]*"
# From what makes a name that of a secret, in lower case. The quote may be escaped: JSON within JSON.
_CALLED = tuple((stem, re.compile(rf"{stem}[\w.-]{{0,40}}{_SIGN}")) for stem in STEMS)
_NAME = re.compile(r"[\w.-]+")
# The longest name that is read, and where the word before it begins at the latest: "API key: …".
_FAR, _WORD_BEFORE = 80, re.compile(r"[A-Za-z]{1,20} \Z")
# What opens a value: a call such as SecretStr('…'), a list, a quote.
_OPENING = re.compile(r"(?:\w{1,40}\((?=[\"']))?(?P<list>[\[(])?(?P<quote>\\*[\"'])?")
_SCHEME = re.compile(r"(?i)(?:bearer|basic|token|digest|negotiate|apikey) +")
# What is shorter is as likely a word.
_SHORTEST = 4
# What is longer is no list of keys; and each of a row of lists without an end would be looked at to the text's end.
_LONGEST_LIST = 4_096
_BARE = re.compile(r"[^\s\"',;&]{4,}")
# A count of tokens is called so as well, and so are a model's own marks: a key is longer, and has no brackets.
_LIKELY = re.compile(r"[^\s\"'\\,;&<>(){}\[\]|]{8,}")
_QUOTED = {
    '"': re.compile(r'(?:\\.|[^"\\\n]){4,}(?=")'),
    "'": re.compile(r"(?:\\.|[^'\\\n]){4,}(?=')"),
    '\\"': re.compile(r'[^"\\\n]{4,}(?=\\+")'),
    "\\'": re.compile(r"[^'\\\n]{4,}(?=\\+')"),
}
_NOTHING = re.compile(r"(?i)(?:none|null|true|false)(?![^\s\"',;&)\]}])")
# An option, alone or in a list of arguments, and a word that follows it.
_OPTION = re.compile(r"-(?P<name>[a-z][\w.-]*)(?P<by>[\"'],?[ \t]*|=|[ \t]+)")
_ARGUMENT = re.compile(
    r"[ \t,]*(?:\"(?!-)(?P<double>[^\"\n]{4,})\"|'(?!-)(?P<single>[^'\n]{4,})'|(?P<bare>(?!-)[^\s\"',;&]{4,}))"
)
# Behind these a sentence goes on, and no list of arguments.
_ENDS = (".", ":", ")", "]", "}")


def named(text: str, lowered: str) -> list[tuple[int, int]]:
    """The places of values, as start and end, in no order; they may overlap. `lowered`: the text in lower case."""
    spans: list[tuple[int, int]] = []
    hit = False
    for stem, called in _CALLED:
        if stem in lowered:
            hit, beyond = True, 0
            for found in called.finditer(lowered):
                # Within a value that is masked already there is nothing to find: a hostile line would take for ever.
                if found.start() >= beyond and (span := _behind_sign(text, found.start(), found.end())):
                    spans.append(span)
                    beyond = span[1]
    if hit and "-" in lowered:
        for found in _OPTION.finditer(lowered):
            spans += _behind_option(text, found)
    return spans


def _behind_sign(text: str, stem: int, at: int) -> tuple[int, int] | None:
    begin = stem
    while begin > max(0, stem - _FAR) and (text[begin - 1].isalnum() or text[begin - 1] in "_.-"):
        begin -= 1
    name = _NAME.match(text, begin)
    how = kind(name[0]) if name else None
    if how != "sure" and begin and text[begin - 1] == " ":
        before = _WORD_BEFORE.search(text, max(0, begin - 21), begin)
        how = "sure" if before and name and kind(before[0] + name[0]) == "sure" else how
    return _value(text, at, sure=how == "sure") if how in ("sure", "likely") else None


def _value(text: str, at: int, *, sure: bool) -> tuple[int, int] | None:
    opening = _OPENING.match(text, at)
    assert opening is not None  # it may be empty
    at = opening.end()
    quote = opening["quote"] and opening["quote"][-2:]
    if _NOTHING.match(text, at):
        return None
    scheme = _SCHEME.match(text, at)
    at = scheme.end() if scheme else at
    if sure and opening["list"] and (end := _list_end(text, at, opening["list"])):
        return at, end
    found = (_QUOTED[quote].match(text, at) if sure and quote else None) or (_BARE if sure else _LIKELY).match(text, at)
    return found.span() if found else None


def _list_end(text: str, at: int, opening: str) -> int | None:
    """Where the last value of a list ends, in front of its quote; None where there is none on this line."""
    end = text.find("]" if opening == "[" else ")", at, at + _LONGEST_LIST)
    if end < 0 or text.find("\n", at, end) >= 0:
        return None
    end = len(text[at:end].rstrip("\"'\\")) + at
    return end if end - at >= _SHORTEST else None


def _behind_option(text: str, found: re.Match[str]) -> Iterator[tuple[int, int]]:
    begin = found.start()
    dashes = "-"
    if begin and text[begin - 1] == "-":
        begin, dashes = begin - 1, "--"
    if begin and (text[begin - 1].isalnum() or text[begin - 1] in "_-."):
        return
    if kind(dashes + text[found.start("name") : found.end("name")]) is None:
        return
    at = found.end()
    while word := _ARGUMENT.match(text, at):
        group = word.lastgroup or ""
        yield word.span(group)
        at = word.end()
        if found["by"] == "=" or (group == "bare" and word["bare"].endswith(_ENDS)):
            return
