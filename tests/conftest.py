"""For every test: an environment that says nothing to the app, and folders of its own for what is written."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import hypothesis.configuration
import pytest

from playground import runtime_folder

OURS = ("PLAYGROUND_", "OPENAI_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

# Chainlit writes where it is imported, and any test module may import it: so before the first of them is read.
_folder = Path(tempfile.mkdtemp(prefix="playground-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
runtime_folder.direct_chainlit(runtime_folder.prepare(_folder, "127.0.0.1", 0), os.environ)

# The same examples at each run: a test fails for everyone or for no one. What it writes besides goes with the folder.
hypothesis.configuration.set_hypothesis_home_dir(_folder / "hypothesis")
hypothesis.settings.register_profile(
    "every time the same", derandomize=True, database=None, deadline=None, max_examples=200
)
hypothesis.settings.load_profile("every time the same")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(OURS) or name.lower() in PROXIES:
            monkeypatch.delenv(name)
    for kind in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / f"xdg-{kind.lower()}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver keeps an event loop running, beside which no other test can run its own."""
    items.sort(key=lambda item: item.path.is_relative_to(Path(__file__).parent / "e2e"))
