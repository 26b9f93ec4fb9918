"""A clustering as it is drawn beside the rows and picked by the pointer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.plots.heatmap.spec import Branches

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Merges as brackets: at ``top`` from ``a`` to ``b``, with legs down to ``low_a``, ``low_b``.

    Places (M,) float64 are rows, in the middle of which leaves stand; heights are shares of the
    highest, square roots. ``first`` and ``last`` (M,) are the rows it holds; ``runs`` the run of
    all of them, "" = of several.
    """

    a: Doubles
    b: Doubles
    low_a: Doubles
    low_b: Doubles
    top: Doubles
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    runs: tuple[str, ...]


def pruned(tree: Branches, keep: NDArray[np.bool_]) -> Branches:
    """The tree of the rows that are kept, numbered anew; merges of one side alone are gone."""
    n, k = len(keep), int(keep.sum())
    now: list[int] = (np.where(keep, np.cumsum(keep) - 1, -1)).tolist()
    merges, heights = [], []
    for (left, right), height in zip(tree.merges.tolist(), tree.heights.tolist(), strict=True):
        a, b = now[left], now[right]
        if a >= 0 and b >= 0:
            merges.append((a, b))
            heights.append(height)
            now.append(k + len(merges) - 1)
        else:
            now.append(max(a, b))
    assert len(now) == n + len(tree.merges)
    return Branches(np.array(merges, np.int64).reshape(-1, 2), np.array(heights))


def drawn(tree: Branches, runs: Sequence[str]) -> Drawn:
    """The places of a tree over rows of these runs."""
    k, m = len(runs), len(tree.merges)
    middle = [i + 0.5 for i in range(k)]
    high, first, last = [0.0] * k, list(range(k)), list(range(k))
    of = list(runs)
    top = np.sqrt(np.maximum(tree.heights, 0.0))
    top = top / top.max() if m and top.max() > 0 else top
    out = np.zeros((4, m))
    for at, ((x, y), h) in enumerate(zip(tree.merges.tolist(), top.tolist(), strict=True)):
        if middle[x] > middle[y]:
            x, y = y, x
        out[:, at] = middle[x], middle[y], high[x], high[y]
        middle.append((middle[x] + middle[y]) / 2)
        high.append(h)
        first.append(min(first[x], first[y]))
        last.append(max(last[x], last[y]))
        of.append(of[x] if of[x] == of[y] else "")
    return Drawn(
        *out, top, np.array(first[k:], np.int64), np.array(last[k:], np.int64), tuple(of[k:])
    )


def picked(found: Drawn, along: float, height: float, n: int) -> tuple[int, int, int]:
    """(merge, first row, last row) under a place: the largest cluster there that is joined below.

    -1 = a single row, which has no merge.
    """
    row = min(max(int(along), 0), n - 1)
    inside = (found.first <= row) & (row <= found.last) & (found.top <= height)
    if not inside.any():
        return -1, row, row
    merge = int(np.flatnonzero(inside)[-1])
    return merge, int(found.first[merge]), int(found.last[merge])
