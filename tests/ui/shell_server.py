"""Starts `shell_app` in a folder of its own and stops it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.conftest import ROOT, Server, environment, free_port


@contextmanager
def shell_server(folder: Path, *options: str) -> Iterator[Server]:
    for name in (".chainlit", "public"):
        shutil.copytree(ROOT / name, folder / name)
    port = free_port()
    argv = [sys.executable, "-m", "tests.ui.shell_app", "--port", str(port), *options]
    env = environment(CHAINLIT_APP_ROOT=str(folder))
    server = Server(argv, f"http://127.0.0.1:{port}", "/healthz", folder / "log", env)
    try:
        server.start()
        yield server
    finally:
        server.stop()
