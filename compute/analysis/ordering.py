"""Leaves of a tree in optimal order, in a process of its own where there are many.

scipy holds the interpreter while it works, for seconds where there are thousands of leaves: a
window in the same process would stand still. The result is the same to the last bit.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

HERE = 360
"""Leaves up to which another process would cost more than it spares: they take about 70 ms."""
_ROOT = Path(__file__).resolve().parents[2]


def ordered(merged: NDArray[np.float64], distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """A linkage whose neighbouring leaves are as close as the tree allows (Bar-Joseph 2001).

    Parameters
    ----------
    merged : ndarray, (K - 1, 4) float64
        A linkage as scipy gives it.
    distances : ndarray, (K (K - 1) / 2,) float64

    Returns
    -------
    ndarray, (K - 1, 4) float64
        The same tree. Where no process can be started, it is worked out in this one.
    """
    if len(merged) < HERE or getattr(sys, "frozen", False):
        return np.asarray(hierarchy.optimal_leaf_ordering(merged, distances))
    sent = io.BytesIO()
    for array in (merged, distances):
        np.save(sent, array, allow_pickle=False)
    paths = filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "compute.analysis.ordering"], input=sent.getvalue(), env=env,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        return np.asarray(np.load(io.BytesIO(done.stdout), allow_pickle=False))
    except (OSError, subprocess.CalledProcessError, ValueError):
        return np.asarray(hierarchy.optimal_leaf_ordering(merged, distances))


def main() -> None:
    """A linkage and its distances on stdin, the ordered linkage on stdout, as npy."""
    given = io.BytesIO(sys.stdin.buffer.read())
    merged, distances = (np.load(given, allow_pickle=False) for _ in range(2))
    out = io.BytesIO()
    np.save(out, hierarchy.optimal_leaf_ordering(merged, distances), allow_pickle=False)
    sys.stdout.buffer.write(out.getvalue())


if __name__ == "__main__":
    main()
