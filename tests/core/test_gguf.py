"""Reading the head of a GGUF file."""

from __future__ import annotations

import struct

import pytest

from playground.core.errors import BadModelFile
from playground.core.gguf import Header, read_header


def string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def text(key: str, value: str) -> bytes:
    return string(key) + struct.pack("<I", 8) + string(value)


def uint32(key: str, value: int) -> bytes:
    return string(key) + struct.pack("<II", 4, value)


def file(*pairs: bytes, version: int = 3, count: int | None = None) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, 272, len(pairs) if count is None else count) + b"".join(pairs)


ARCHITECTURE = text("general.architecture", "llama")
CONTEXT = uint32("llama.context_length", 8192)


@pytest.mark.parametrize("start", [b"", b"GGUF", b"root:x:0:0:root:/root:/bin/bash\n", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_gguf_file_is_refused_by_name(start: bytes) -> None:
    with pytest.raises(BadModelFile, match=r"notes\.txt is not a GGUF file"):
        read_header(start, "notes.txt")


@pytest.mark.parametrize("version", [1, 4, 0x03000000])
def test_a_version_that_llama_cpp_does_not_read_is_refused(version: int) -> None:
    with pytest.raises(BadModelFile, match="version"):
        read_header(file(ARCHITECTURE, version=version), "m.gguf")


@pytest.mark.parametrize(
    "pairs",
    [
        (text("general.architecture", "clip"),),
        (ARCHITECTURE, text("general.type", "adapter")),
        (ARCHITECTURE, text("general.type", "mmproj")),
    ],
)
def test_a_part_of_a_model_is_refused(pairs: tuple[bytes, ...]) -> None:
    with pytest.raises(BadModelFile, match="belongs to a model"):
        read_header(file(*pairs), "m.gguf")


def test_the_models_own_figures_are_read() -> None:
    header = read_header(file(ARCHITECTURE, text("general.type", "model"), CONTEXT), "m.gguf")
    assert header == Header(3, "llama", "model", 8192)


def test_a_long_whole_number_is_read_too() -> None:
    long = string("llama.context_length") + struct.pack("<IQ", 10, 1 << 20)
    assert read_header(file(ARCHITECTURE, long, version=2), "m.gguf") == Header(2, "llama", None, 1 << 20)


def test_other_kinds_of_values_are_stepped_over() -> None:
    others = (
        string("general.languages") + struct.pack("<IIQ", 9, 8, 2) + string("en") + string("fr"),
        string("general.eights") + struct.pack("<IIQ", 9, 0, 3) + b"abc",
        string("general.flag") + struct.pack("<I", 7) + b"\x01",
        string("general.rate") + struct.pack("<Id", 12, 0.5),
    )
    assert read_header(file(*others, ARCHITECTURE, CONTEXT), "m.gguf") == Header(3, "llama", None, 8192)


def test_a_context_length_of_another_kind_is_unknown() -> None:
    for odd in (text("llama.context_length", "8192"), uint32("llama.context_length", 0)):
        assert read_header(file(ARCHITECTURE, odd), "m.gguf").context_length is None


def test_an_architecture_of_another_kind_is_unknown() -> None:
    assert read_header(file(uint32("general.architecture", 1), CONTEXT), "m.gguf") == Header(3)


def test_bytes_that_end_anywhere_give_what_came_before() -> None:
    whole = file(ARCHITECTURE, CONTEXT, text("general.name", "A model"))
    for end in range(24, len(whole)):
        header = read_header(whole[:end], "m.gguf")
        assert header.architecture in (None, "llama")
        assert header.context_length in (None, 8192)
    assert read_header(whole[: len(file(ARCHITECTURE, CONTEXT))], "m.gguf") == Header(3, "llama", None, 8192)


@pytest.mark.parametrize(
    "hostile",
    [
        struct.pack("<Q", 1 << 62),  # a key of endless length
        string("k") + struct.pack("<IQ", 8, 1 << 62),  # a value of endless length
        string("k") + struct.pack("<IIQ", 9, 8, 1 << 62),  # an endless array of strings
        string("k") + struct.pack("<IIQ", 9, 0, 1 << 62),  # an endless array of bytes
        string("k") + struct.pack("<IIQ", 9, 12, (1 << 64) - 1),  # more bytes than there are addresses
        string("k") + struct.pack("<IIQ", 9, 9, 2),  # an array of arrays
        string("k") + struct.pack("<I", 99),  # a kind that does not exist
    ],
)
def test_lengths_that_lie_do_no_harm(hostile: bytes) -> None:
    assert read_header(file(ARCHITECTURE, hostile, count=1 << 60), "m.gguf") == Header(3, "llama")
