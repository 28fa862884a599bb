"""Takes known secrets out of what goes over the wire for an answer: out of a body as JSON, out of a stream as it comes.

What is left must still be what was sent, so a secret is only looked for where it can be told from a word: a key "test"
would take a part of every "latest" away, and hide nothing from whoever can try words. Elsewhere, in what others say of
an error, `redact` masks those too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from playground.core.secret import MASK, Secret

# Characters from which on a secret is one whatever it is made of. Of fewer, only letters or only digits are as likely a
# word or a number that somebody says.
_LONG, _SHORTEST = 8, 4


def can_be_told(value: str) -> bool:
    """Whether a secret is not as likely an ordinary word or number."""
    if len(value) >= _LONG:
        return True
    return len(value) >= _SHORTEST and not (value.isalpha() or value.isdigit())


def values_of(secrets: Iterable[Secret]) -> tuple[str, ...]:
    """Those that can be told from words, longer ones first: one may be part of another."""
    values = {secret.reveal() for secret in secrets}
    return tuple(sorted(filter(can_be_told, values), key=len, reverse=True))


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with each text in it changed, names of fields too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): mapped(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [mapped(each, change) for each in value]
    return value


def masked_text(text: str, values: Iterable[str]) -> str:
    """A text without these values."""
    for value in values:
        text = text.replace(value, MASK)
    return text


def masked_body(data: bytes, values: tuple[str, ...]) -> tuple[bytes, bool]:
    """A JSON body whose texts are without these values, and whether any was there. It is JSON as before, and the same
    byte for byte where there was none."""
    if not any(form in data for value in values for form in _forms(value)):
        return data, False
    try:
        before = json.loads(data)
    except (ValueError, RecursionError):
        return Masker(values).whole(data), True
    after = mapped(before, lambda text: masked_text(text, values))
    if after == before:
        return data, False
    made = json.dumps(after, ensure_ascii=False, separators=(",", ":"))
    return made.encode("utf-8", "surrogatepass"), True


class Masker:
    """Masks values in bytes that come piece by piece, however JSON writes them and wherever they are cut.

    What may be the beginning of one is held back until more has come. It keeps the values: a secret that is forgotten
    while an answer comes is masked all the same.
    """

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value)}
        self._forms = sorted(forms, key=len, reverse=True)
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What can be given on of what has come so far."""
        if not self._forms:
            return data
        data = self._held + data
        cut = self._cut(data)
        self._held = data[cut:]
        return self.whole(data[:cut])

    def rest(self) -> bytes:
        """What was held back: nothing more comes."""
        held, self._held = self._held, b""
        return self.whole(held)

    def whole(self, data: bytes) -> bytes:
        """Bytes of which nothing more comes."""
        for form in self._forms:
            data = data.replace(form, MASK.encode())
        return data

    def _cut(self, data: bytes) -> int:
        """Where the end begins that has to wait: it may be a secret's beginning."""
        cut = len(data)
        for form in self._forms:
            at = data.find(form[:1], max(0, len(data) - len(form) + 1))
            while 0 <= at < cut:
                if form.startswith(data[at:]):
                    cut = at
                at = data.find(form[:1], at + 1)
        # A whole one that ends in that end stays whole.
        return min((self._across(form, data, cut) for form in self._forms), default=cut) if cut < len(data) else cut

    @staticmethod
    def _across(form: bytes, data: bytes, cut: int) -> int:
        at = data.find(form, max(0, cut - len(form) + 1))
        return at if 0 <= at < cut else cut


def _forms(value: str) -> set[bytes]:
    """How a value may stand in JSON: as it is, escaped, and with the slashes escaped that some escape."""
    made = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    made |= {form.replace("/", r"\/") for form in made}
    return {form.encode("utf-8", "surrogatepass") for form in made}
