"""Masks what must not be shown in a text that somebody else wrote: known secrets, and whatever looks like one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from playground.core.named import named
from playground.core.secret import MASK, Secret

# Below this a "secret" is as likely a word, and masking it would garble the text without hiding anything.
_SHORTEST = 4
# What a text has that any of them can be in, in lower case, so that most are not searched for; and what they look like.
# Texts come from anybody, and are long: each shape must take a time that grows as the text does, and no faster.
_SHAPES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    # Keys by their makers' prefixes: OpenAI and its kin, Hugging Face, GitHub, NVIDIA, Groq, xAI, Google, AWS, FlexAI.
    (("sk-", "rk-", "pk-"), re.compile(r"\b(?:sk|rk|pk)-[A-Za-z0-9_*-]{8,}")),
    (
        ("hf_", "hf-", "nvapi", "gsk", "xai", "ghp", "gho", "ghs", "github_pat", "flex", "glpat"),
        # An option's name, --hf-token-secret, is none, nor is a name of vLLM's own.
        re.compile(
            r"(?<!--)\b(?!hf_(?:config|overrides|transfer|token)|flex_attention)"
            r"(?:hf|nvapi|gsk|xai|ghp|gho|ghs|github_pat|flex|glpat)[_-][A-Za-z0-9_*-]{8,}"
        ),
    ),
    (("aiza",), re.compile(r"\bAIza[A-Za-z0-9_-]{20,}")),
    (("akia", "asia"), re.compile(r"\bA(?:K|S)IA[A-Z0-9]{12,}")),
    # It begins where none of its own letters stand before it: after a hyphen, as `\b` has it, each "eyJ-" of a row of
    # them would be looked at to the row's end, and a long row would take minutes.
    (("eyj",), re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")),
    # What follows a word that says so; what follows a name is found by `named`.
    (("bearer ",), re.compile(r"(?i)(?<=bearer )[^\s\"',;]{6,}")),
    (("basic ",), re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}")),
    (("cookie:",), re.compile(r"(?i)(?P<name>\bcookie: ?)(?P<value>\S.*)")),
    # A password in an address.
    (("://",), re.compile(r"(?P<name>://[^\s/@:]{0,100}:)(?P<value>[^\s/@]{1,200})(?=@)")),
)


def without(data: bytes, secrets: Iterable[Secret]) -> bytes:
    """Bytes without the secrets that are known, however JSON has them: for what else is to stay as it is."""
    values = {secret.reveal() for secret in secrets}
    for value in sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True):
        for form in {value, json.dumps(value)[1:-1]}:
            data = data.replace(form.encode("utf-8", "surrogatepass"), MASK.encode())
    return data


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text with every secret masked. Longer secrets go first: one may be part of another."""
    values = {secret.reveal() for secret in secrets}
    for value in sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(value, MASK)
    lowered = text.lower()
    for signs, shape in _SHAPES:
        for sign in signs:
            if sign in lowered:
                text = shape.sub(_masked, text)
                break
    lowered = text.lower()
    spans = named(text, lowered if len(lowered) == len(text) else "".join(map(_lower, text)))
    return _without(text, spans) if spans else text


def _lower(sign: str) -> str:
    """A few letters are two in lower case."""
    return sign.lower() if sign.isascii() else sign


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept, at = [], 0
    for start, end in sorted(spans):
        if start >= at:
            kept += [text[at:start], MASK]
        at = max(at, end)
    return "".join([*kept, text[at:]])


def _masked(found: re.Match[str]) -> str:
    return f"{found['name']}{MASK}" if "name" in found.re.groupindex else MASK
