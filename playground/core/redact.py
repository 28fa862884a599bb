"""Masks what must not be shown in a text that somebody else wrote: known secrets, and whatever looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playground.core.secret import MASK, Secret

# Below this a "secret" is as likely a word, and masking it would garble the text without hiding anything.
_SHORTEST = 4
_SHAPES = (
    # Keys by their makers' prefixes: OpenAI and its kin, Hugging Face, GitHub, NVIDIA, Groq, xAI, Google, AWS, FlexAI.
    re.compile(r"\b(?:sk|rk|pk)-[A-Za-z0-9_*-]{8,}"),
    # An option's name, --hf-token-secret, is none.
    re.compile(r"(?<!--)\b(?:hf|nvapi|gsk|xai|ghp|gho|ghs|github_pat|flex|glpat)[_-][A-Za-z0-9_*-]{8,}"),
    re.compile(r"\bAIza[A-Za-z0-9_-]{20,}"),
    re.compile(r"\bAKIA[A-Z0-9]{12,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    # What follows a name that says so.
    re.compile(r"(?i)(?<=bearer )[^\s\"',;]{6,}"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(
        r"(?i)(?P<name>\b(?:api[_-]?key|access[_-]?token|auth[_-]?token|password|passwd|secret|x-api-key|authorization)"
        r"[\"']?\s*[:=]\s*[\"']?)(?!bearer |basic )(?P<value>[^\s\"',;&]{4,})"
    ),
    # A password in an address.
    re.compile(r"(?P<name>://[^\s/@:]{0,100}:)(?P<value>[^\s/@]{1,200})(?=@)"),
)


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text with every secret masked. Longer secrets go first: one may be part of another."""
    values = {secret.reveal() for secret in secrets}
    for value in sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(value, MASK)
    for shape in _SHAPES:
        text = shape.sub(_masked, text)
    return text


def _masked(found: re.Match[str]) -> str:
    return f"{found['name']}{MASK}" if "name" in found.re.groupindex else MASK
