"""Foreign values, nested as they come, as short lines of text; what a key calls a secret is masked.

By the names of keys, as `secret_names` knows them. What looks like a secret by itself is `redact`'s, which goes over
each text here as well. Whatever the size of a value, no more of it is worked through than twice what is shown.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from playground.core.redact import redact, without
from playground.core.secret import MASK, Secret
from playground.core.secret_names import is_secret, kind

# Lines of one source, characters of one value, and levels below each other; what goes beyond is said, not shown.
MOST, LONGEST, DEEPEST = 300, 2_000, 12
# Characters of all values of one source, and of one key: a longer one is no name, and what it holds is not shown.
MOST_TEXT, LONGEST_KEY = 100_000, 200
# What ends in "name" says which secret, not what it is.
_NAMES = re.compile(r"names?$")
# What holds secrets by their names: everything below it is one.
_HOLDERS = frozenset({"secrets", "credentials", "passwords", "apikeys", "tokens", "secretdata"})
_OPTION = re.compile(r"--?[A-Za-z][\w.-]*")
# A number with fewer digits is a count.
_FEWEST_DIGITS = 4


def lines(value: Any, limit: int = MOST, secrets: Iterable[Secret] = ()) -> Iterator[tuple[str, str]]:
    """Dotted keys and their values as text, in their order. An item of a list is named by its number.

    None is left out: nothing is said. A list of plain values is one line. `secrets` are masked wherever they stand.
    """
    known = tuple(secrets)
    left = MOST_TEXT
    for count, (key, text) in enumerate(_lines("", value, known, hidden=False, depth=0)):
        left -= len(text)
        if count == limit or left < 0:
            yield "…", "There is more, which is not shown."
            return
        # By its shape alone a key, `hf_config_path`, is no secret.
        yield without(key.encode("utf-8", "surrogatepass"), known).decode("utf-8", "surrogatepass"), text


def text_of(value: Any, key: str = "", secrets: Iterable[Secret] = ()) -> str | None:
    """A plain value, or a list of them, as one line; None where it is none."""
    if _is_hidden(key, value):
        return MASK
    if isinstance(value, list) and value and all(_plain(each) for each in value):
        args = all(isinstance(each, str) for each in value) and any(str(each).startswith("-") for each in value)
        told, whole = _begun(value, len(" ") if args else len(", "))
        return _cut(command(told, secrets) if args else redact(", ".join(told), secrets), whole)
    if value is None or not _plain(value):
        return None
    text = _words(value)
    return _cut(arguments(text[: 2 * LONGEST], secrets), len(text))


def arguments(text: str, secrets: Iterable[Secret] = ()) -> str:
    """A command line as one text, the secrets in it masked; another text just without what looks like a secret."""
    if not _OPTION.search(text):
        return redact(text, secrets)
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = text.split()
    shown = _masked(parts)
    # As it was written, where nothing has to be hidden.
    return redact(text, secrets) if shown == parts else command(parts, secrets)


def command(parts: Sequence[str], secrets: Iterable[Secret] = ()) -> str:
    """Arguments as one line that a shell would take, the secrets in them masked."""
    return redact(" ".join(part if MASK in part else shlex.quote(part) for part in _masked(parts)), secrets)


def _masked(parts: Sequence[str]) -> list[str]:
    shown: list[str] = []
    # Whether an option says of what follows, up to the next one, that it is secret: some take several keys.
    hide = False
    for part in parts:
        name, given, value = part.partition("=")
        option = _OPTION.fullmatch(name) is not None
        secret = is_secret(name)
        if option:
            hide = secret and not given
        if not option and hide:
            shown.append(MASK)
        else:
            shown.append(f"{name}={MASK}" if secret and given and (value or option) else part)
    return shown


def _lines(key: str, value: Any, secrets: tuple[Secret, ...], *, hidden: bool, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        yield key, "…"
    elif isinstance(value, Mapping):
        # How Kubernetes writes what is set for a process: the name stands beside the value.
        beside = value.get("name") or value.get("key")
        named = isinstance(beside, str) and is_secret(beside)
        for name, inner in value.items():
            called = name if len(name) <= LONGEST_KEY else f"{name[:LONGEST_KEY]}…"
            below = f"{key}.{called}" if key else called
            secret = hidden and not _NAMES.search(str(name).lower())
            secret = secret or (named and name == "value") or _holds(str(name), inner)
            yield from _lines(below, inner, secrets, hidden=secret, depth=depth + 1)
    elif isinstance(value, list) and not all(_plain(each) for each in value):
        for number, inner in enumerate(value):
            below = f"{key}.{number}" if key else str(number)
            yield from _lines(below, inner, secrets, hidden=hidden, depth=depth + 1)
    else:
        last = key.rpartition(".")[2]
        text = text_of(value, last, secrets)
        if text is not None:
            yield key, MASK if hidden and _hides(value) else text


def _is_hidden(key: str, value: Any) -> bool:
    how = kind(key)
    return how is not None and value != "" and _hides(value) and (how == "sure" or isinstance(value, str))


def _hides(value: Any) -> bool:
    """Whether a value can be a secret: a switch, or a small number, is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return sum(sign.isdigit() for sign in str(value)) >= _FEWEST_DIGITS
    return not isinstance(value, bool)


def _holds(name: str, inner: Any) -> bool:
    """Whether a key stands for secrets below it: of several by their names, or of one in a list or a table."""
    run = "".join(sign for sign in name if sign.isalpha()).lower()
    return run in _HOLDERS or (isinstance(inner, list | Mapping) and is_secret(name))


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _begun(values: Sequence[Any], gap: int) -> tuple[list[str], int]:
    """The first of a list of plain values as text, no more than can be shown; and how long all would be, with a gap of
    so many characters between them."""
    told, room, whole = [], 2 * LONGEST, -gap
    for value in values:
        if value is not None:
            text = _words(value)
            whole += len(text) + gap
            if room > 0:
                told.append(text[:room])
                room -= len(text) + gap
    return told, whole


def _cut(masked: str, whole: int) -> str:
    """What is shown of a text of which `whole` characters came, and the beginning was masked. Where that was not all,
    half a secret may stand at its end, which nobody can know for one: as much as is shown at most is left out there."""
    if whole > 2 * LONGEST:
        masked = masked[: max(0, len(masked) - LONGEST)]
    elif len(masked) <= LONGEST:
        return masked
    shown = masked[:LONGEST]
    return f"{shown}… ({max(whole, len(masked)) - len(shown):,} characters more)"
