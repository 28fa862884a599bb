"""What a secret is called: the one table of it, for keys of foreign data, options of a command line and texts.

By names, since nobody knows the values. A name of a secret is none: `apiKeySecretName` stays.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

# `sure`: whatever stands there is one. `likely`: unless it is short, as a count or a word is. `field`: only where it is
# a key of data or an option, since in a text the word is said of other things too.
Kind = Literal["sure", "likely", "field"]

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# A name's words run together: `apiKey`, `API_KEY`, `api-key`, `apikey` and `API key` are one.
_SURE = re.compile(
    r"passw(or)?d|passphrase|passcode|pwd$|credential|secret|authori[sz]ation|bearer|cookie|connectionstring|connstr"
    r"|(api|access|secret|private|signing|auth|encryption|account|master)keys?$|privatekey|keys?data$"
    r"|(hf|hub|huggingface|auth|access|api|refresh|bearer|session)tokens?$|(github|gitlab|azure)pat$|(dsn|jwt)s?$"
    r"|(db|database|sql|pg|postgres|redis|mongo|user|admin|root|login|sudo|smtp|mail|ftp|ldap|http|auth|ssl|key)pass$"
)
# What says which secret, or where it lies, not what it is.
_ABOUT = re.compile(r"(names?|files?|paths?|dir|directory|url|uri|endpoint|type|length|ttl|expiry|expires)$")
# A model's special tokens, counted tokens, and keys that nothing is opened with.
_PLAIN = frozenset(
    {"bos", "eos", "eot", "eom", "pad", "unk", "sep", "cls", "mask", "nl", "special", "stop", "image", "audio", "video",
     "per", "start", "end", "fim", "prefix", "suffix", "middle", "begin", "boi", "eoi", "thinking", "think", "tool",
     "time", "first", "last", "next", "new", "each", "one", "max", "min", "total", "num", "input", "output", "prompt",
     "draft", "cached", "sampled", "cache", "kv", "public", "primary", "foreign", "sort", "group", "partition", "map",
     "dict", "lookup", "hash", "row", "block", "metric", "state", "layer", "weight", "param", "config", "idempotency",
     "missing", "unexpected", "unknown", "invalid"}
)  # fmt: skip
# Options of a command line that take the name of a secret.
_NAMING = frozenset({"--hf-token-secret", "--api-key-secret"})
# The folder that a process works in.
_FOLDERS = frozenset({"PWD", "OLDPWD"})
# Characters that a name has at most.
LONGEST_NAME = 200
# One of these is in every name of a secret, in lower case.
STEMS = (
    "key",
    "token",
    "secret",
    "pass",
    "pwd",
    "credential",
    "authori",
    "bearer",
    "cookie",
    "conn",
    "dsn",
    "jwt",
    "pat",
)


def is_secret(name: str) -> bool:
    """Whether a name, of a key or of an option with its dashes, says of its value that it is a secret."""
    return kind(name) is not None


def kind(name: str) -> Kind | None:
    """How surely what is called so is a secret; None where it is none. What is too long for a name may hide one."""
    return "sure" if len(name) > LONGEST_NAME else _kind(name)


@lru_cache(4_096)
def _kind(name: str) -> Kind | None:
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    run = "".join(words)
    if not words or _ABOUT.search(run) or name in _NAMING or name in _FOLDERS:
        return None
    *before, last = words
    if _SURE.search(run) or run in ("idtoken", "idtokens") or words[-2:] == ["id", "token"]:
        return "sure"
    if last in ("token", "key", "keys") and not _PLAIN.intersection(before):
        return "likely" if last == "token" or (last == "key" and before) else "field"
    return "field" if run == "pass" or (last == "pat" and before) else None
