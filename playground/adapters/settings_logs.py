"""An endpoint's logs, as the settings file gives them: files and commands, checked when the app starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from playground.adapters.settings_types import FLEXAI_NAME_TAKES, FlexaiName, expanded
from playground.core.errors import SettingsError
from playground.core.log.sources import CommandLog, FileLog, LogSource, flexai

# Each takes memory for its lines, and a command is a process.
MOST = 8
_HINT = (
    'A log is { file = "/var/log/vllm.log" }, { command = ["docker", "logs", "-f", "NAME"] } or { flexai = "NAME" }.'
)

_FLEXAI_NAME: TypeAdapter[str] = TypeAdapter(FlexaiName)


def checked_logs(given: object, where: str, folder: Path | None) -> tuple[LogSource, ...]:
    """One log or a list of them; a relative file starts at `folder`. Raises `SettingsError`."""
    listed = given if isinstance(given, list) else [given]
    if len(listed) > MOST:
        raise SettingsError(f"{where} has {len(listed)} logs.", f"An endpoint has {MOST} at the most.")
    return tuple(_one(each, where, folder) for each in listed)


def _one(given: object, where: str, folder: Path | None) -> LogSource:
    if not isinstance(given, dict):
        raise SettingsError(f"{where} cannot be used.", _HINT)
    kinds = [kind for kind in KINDS if kind in given]
    if len(kinds) != 1:
        raise SettingsError(f"{where} names {'more than one log at once' if kinds else 'no log'}.", _HINT)
    others = set(given) - {kinds[0]} - ({"env"} if kinds[0] == "command" else set())
    if others:
        raise SettingsError(f"{min(others)!r} in {where} is no setting beside {kinds[0]!r}.", _HINT)
    return KINDS[kinds[0]](given, where, folder)


def _file(given: Mapping[str, Any], where: str, folder: Path | None) -> FileLog:
    path = given["file"]
    if not isinstance(path, str) or not path.strip():
        raise SettingsError(f"file in {where} is no file's name.", _HINT)
    try:
        file = Path(str(expanded(path)))
    except ValueError:
        raise SettingsError(f"file in {where} is {path!r:.120}, which no file can be called.", _HINT) from None
    if not file.is_absolute() and folder is not None:
        file = folder.absolute() / file
    if file.exists() and not file.is_file():
        raise SettingsError(f"file in {where} is {str(file)!r}, which is no file.", "Name the log file itself.")
    return FileLog(str(file))


def _command(given: Mapping[str, Any], where: str, folder: Path | None) -> CommandLog:
    argv, env = given["command"], given.get("env", [])
    if not _texts(argv) or not argv or not argv[0]:
        raise SettingsError(
            f"command in {where} is not a list of texts.",
            'It is run without a shell: write each argument by itself, as in ["docker", "logs", "-f", "NAME"].',
        )
    if not _texts(env):
        raise SettingsError(f"env in {where} is not a list of names.", 'It looks like ["KUBECONFIG"].')
    return CommandLog(tuple(argv), tuple(env))


def _flexai(given: Mapping[str, Any], where: str, folder: Path | None) -> CommandLog:
    try:
        return flexai(_FLEXAI_NAME.validate_python(given["flexai"]))
    except ValidationError:
        raise SettingsError(f"flexai in {where} cannot be used.", f"It takes {FLEXAI_NAME_TAKES}.") from None


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and "\0" not in each for each in value)


# What a log can be, by the word that names it.
KINDS: dict[str, Callable[[Mapping[str, Any], str, Path | None], LogSource]] = {
    "file": _file,
    "command": _command,
    "flexai": _flexai,
}
