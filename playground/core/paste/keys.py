"""What stands where a key belongs, and is none: variables, names to be replaced, words that mean "no key"."""

from __future__ import annotations

import re
from typing import Literal

from playground.core.redact import redact

KeyState = Literal["key", "placeholder", "none", "unusable"]

_LONGEST = 4_096
# Variables of shells, of templates and of documents; the name is whatever group matched.
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"\$\{?(?:env:)?(\w+)(?::?[-=?+][^}]*)?\}?",
        r"\$\((.*)\)",
        r"\$\{([^{}]*)\}",
        r"%(\w+)%",
        r"!(\w+)!",
        r"<([^<>]*)>",
        r"\{+\s*([^{}]*?)\s*\}+",
        r"\[([^\[\]]*)\]",
        r"__(\w+)__",
        r"([A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET))",
        r"(?i)((?:your|my|insert|replace|enter|put|add)[-_ ].*)",
        r"(?i)(.*your[-_ ]?(?:api|access|auth|secret)?[-_ ]?(?:key|token).*)",
        r"(?i)((?:api|access|auth|bearer|secret)?[-_ ]?(?:key|token|secret)(?:[-_ ]?here)?|changeme)",
    )
)
_ELLIPSIS = re.compile(r"\.\.\.|…|\*\*\*|•••|(?i:x{5})|(?i:^(?:sk-)?x{3,}$)")
_NO_KEY = frozenset(
    (
        "empty", "none", "null", "dummy", "unused", "fake", "fake-key", "no-key", "nokey", "no_key",
        "not-needed", "notneeded", "not_needed", "na", "n/a", "-", "x", "sk-xxx", "no-key-required",
        "sk-no-key-required", "not-required", "ollama", "lm-studio",
    )
)  # fmt: skip
# What a name may look like to be repeated: a key that was put where a name belongs must not be.
_NAME = re.compile(r"[A-Za-z_][A-Za-z_ .-]{0,50}\d{0,2}")
_IN_ADDRESS = re.compile(
    r"\$\{[^{}/]{1,80}\}|\$\w{1,80}|%[A-Z_]{3,80}%|<[^<>/]{1,80}>|\{{1,2}[^{}/]{1,80}\}{1,2}|(?i:\byour[-_][\w-]{1,80})"
    r"|(?i:\bx{4,}\b)"
)


def key_state(text: str) -> KeyState:
    """What a value is that stands where a key belongs. `unusable`: no header could carry it."""
    if text.lower() in _NO_KEY or not text:
        return "none"
    if placeholder(text) is not None:
        return "placeholder"
    if len(text) > _LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        return "unusable"
    return "key"


def placeholder(text: str) -> str | None:
    """The name that is to be replaced by a value; "" where it has none worth repeating; None for a real value."""
    if len(text) > 200:
        return None
    for shape in _SHAPES:
        if found := shape.fullmatch(text):
            name = found[1].strip()
            return name if repeatable(name) else ""
    return "" if _ELLIPSIS.search(text) else None


def bare(text: str) -> str:
    """A key without what people put around it: quotes, and brackets that hold a real key and not a name."""
    text = text.strip(" \t\r\n\"'`“”‘’,;\u200b\ufeff\u00a0")
    inner = text[1:-1] if text[:1] + text[-1:] in ("<>", "[]", "{}") else ""
    return inner if inner and " " not in inner and not repeatable(inner) and len(inner) >= 16 else text


def repeatable(name: str) -> bool:
    """Whether a name may be shown: it is no key that was put in a name's place."""
    return _NAME.fullmatch(name) is not None and redact(name) == name


def placeholder_in(address: str) -> str | None:
    """The part of an address that is to be replaced, as it stands there."""
    found = _IN_ADDRESS.search(address)
    return None if found is None else found[0]
