"""The fuzzer finds what is broken, and what it starts from holds."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.fuzz.checks import check
from tests.fuzz.corpus import recorded
from tests.fuzz.mutations import crossed, mutated
from tests.scenarios_wire import WIRE

ROOT = Path(__file__).parents[1]
needs_fuzzer = pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="built for few platforms")


@cache
def inputs() -> dict[str, bytes]:
    return asyncio.run(recorded())


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.decoder", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@needs_fuzzer
def test_a_planted_fault_is_found_and_its_input_shows_it_again(tmp_path: Path) -> None:
    begun_with = tmp_path / "inputs"
    begun_with.mkdir()
    # Neither of these alone has it.
    for name in ("tool_call_no_index", "logprobs_chat", "two_answers"):
        (begun_with / name).write_bytes(inputs()[name])
    found = run("--planted", "-seed=4", "-max_total_time=90", f"-artifact_prefix={tmp_path}/", str(begun_with))
    assert "the planted fault" in found.stdout
    assert found.returncode != 0
    (crash,) = tmp_path.glob("crash-*")
    again = run("--planted", str(crash))
    assert "the planted fault" in again.stdout
    assert again.returncode != 0
    assert run(str(crash)).returncode == 0


def test_what_the_scenarios_write_is_what_fuzzing_starts_from_and_holds() -> None:
    # Packed ones are unpacked before they are read, and say nothing new.
    assert set(inputs()) >= WIRE - {"deflate_stream", "raw_deflate_stream", "gzip_json", "whitespace_runaway"}
    for data in inputs().values():
        for cut in range(8):
            check(bytes([data[0], cut]) + data[2:])


def test_inputs_are_changed_in_many_ways_and_the_same_way_again() -> None:
    def halved(data: bytes, most: int) -> bytes:
        return data[: most // 2]

    data, other = inputs()["tool_call_no_index"], inputs()["logprobs_chat"]
    changed = [mutated(data, 4096, seed, halved) for seed in range(200)]
    assert changed == [mutated(data, 4096, seed, halved) for seed in range(200)]
    assert len(set(changed)) > 100
    assert all(len(each) <= 100 for each in (mutated(data, 100, seed, halved) for seed in range(50)))
    assert b"Pa" in b"".join(crossed(data, other, 4096, seed) for seed in range(20))
