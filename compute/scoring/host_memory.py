"""How much of the machine's memory may still be taken."""

from __future__ import annotations

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def free_bytes() -> int:
    """Bytes that can be had without pushing anything out; 0 where the system does not say.

    A limit on the group of processes counts as the machine's memory does. Cached files do not
    count as taken.
    """
    free = _row(_MEMINFO, "MemAvailable:") * 1024
    limit = _number(_GROUP / "memory.max")
    if limit:
        free = min(free, max(0, limit - _row(_GROUP / "memory.stat", "anon")))
    return free


def _row(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), 0)


def _number(path: Path) -> int:
    try:
        text = path.read_text().strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0
