"""The folder Chainlit runs in: it reads its settings, words and public files there, and writes there.

It lies in the user's state folder and not where the user stands, and is made anew at each start: a copy of what the
app brings, which nobody edits.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import MutableMapping
from pathlib import Path

from playground import resources
from playground.core.errors import SettingsError

COPIED = (".chainlit/config.toml", ".chainlit/translations/en-US.json", "public")
# What makes Chainlit keep conversations, or start clients of chat services, by its own rules.
NOT_OURS = (
    "DATABASE_URL",
    "DISCORD_BOT_TOKEN",
    "LITERAL_API_KEY",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_WEBSOCKET_TOKEN",
    "TEAMS_APP_ID",
    "TEAMS_APP_PASSWORD",
)


def prepare(state_dir: Path, host: str, port: int) -> Path:
    """Makes the folder for the app at this address and returns it. Raises `SettingsError` where it cannot be written.

    Each address has its own, so that two apps of one user do not disturb each other.
    """
    folder = state_dir / "run" / f"{re.sub('[^A-Za-z0-9.]', '_', host)}-{port}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in folder.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        for name in COPIED:
            source, copy = resources.root() / name, folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, copy) if source.is_dir() else shutil.copyfile(source, copy)
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be written: {error.strerror or error}.",
            "Name another with --state-dir or PLAYGROUND_STATE_DIR.",
        ) from None
    return folder


def direct_chainlit(folder: Path, environ: MutableMapping[str, str]) -> None:
    """Sets what Chainlit reads at its import: this folder is its root, and no .env file is read anywhere."""
    environ["CHAINLIT_APP_ROOT"] = str(folder)
    environ["CHAINLIT_ENV_FILE"] = os.devnull
    for name in NOT_OURS:
        environ.pop(name, None)
