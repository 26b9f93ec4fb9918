"""Entries sorted into runs, and which of them follow each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry


def runs_of(entries: Sequence[Entry]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The runs in order of first appearance, and the run of each entry, (K,) int32.

    An entry without a run is one of its own, under its label.
    """
    index: dict[str, int] = {}
    of = [index.setdefault(e.run or e.label, len(index)) for e in entries]
    return tuple(index), np.array(of, np.int32)


def steps_of(entries: tuple[Entry, ...]) -> NDArray[np.float64]:
    """Training steps, (K,) float64; NaN = unknown."""
    steps = np.fromiter((e.step for e in entries), np.float64, len(entries))
    return np.where(steps >= 0, steps, np.nan)


def consecutive(entries: tuple[Entry, ...]) -> NDArray[np.int32]:
    """Pairs of entry rows that follow each other in a run, (S, 2) int32, by run, then step."""
    _, run_of = runs_of(entries)
    return following(run_of, steps_of(entries))


def following(run_of: NDArray[np.int32], steps: NDArray[np.float64]) -> NDArray[np.int32]:
    """The same from the run (K,) and step (K,) of each entry; those without a step are in none."""
    order = np.lexsort((np.arange(len(run_of)), steps, run_of))
    order = order[np.isfinite(steps[order])]
    pairs = np.stack([order[:-1], order[1:]], axis=1).astype(np.int32)
    same = run_of[pairs[:, 0]] == run_of[pairs[:, 1]] if len(pairs) else np.zeros(0, bool)
    return np.ascontiguousarray(pairs[same])
