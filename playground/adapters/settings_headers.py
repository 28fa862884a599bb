"""An endpoint's own headers, as the settings file gives them: which names and values can be sent with a request."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import SecretStr

from playground.core.errors import SettingsError
from playground.core.secret import Secret

_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
# What each request sets itself, from its address and its body; another value would break it, or lead it elsewhere.
_SET = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def checked_headers(given: Mapping[str, SecretStr], where: str, key: Secret | None) -> tuple[tuple[str, Secret], ...]:
    """Names in lower case, each once, with values that a header can hold.

    Raises `SettingsError`, which shows no value: also for a header that would take the place of one of the request's
    own, the key's included.
    """
    found: dict[str, Secret] = {}
    for written, value in given.items():
        name = written.strip().lower()
        if not _NAME.fullmatch(name):
            raise SettingsError(f"{written[:120]!r} in {where} is no header's name.", "A name looks like X-Team.")
        if name in _SET or name.startswith("proxy-"):
            raise SettingsError(f"{written} in {where} cannot be set.", "Each request sets it by itself.")
        if name == "authorization" and key is not None:
            raise SettingsError(
                f"{where} has Authorization, and the endpoint has a key, which is sent as that.", "Give one of them."
            )
        if name in found:
            raise SettingsError(f"{written} in {where} is given twice.", "Give it once; capitals make no difference.")
        found[name] = _value(value.get_secret_value(), f"{written} in {where}")
    return tuple(found.items())


def _value(text: str, where: str) -> Secret:
    text = text.strip()
    if not text or not text.isascii() or not text.isprintable():
        raise SettingsError(f"{where} holds nothing that a header can hold.", "A value is one line of ASCII text.")
    return Secret(text)
