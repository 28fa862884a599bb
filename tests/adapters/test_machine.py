"""What this machine has: memory and processors, within the limits of a container."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from playground.adapters.machine import available_memory, processors


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_this_machine_has_memory_and_processors() -> None:
    memory = available_memory()
    assert memory is None or memory > 0
    assert 1 <= processors() <= (os.cpu_count() or 1)


def test_the_free_memory_counts(tmp_path: Path) -> None:
    write(tmp_path, "proc/meminfo", "MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable: 2000 kB\n")
    assert available_memory(tmp_path) == 2_048_000


@pytest.mark.parametrize("path", ["sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"])
def test_a_containers_memory_limit_counts(tmp_path: Path, path: str) -> None:
    write(tmp_path, "proc/meminfo", "MemAvailable: 2000 kB\n")
    write(tmp_path, path, "1000000\n")
    assert available_memory(tmp_path) == 1_000_000


def test_a_container_without_a_limit_has_what_is_free(tmp_path: Path) -> None:
    write(tmp_path, "proc/meminfo", "MemAvailable: 2000 kB\n")
    write(tmp_path, "sys/fs/cgroup/memory.max", "max\n")
    assert available_memory(tmp_path) == 2_048_000


def test_a_containers_share_of_the_processors_counts(tmp_path: Path) -> None:
    write(tmp_path, "sys/fs/cgroup/cpu.max", "50000 100000\n")
    assert processors(tmp_path) == 1


@pytest.mark.parametrize("limit", ["max 100000", "", "100000", "100000 0", "99999900000 100000"])
def test_no_share_or_an_odd_one_leaves_them_all(tmp_path: Path, limit: str) -> None:
    write(tmp_path, "sys/fs/cgroup/cpu.max", limit)
    assert processors(tmp_path) == processors(tmp_path / "nowhere")
