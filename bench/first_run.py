"""The first run: a fresh clone, `make run`, an answer of the built-in model on the page; and the second `make run`.

It installs packages, with empty caches of pip and uv, so its figures are those of the network too.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from playwright.sync_api import Browser

from bench.pages import first_word, opened
from bench.processes import group, seconds_until_answer
from tests.e2e.conftest import ROOT, environment, free_port

# Seconds that installing may take, and the first answer after it.
INSTALLING, ANSWERING = 600.0, 120.0
QUESTION = "Why do koalas eat eucalyptus leaves?"
# What an outer make leaves for an inner one: with it `make bench ARGS=…` would set the ARGS of the `make run` here.
MAKES = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "ARGS")


def measure(browser: Browser, folder: Path) -> dict[str, float]:
    """Seconds by what was waited for."""
    clone, log = folder / "clone", folder / "log"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=120)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    env = _environment(folder, port)
    found = {}
    began = time.perf_counter()
    with group(["make", "run"], clone, env, log) as process:
        found["first `make run` to /healthz"] = seconds_until_answer(process, url + "healthz", began, INSTALLING, log)
        with opened(browser, url) as (page, _):
            first_word(page, QUESTION, ANSWERING)
            found["first `make run` to the first word of an answer"] = time.perf_counter() - began
    began = time.perf_counter()
    with group(["make", "run"], clone, env, log) as process:
        found["second `make run` to /healthz"] = seconds_until_answer(process, url + "healthz", began, ANSWERING, log)
    return found


def _environment(folder: Path, port: int) -> dict[str, str]:
    """As on a machine that has never had the app: no caches, no settings; not this checkout's modules either."""
    settings = folder / "config.toml"
    settings.touch()
    here = {k: v for k, v in environment().items() if k != "PYTHONPATH" and k not in MAKES}
    return here | {
        "UV_CACHE_DIR": str(folder / "uv"),
        "PIP_CACHE_DIR": str(folder / "pip"),
        "PLAYGROUND_PORT": str(port),
        "PLAYGROUND_HEADLESS": "1",
        "PLAYGROUND_CONFIG": str(settings),
        "PLAYGROUND_STATE_DIR": str(folder / "state"),
    }
