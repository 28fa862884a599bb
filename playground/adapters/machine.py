"""What this machine, or the container it is, has to give: memory and processors. Unknown is None."""

from __future__ import annotations

import os
from pathlib import Path

# Where a container's limits stand: the newer layout, then the older one.
_MEMORY_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")
_CPU_LIMIT = "sys/fs/cgroup/cpu.max"
_MEMINFO = "proc/meminfo"
_ROOT = Path("/")


def available_memory(root: Path = _ROOT) -> int | None:
    """Bytes a new process may use: what is free or can be freed, within the container's limit.

    `root` is where the system's files are looked for.
    """
    limits = [_number(root / path) for path in _MEMORY_LIMITS]
    return min((size for size in (_free_memory(root), *limits) if size is not None), default=None)


def processors(root: Path = _ROOT) -> int:
    """Processors this process may use, at least one: within its affinity and the container's share, rounded down."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = _words(root / _CPU_LIMIT)
    if len(share) == 2 and share[0].isdigit() and share[1].isdigit() and int(share[1]) > 0:
        count = min(count, int(share[0]) // int(share[1]))
    return max(1, count)


def _free_memory(root: Path) -> int | None:
    words = _words(root / _MEMINFO)
    if "MemAvailable:" in words:
        return int(words[words.index("MemAvailable:") + 1]) * 1024
    try:
        # Elsewhere only the whole is known: it still refuses what can never fit.
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _number(path: Path) -> int | None:
    words = _words(path)
    return int(words[0]) if words and words[0].isdigit() else None


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return []
