"""Normalising coordinates, and the views that show all of them. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.camera import FOCAL, View2D, View3D, Viewport

FLOOR_GAP = 0.22


@dataclass(frozen=True, slots=True)
class Box:
    """How coordinates become positions: less ``middle``, then times ``scale``.

    ``scale`` is world units for one unit of the coordinates, so ``View2D.scale * Box.scale`` is px
    for one unit; 0 where all points coincide.
    """

    middle: tuple[float, ...] = (0.0, 0.0)
    scale: float = 1.0


def box(coords: NDArray[np.float32]) -> Box:
    """The box of all points: its middle, and the scale that makes its longest half 1.

    The unit of t-SNE means nothing and that of PCA is another one; in this frame the two can be
    morphed into each other and a growing t-SNE stays in view.
    """
    finite = np.isfinite(coords).all(axis=1) if len(coords) else np.zeros(0, bool)
    if not finite.any():
        return Box((0.0,) * coords.shape[1], 0.0)
    low = coords[finite].min(axis=0).astype(np.float64)
    high = coords[finite].max(axis=0).astype(np.float64)
    half = float((high - low).max()) / 2
    return Box(tuple(((low + high) / 2).tolist()), 1 / half if half > 0 else 0.0)


def normalised(coords: NDArray[np.float32], frame: Box | None = None) -> NDArray[np.float32]:
    """(K, dims) to (K, 3) float32 in ``frame``, by default the box of these points."""
    frame = frame or box(coords)
    out = np.zeros((len(coords), 3), np.float32)
    if len(coords):
        moved = (coords - np.array(frame.middle)) * frame.scale
        out[:, : coords.shape[1]] = np.nan_to_num(moved)
    return out


def fit_2d(points: NDArray[np.float32], port: Viewport) -> View2D:
    """The view that holds all points inside the margins."""
    if not len(points):
        return View2D(scale=min(port.free) / 2)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    extent = np.maximum((high - low).astype(float), 1e-3)
    width, height = port.free
    scale = min(width / extent[0], height / extent[1])
    middle = (low + high) / 2
    return View2D(float(middle[0]), float(middle[1]), float(min(scale, min(port.free) / 0.4)))


def fit_3d(points: NDArray[np.float32], port: Viewport, view: View3D) -> View3D:
    """The view from the angles of ``view`` that holds all points inside the margins.

    The smallest distance is exact for a given target; three rounds move the target to the middle.
    """
    if not len(points):
        return replace(view, x=0.0, y=0.0, z=0.0, distance=4.0)
    right, up, forward = view.axes()
    focal = FOCAL * min(port.free)
    half = np.array(port.free) / 2 / focal
    target = ((points.min(axis=0) + points.max(axis=0)) / 2).astype(float)
    distance = 4.0
    for _ in range(4):
        local = (points - target) @ np.stack([right, up, forward]).T
        need = np.abs(local[:, :2]) / half - local[:, 2:]
        distance = max(float(need.max()), 0.6)
        seen = local[:, :2] / (local[:, 2:] + distance)
        middle = (seen.min(axis=0) + seen.max(axis=0)) / 2 * distance
        target = target + middle[0] * right + middle[1] * up
    x, y, z = (float(v) for v in target)
    return View3D(x, y, z, distance, view.azimuth, view.elevation)


def floor_height(points: NDArray[np.float32]) -> float:
    """Where the floor lies: a little under the lowest point."""
    return float(points[:, 2].min()) - FLOOR_GAP if len(points) else -1.0
