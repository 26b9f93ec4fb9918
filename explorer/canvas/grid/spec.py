"""Lines of the grid and of the floor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.camera import View2D, Viewport

PX = 80.0
FLOOR_LINES = 11


@dataclass(frozen=True, slots=True)
class Lattice:
    """Grid lines of the world: ``step`` apart, one of them through (``x``, ``y``)."""

    step: float
    x: float = 0.0
    y: float = 0.0


def spacing(scale: float, home: float) -> float:
    """World distance between grid lines: 80 px at the home scale, 57 to 113 px at any other."""
    return PX / home * 2.0 ** -round(math.log2(scale / home))


def grid_2d(view: View2D, port: Viewport, lattice: Lattice) -> tuple[list[float], list[float]]:
    """Where the lines are: x and y in logical px from the top left, rounded to whole px."""
    step = lattice.step * view.scale
    ox, oy = port.offset
    x0 = port.width * (1 + ox) / 2 + (lattice.x - view.x) * view.scale
    y0 = port.height * (1 - oy) / 2 - (lattice.y - view.y) * view.scale
    return _along(x0, step, port.width), _along(y0, step, port.height)


def _along(origin: float, step: float, length: float) -> list[float]:
    first = origin % step
    return [round(first + i * step) for i in range(int((length - first) / step) + 1)]


def rectangles(
    lines: tuple[list[float], list[float]], port: Viewport, ratio: float
) -> NDArray[np.float32]:
    """Corners of two triangles for each line, (6 L, 2) in clip units, on whole physical px."""
    size = np.array([round(port.width * ratio), round(port.height * ratio)], np.float64)
    thick = max(1, round(ratio))
    xs, ys = (np.round(np.array(at) * ratio) for at in lines)
    low = np.zeros((len(xs) + len(ys), 2))
    high = np.tile(size, (len(low), 1))
    low[: len(xs), 0], high[: len(xs), 0] = xs, xs + thick
    low[len(xs) :, 1], high[len(xs) :, 1] = ys, ys + thick
    corner = np.array([[0, 0], [1, 0], [0, 1], [0, 1], [1, 0], [1, 1]], bool)
    px = np.where(corner, high[:, None], low[:, None]).reshape(-1, 2)
    return ((px / size * 2 - 1) * [1, -1]).astype(np.float32)


def floor(centre: tuple[float, float], half: float, height: float) -> NDArray[np.float32]:
    """Segments (L, 2, 3) of a square floor."""
    ticks = np.linspace(-half, half, FLOOR_LINES)
    cx, cy = centre
    rows = [((cx - half, cy + t, height), (cx + half, cy + t, height)) for t in ticks]
    columns = [((cx + t, cy - half, height), (cx + t, cy + half, height)) for t in ticks]
    return np.array(rows + columns, np.float32)
