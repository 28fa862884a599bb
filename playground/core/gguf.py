"""The first bytes of a GGUF file: whether it is one, and what its metadata says of the model. Pure; not here: the file.

The format is little-endian: magic, version, number of tensors, number of metadata pairs, then the pairs. Source:
docs/gguf.md of ggml. Writers put the model's own figures before its vocabulary, so the first 64 KiB hold them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from playground.core.errors import BadModelFile

MAGIC = b"GGUF"
VERSIONS = (2, 3)
# Bytes from the start that are enough for what is read here.
ENOUGH = 65_536

_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_UINT32, _STRING, _ARRAY, _UINT64 = 4, 8, 9, 10
_HINT = "Give a chat model in GGUF format with --gguf FILE, or leave --gguf out to use the one that comes along."


@dataclass(frozen=True, slots=True)
class Header:
    """What the first bytes tell; None is what they don't. `context_length` is tokens, as the model was trained.

    `kind` is the file's own word: "model", or something that goes with one ("adapter", "mmproj").
    """

    version: int
    architecture: str | None = None
    kind: str | None = None
    context_length: int | None = None


def read_header(start: bytes, name: str) -> Header:
    """Reads a file's first bytes, `ENOUGH` of them or all there are; `name` is the file's, for the messages.

    Raises `BadModelFile` where llama.cpp could not serve it: no GGUF, another version, not a model of its own.
    """
    if len(start) < 24 or not start.startswith(MAGIC):
        raise BadModelFile(f"{name} is not a GGUF file.", _HINT)
    version, _tensors, pairs = struct.unpack_from("<IQQ", start, 4)
    if version not in VERSIONS:
        raise BadModelFile(f"{name} is a GGUF file of a version that llama.cpp does not read.", _HINT)
    found = _pairs(start, pairs)
    architecture = _text(found.get("general.architecture"))
    kind = _text(found.get("general.type"))
    if architecture == "clip" or kind not in (None, "model"):
        raise BadModelFile(f"{name} belongs to a model, but is not one ({kind or architecture}).", _HINT)
    length = found.get(f"{architecture}.context_length")
    return Header(version, architecture, kind, length if isinstance(length, int) and length > 0 else None)


def _text(value: str | int | None) -> str | None:
    return value if isinstance(value, str) else None


def _pairs(start: bytes, count: int) -> dict[str, str | int]:
    """The strings and whole numbers among the metadata, up to where the bytes end or an array of strings begins."""
    found: dict[str, str | int] = {}
    at = 24
    try:
        for _ in range(count):
            key, at = _string(start, at)
            (kind,) = struct.unpack_from("<I", start, at)
            value, at = _value(start, at + 4, kind)
            if at > len(start):
                raise _UnreadError
            if value is not None:
                found[key] = value
    except (struct.error, _UnreadError):
        # The bytes end here, or what follows isn't needed: what was read before stands.
        return found
    return found


class _UnreadError(Exception):
    """What follows cannot be, or need not be, read."""


def _value(start: bytes, at: int, kind: int) -> tuple[str | int | None, int]:
    """A value and where the next pair begins; None for the kinds that aren't needed."""
    if kind == _STRING:
        return _string(start, at)
    if kind == _ARRAY:
        item, count = struct.unpack_from("<IQ", start, at)
        if item not in _WIDTHS:
            return None, _strings(start, at + 12, item, count)
        return None, at + 12 + count * _WIDTHS[item]
    if kind not in _WIDTHS:
        raise _UnreadError
    if kind in (_UINT32, _UINT64):
        (number,) = struct.unpack_from("<I" if kind == _UINT32 else "<Q", start, at)
        return int(number), at + _WIDTHS[kind]
    return None, at + _WIDTHS[kind]


def _string(start: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", start, at)
    end = at + 8 + length
    if end > len(start):
        raise _UnreadError
    return start[at + 8 : end].decode("utf-8", "replace"), end


def _strings(start: bytes, at: int, item: int, count: int) -> int:
    """Steps over an array of strings: short ones (languages, tags) stand among the figures that are wanted."""
    if item != _STRING:
        raise _UnreadError
    for _ in range(count):
        _, at = _string(start, at)
    return at
