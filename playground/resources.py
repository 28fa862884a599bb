"""Where the files lie that the app is made of besides its modules: app.py, .chainlit/ and public/."""

from __future__ import annotations

from pathlib import Path


def root() -> Path:
    """The folder that holds app.py, .chainlit/ and public/: this package in a wheel, the folder above in a checkout."""
    package = Path(__file__).resolve().parent
    return package if (package / "app.py").is_file() else package.parent
