"""Where values come from: options, the environment, a TOML file. Raw values, each with the place it was found.

Not here: what values may be (`settings_table.py`), what is made of them (`settings.py`).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from playground.adapters.settings_table import PREFIX, TABLE
from playground.core.errors import SettingsError

Origin = Literal["option", "environment", "file", "default"]

ENDPOINTS = "endpoints"
# Settings that name a file or folder. In the settings file a relative one starts at the folder of that file.
PATHS = frozenset({"api_key_file", "ca_file", "gguf", "state_dir"})
# What is set for every container beside a service named "playground"; no setting of ours.
_SERVICE_LINK = re.compile(PREFIX + r"(SERVICE_|PORT_\d)")


@dataclass(frozen=True, slots=True)
class Layer:
    """The raw values of one source. `where` tells of each, in words, where it stands."""

    origin: Origin
    values: Mapping[str, Any]
    where: Mapping[str, str]
    endpoints: tuple[Mapping[str, Any], ...] = ()
    file: Path | None = None
    notices: tuple[str, ...] = field(default=())


def from_options(options: Mapping[str, Any]) -> Layer:
    """The options that were given; their names are the settings' names."""
    shown = {setting.name: "--" + setting.name.replace("_", "-") for setting in TABLE}
    return Layer("option", MappingProxyType(dict(options)), shown)


def from_environment(environ: Mapping[str, str]) -> Layer:
    """The variables that are set. An empty one counts as not set, as Compose files and shells leave them."""
    names = {setting.env: setting.name for setting in TABLE}
    values = {name: environ[env] for env, name in names.items() if environ.get(env, "").strip()}
    return Layer(
        "environment",
        MappingProxyType(values),
        {name: env for env, name in names.items()},
        notices=tuple(_unknown_variables(environ, names)),
    )


def from_file(file: Path | None, where: str = "") -> Layer:
    """The settings file; `where` says who named it. None: there is none.

    Raises `SettingsError` where it cannot be read, is not TOML, or holds a name that is no setting's.
    """
    if file is None:
        return Layer("file", {}, {})
    content = _parsed(file, where)
    known = [setting.name for setting in TABLE if setting.row.in_file]
    for name in content:
        if name != ENDPOINTS and name not in known:
            raise unknown_name(name, [*known, ENDPOINTS], str(file))
    endpoints = content.pop(ENDPOINTS, [])
    if not isinstance(endpoints, list) or not all(isinstance(each, dict) for each in endpoints):
        raise SettingsError(f"{ENDPOINTS} in {file} is not a list.", "Begin each endpoint with [[endpoints]].")
    return Layer(
        "file",
        _from_its_folder(content, file),
        {name: f"{name} in {file}" for name in known},
        tuple(_from_its_folder(each, file) for each in endpoints),
        file,
    )


def unknown_name(name: str, known: Iterable[str], where: str) -> SettingsError:
    """The error for a name that is no setting's, with the nearest one that is."""
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)[0]
    return SettingsError(f"{name!r} in {where} is no setting.", f"The nearest is {nearest!r}.")


def _parsed(file: Path, where: str) -> dict[str, Any]:
    said = f"The settings file {file}" + (f" ({where})" if where else "")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{said} cannot be read: {error.strerror or 'no reason given'}.", "Give a TOML file that can."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{said} is not UTF-8 text.", "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"{said} is not valid TOML: {error}.", 'Lines look like port = 8000, text stands in "quotes".'
        ) from None


def _from_its_folder(values: Mapping[str, Any], file: Path) -> Mapping[str, Any]:
    def placed(name: str, value: Any) -> Any:
        if name in PATHS and isinstance(value, str) and not value.startswith("~"):
            return str(file.absolute().parent / value)
        return value

    return MappingProxyType({name: placed(name, value) for name, value in values.items()})


def _unknown_variables(environ: Mapping[str, str], known: Iterable[str]) -> Iterable[str]:
    known = tuple(known)
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and not _SERVICE_LINK.match(name):
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            yield f"{name} is no setting and is not used. The nearest is {nearest}."
