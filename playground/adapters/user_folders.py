"""Where a user's files belong on each system: the settings file, and what the app keeps while it runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

APP = "inference-playground"


def config_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """The folder of the user's settings file; None where the user has no home folder. It need not exist."""
    return _folder(environ, platform, "XDG_CONFIG_HOME", ".config", "APPDATA")


def state_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """The folder for what the app writes while it runs; None where the user has no home folder. It need not exist."""
    return _folder(environ, platform, "XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")


def _folder(environ: Mapping[str, str], platform: str, xdg: str, below_home: str, windows: str) -> Path | None:
    # The XDG rules: a relative path in such a variable is to be ignored.
    named = environ.get(windows if platform == "win32" else xdg, "")
    if named and Path(named).is_absolute():
        return Path(named) / APP
    home = environ.get("USERPROFILE" if platform == "win32" else "HOME", "")
    if not home:
        return None
    return Path(home) / ("Library/Application Support" if platform == "darwin" else below_home) / APP
