"""An error as the visitors of a locked app may read it: it names neither the endpoint nor its models. Pure."""

from __future__ import annotations

import re
from typing import TypeVar
from urllib.parse import urlsplit

from playground.core.errors import PlaygroundError, UnknownModel

Error = TypeVar("Error", bound=PlaygroundError)
_STANDS_FOR = "the endpoint"


def unnamed(error: Error, base_url: str) -> Error:
    """The same error without its place, its server's own words (which may name anything) and the list of models."""
    # An exception's own way of being copied wants the arguments that it was made with.
    shown = type(error).__new__(type(error))
    shown.__dict__.update(error.__dict__)
    shown.what, shown.hint, shown.said = _without(error.what, base_url), _without(error.hint, base_url), ""
    if isinstance(shown, UnknownModel):
        shown.models = ()
    return shown


def _without(text: str, base_url: str) -> str:
    parts = urlsplit(base_url)
    # Longest first: one is part of another.
    for name in (base_url, f"{parts.scheme}://{parts.netloc}", parts.netloc, parts.hostname or ""):
        if name:
            text = re.sub(rf"{re.escape(name)}(?:[/:][^\s,;)]*[^\s,;).])?", _STANDS_FOR, text, flags=re.IGNORECASE)
    return text[:1].upper() + text[1:]
