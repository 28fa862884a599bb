"""The settings in force: options, then the environment, then a TOML file, then defaults.

Not here: the table of settings (`settings_table.py`), reading the sources (`settings_layers.py`), what becomes of URLs
and keys (`settings_endpoints.py`).
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from playground.adapters.settings_endpoints import Found, find_endpoints
from playground.adapters.settings_layers import Layer, Origin, from_environment, from_file, from_options
from playground.adapters.settings_table import TABLE, Given, Settings
from playground.adapters.settings_types import expanded
from playground.adapters.user_folders import config_folder, state_folder
from playground.core.access import Audience, Part, audiences
from playground.core.addresses import Reach, reach_of
from playground.core.endpoint import parse_base_url
from playground.core.errors import SettingsError
from playground.core.secret import MASK

__all__ = ["Loaded", "Settings", "Shown", "current", "load_settings", "parts_shown", "put_in_force", "typed_reach"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting in words, its secret masked: its name, its value, and where that was given."""

    name: str
    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and how they came about. `notices` are sentences to be said to the operator once."""

    settings: Settings
    origins: Mapping[str, Origin]
    notices: tuple[str, ...]
    file: Path | None
    found: tuple[Found, ...]
    shown: tuple[Shown, ...]


def load_settings(options: Mapping[str, Any], environ: Mapping[str, str]) -> Loaded:
    """Reads every source. `options` holds the given ones by setting name. Raises `SettingsError`."""
    first = (from_options(options), from_environment(environ))
    layers = (*first, _file_layer(first, environ))
    places = {
        setting.name: next((layer for layer in layers if setting.name in layer.values), None) for setting in TABLE
    }
    given = _validated(places)
    found, said = find_endpoints(given, layers, environ)
    chosen = {name: getattr(given, name) for name in Settings.model_fields}
    settings = Settings(
        **chosen | {"endpoints": tuple(each.endpoint for each in found), "state_dir": _state_dir(given, environ)}
    )
    return Loaded(
        settings,
        {name: layer.origin if layer else "default" for name, layer in places.items()},
        (*(notice for layer in layers for notice in layer.notices), *said),
        layers[-1].file,
        found,
        tuple(_shown(places, given)),
    )


_in_force: Loaded | None = None


def put_in_force(loaded: Loaded) -> None:
    """From now on `current()` gives these: called by the launcher, before the app is loaded by its path."""
    global _in_force
    _in_force = loaded


def current() -> Settings:
    """The settings the launcher has put in force; under `chainlit run`, those of the environment and the file.

    There a wrong setting ends the process with one line and exit code 2: nothing above would say it as clearly.
    """
    loaded = _in_force
    if loaded is None:
        loaded = _loaded_alone()
        put_in_force(loaded)
    return loaded.settings


def typed_reach(settings: Settings, *, loopback: bool) -> Reach | None:
    """Where an endpoint may be that a visitor types; None where no visitor may type one.

    `loopback`: whether the app can be reached from this machine only, by the address that it really listens on.
    """
    if settings.lock:
        return None
    usual = ("public", "private") if loopback else ("public",)
    return reach_of(usual if settings.typed_addresses is None else settings.typed_addresses)


def parts_shown(settings: Settings, *, loopback: bool) -> dict[Part, Audience]:
    """Who sees each part beside the chat. `loopback` as in `typed_reach`."""
    chosen: dict[Part, Audience | None] = {
        "details": settings.show_details,
        "metrics": settings.show_metrics,
        "logs": settings.show_logs,
        "request": settings.show_request,
        "requests": settings.show_requests,
    }
    return audiences(chosen, loopback=loopback, locked=settings.lock)


def _loaded_alone() -> Loaded:
    try:
        loaded = load_settings({}, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error.what} {error.hint}\n")
        raise SystemExit(2) from None
    sys.stderr.writelines(f"{notice}\n" for notice in loaded.notices)
    return loaded


def _file_layer(layers: Sequence[Layer], environ: Mapping[str, str]) -> Layer:
    for layer in layers:
        if "config" in layer.values:
            try:
                file = expanded(str(layer.values["config"]))
            except ValueError:
                raise _wrong("config", {"config": layer}) from None
            return from_file(Path(str(file)), layer.where["config"])
    folder = config_folder(environ)
    usual = folder / "config.toml" if folder is not None else None
    return from_file(usual if usual is not None and usual.is_file() else None)


def _validated(places: Mapping[str, Layer | None]) -> Given:
    raw = {name: layer.values[name] for name, layer in places.items() if layer is not None}
    try:
        given = Given.model_validate(raw)
    except ValidationError as error:
        raise _wrong(str(error.errors(include_url=False)[0]["loc"][0]), places) from None
    if given.gguf is not None and not given.gguf.is_file():
        raise _wrong("gguf", places)
    if given.ca_file is not None and not _holds_certificates(given.ca_file):
        raise _wrong("ca_file", places)
    return given


def _holds_certificates(file: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError:
        return False
    return True


def _wrong(name: str, places: Mapping[str, Layer | None]) -> SettingsError:
    row = next(setting.row for setting in TABLE if setting.name == name)
    layer = places[name]
    if layer is None:
        raise LookupError(f"the default of {name} is wrong")
    value = MASK if name == "api_key" else repr(layer.values[name])[:120]
    hint = f"It takes {row.takes}."
    if layer.origin == "environment" and "://" in value and name == "port":
        # A service named "playground" in the same Kubernetes namespace sets this very name.
        hint += " In Kubernetes, set enableServiceLinks: false."
    return SettingsError(f"{layer.where[name]} is {value}.", hint)


def _state_dir(given: Given, environ: Mapping[str, str]) -> Path:
    folder = given.state_dir or state_folder(environ)
    if folder is None:
        raise SettingsError(
            "No folder is known to keep the app's state in: this user has no home folder.",
            "Name one with --state-dir or PLAYGROUND_STATE_DIR.",
        )
    return folder.absolute()


def _shown(places: Mapping[str, Layer | None], given: Given) -> Sequence[Shown]:
    def words(name: str, default: str) -> str:
        value = getattr(given, name)
        if places[name] is None:
            return default
        if name == "api_key":
            return MASK
        if name == "endpoint_url":
            return parse_base_url(value)
        if isinstance(value, tuple):
            return ", ".join(value)
        return str(int(value)) if isinstance(value, bool) else str(value)

    return [
        Shown(
            setting.name,
            words(setting.name, setting.default),
            layer.where[setting.name] if (layer := places[setting.name]) is not None else "default",
        )
        for setting in TABLE
    ]
