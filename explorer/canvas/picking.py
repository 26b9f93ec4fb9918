"""Which mark is under the pointer: an index over places on the screen instead of a second picture.

The screen is cut into square cells; marks are sorted by cell once for a picture, and a question
looks at few of them. 100,000 marks are sorted in a few ms, when the pointer first asks; then a
question takes well under one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.camera import nearest

CELL = 32.0
MOST_CELLS = 65535
LIMIT = 1e6


class Index:
    """Marks by the cell that they lie in.

    Parameters
    ----------
    screen : ndarray, (M, 3) float64
        x and y in px, and depth. NaN (behind the eye) is never found.
    reach : ndarray, (M,) float64, px
        How far from its middle a mark is still met.
    """

    def __init__(self, screen: NDArray[np.float64], reach: NDArray[np.floating]) -> None:
        self._screen, self._reach = screen, reach
        self._far = float(reach.max(initial=0.0))
        x, y = np.ascontiguousarray(screen[:, 0]), np.ascontiguousarray(screen[:, 1])
        inside = np.flatnonzero((x > -LIMIT) & (x < LIMIT) & (y > -LIMIT) & (y < LIMIT))
        if len(inside) < len(x):
            x, y = x[inside], y[inside]
        self._low = np.array([x.min(), y.min()]) if len(x) else np.zeros(2)
        size = np.array([x.max(), y.max()]) - self._low if len(x) else np.zeros(2)
        self._cell = max(CELL, float(np.sqrt((size + CELL).prod() / (MOST_CELLS / 4))))
        self._shape = (size / self._cell).astype(np.int64) + 1
        across = ((x - self._low[0]) / self._cell).astype(np.int32)
        down = ((y - self._low[1]) / self._cell).astype(np.int32)
        keys = down * np.int32(self._shape[0]) + across
        order = np.argsort(keys.astype(np.uint16), kind="stable")  # a radix sort, on 16 bits
        self._rows = inside[order]
        counts = np.bincount(keys, minlength=int(self._shape.prod()))
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def nearest(self, at: tuple[float, float]) -> int:
        """Row of the mark nearest to ``at`` within its reach, else -1; what is near wins ties."""
        rows = self._near(at)
        found = nearest(self._screen[rows], at, self._reach[rows]) if len(rows) else -1
        return int(rows[found]) if found >= 0 else -1

    def _near(self, at: tuple[float, float]) -> NDArray[np.int64]:
        """Rows of all marks in the cells that the reach touches."""
        middle = np.asarray(at) - self._low
        low = np.maximum(np.floor((middle - self._far) / self._cell), 0).astype(np.int64)
        high = np.minimum(np.floor((middle + self._far) / self._cell), self._shape - 1)
        columns = self._shape[0]
        if (high < low).any():
            return np.zeros(0, np.int64)
        (x0, y0), (x1, y1) = low.tolist(), high.astype(np.int64).tolist()
        starts = self._starts
        spans = ((y * columns + x0, y * columns + x1 + 1) for y in range(y0, y1 + 1))
        return np.concatenate([self._rows[starts[a] : starts[b]] for a, b in spans])
