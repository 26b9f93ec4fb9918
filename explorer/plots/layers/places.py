"""Where the matrix of layers stands: its cells, names and colour scale. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the matrix stands: ``x``, ``y``, and the sides of its cells, in pixels.

    ``bar`` is the x of the colour scale at its right, -1 where values are written in the cells.
    """

    x: float
    y: float
    wide: float
    high: float
    bar: float = -1.0

    @property
    def written(self) -> bool:
        """Whether values have room in the cells."""
        return self.bar < 0

    def at(self, px: float, py: float, rows: int, columns: int) -> tuple[int, int]:
        """The cell under a place, (-1, -1) = none."""
        j, i = (px - self.x) // self.wide, (py - self.y) // self.high
        if 0 <= i < rows and 0 <= j < columns:
            return int(i), int(j)
        return -1, -1


MOST_CELL, LEFT, TOP, RIGHT, BOTTOM = 54.0, 74.0, 4.0, 14.0, 40.0
VALUE_W, VALUE_H = 40.0, 17.0
"""Cells of this size have their value written in them."""
BAR_GAP, BAR_W, BAR_TICK = 12.0, 10.0, 15.0
BAR_WORDS = 42.0
"""Kept free right of the colour scale for its values; they stand at least BAR_TICK apart."""


def cells(width: float, height: float, rows: int, columns: int) -> Cells:
    """The matrix between its names: cells as large as there is room for, square where they can.

    Where values have no room in the cells a colour scale stands beside them.
    """
    made = _cells(width, height, rows, columns, RIGHT)
    if made.wide >= VALUE_W and made.high >= VALUE_H:
        return made
    made = _cells(width, height, rows, columns, BAR_GAP + BAR_W + 4.0 + BAR_WORDS)
    return replace(made, bar=made.x + made.wide * max(columns, 1) + BAR_GAP)


def _cells(width: float, height: float, rows: int, columns: int, right: float) -> Cells:
    free_w, free_h = max(width - LEFT - right, 20.0), max(height - TOP - BOTTOM, 20.0)
    wide, high = free_w / max(columns, 1), free_h / max(rows, 1)
    side = min(wide, high, MOST_CELL)
    if min(wide, high) < 2.5 * side:
        wide, high = min(wide, 1.6 * side), min(high, 1.6 * side)
    return Cells(LEFT, TOP, wide, high)


def apart(ys: Sequence[float], least: float = BAR_TICK) -> tuple[int, ...]:
    """Which of these heights are named: the first, then each that is far enough from the last."""
    kept: list[int] = []
    for k, y in enumerate(ys):
        if not kept or abs(y - ys[kept[-1]]) >= least:
            kept.append(k)
    return tuple(kept)


def named(n: int, side: float, room: float = 15.0) -> tuple[int, ...]:
    """Which of ``n`` rows or columns of that height in pixels have their name: the last always."""
    every = max(1, -(-int(room) // max(int(side), 1)))
    last = n - 1
    return tuple(k for k in range(n) if (k % every == 0 and last - k >= every) or k == last)
