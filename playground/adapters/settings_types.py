"""The types of settings: which values each takes, and the form in which it has them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from playground.core.addresses import reach_of


def _listed(value: object) -> object:
    """Several values from one text, separated by commas; a list is left as it is."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _origin(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("not a text")
    scheme, found, host = value.rstrip("/").partition("://")
    if scheme not in ("http", "https") or not found or not host or "/" in host or "@" in host or " " in host:
        raise ValueError("not an origin")
    return f"{scheme}://{host.lower()}"


def _reachable(words: tuple[str, ...]) -> tuple[str, ...]:
    reach_of(words)
    return words


def expanded(value: object) -> object:
    """A path with its ~ followed; what is no path is left as it is. Raises `ValueError`."""
    if not isinstance(value, str | Path):
        return value
    if "\0" in str(value):
        raise ValueError("no file has such a name")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("no such user's home folder") from None


Text = Annotated[str, Field(min_length=1)]
# What an endpoint is called at FlexAI. It becomes an argument of a program: none that it would take for an option.
FlexaiName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
FLEXAI_NAME_TAKES = "the name that the endpoint has at FlexAI: letters, digits, points and hyphens"
Count = Annotated[int, Field(ge=1)]
File = Annotated[Path, BeforeValidator(expanded)]
Origins = Annotated[tuple[Annotated[str, BeforeValidator(_origin)], ...], BeforeValidator(_listed)]

Addresses = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_reachable)]
