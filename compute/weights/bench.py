"""How fast distances in weight space are, beside plain reading of the same files."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from compute.weights.stream import distances, plan
from compute.weights.tensors import shared_tensors, tensors_of

_READ = 1 << 24


def measure(
    folders: Sequence[Path], rounds: int, say: Callable[[str], None]
) -> dict[str, float | int | list[float]]:
    """Distances and plain reading of the same checkpoints, in turn.

    Returns
    -------
    mapping
        ``bytes``, ``plain_s`` and ``distances_s`` (medians), ``share``: the rate of distances over
        that of plain reading (median, least, most), ``memory_bytes``: the most this process held.
    """
    tensors = [tensors_of(folder) for folder in folders]
    wanted = plan(tensors, shared_tensors([str(f) for f in folders], tensors))
    paths = sorted({tensor.path for found in tensors for tensor in found.values()})
    plain, ours = [], []
    for k in range(rounds + 1):
        plain.append(_timed(lambda: _read(paths)))
        ours.append(_timed(lambda: distances(wanted)))
        say(f"round {k} of {rounds}: plain {plain[-1]:.2f} s, distances {ours[-1]:.2f} s")
    plain, ours = plain[1:], ours[1:]  # the first round warms the cache for both
    shares = [p / o for p, o in zip(plain, ours, strict=True)]
    return {
        "bytes": sum(path.stat().st_size for path in paths),
        "checkpoints": len(folders),
        "plain_s": statistics.median(plain),
        "distances_s": statistics.median(ours),
        "share": [statistics.median(shares), min(shares), max(shares)],
        "memory_bytes": _peak(),
    }


def make_pair(folder: Path, n_bytes: int) -> tuple[Path, Path]:
    """Two checkpoints of random float32 weights, about ``n_bytes`` each."""
    from safetensors.numpy import save_file

    rng, n = np.random.default_rng(0), max(1, n_bytes // (4 << 24))
    found = []
    for name in ("step0", "step1"):
        made = folder / name
        made.mkdir(parents=True, exist_ok=True)
        tensors = {
            f"layer.{k}.weight": rng.standard_normal(1 << 24, dtype=np.float32).reshape(4096, -1)
            for k in range(n)
        }
        save_file(tensors, made / "model.safetensors")
        found.append(made)
    return found[0], found[1]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _read(paths: Sequence[Path]) -> int:
    """Every byte of the files into one buffer."""
    buffer, total = bytearray(_READ), 0
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while n := file.readinto(buffer):
                total += n
    return total


def _peak() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
