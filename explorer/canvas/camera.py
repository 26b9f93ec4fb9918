"""Cameras as frozen numbers: where the map is looked at from, and the projection to pixels.

One matrix, (3, 4) float64, maps world (x, y, z, 1) to (x, y, w) in clip space; OpenGL and hit
testing use the same one. The flat and the orbit view have w = 1 at what they look at, so that a mix
of the two matrices is a smooth change from one to the other. World positions are normalised by
:mod:`explorer.canvas.fit`. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FOCAL = 1.9
ELEVATION_LIMIT = 89.0
CHUNK = 8192
"""Points projected at a time: what is in between stays in the cache."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """Logical pixels, and the margins that the picture should leave free."""

    width: float
    height: float
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def free(self) -> tuple[float, float]:
        """Width and height inside the margins, at least 40 px."""
        return (
            max(self.width - self.left - self.right, 40.0),
            max(self.height - self.top - self.bottom, 40.0),
        )

    @property
    def offset(self) -> tuple[float, float]:
        """Where the middle of the free part is, in clip units."""
        return (
            (self.left - self.right) / self.width,
            (self.bottom - self.top) / self.height,
        )


@dataclass(frozen=True, slots=True)
class View2D:
    """Looking straight down: world point (x, y) in the middle, ``scale`` in px per unit."""

    x: float = 0.0
    y: float = 0.0
    scale: float = 300.0

    def matrix(self, port: Viewport) -> NDArray[np.float64]:
        sx, sy = 2 * self.scale / port.width, 2 * self.scale / port.height
        ox, oy = port.offset
        return np.array(
            [[sx, 0, 0, ox - sx * self.x], [0, sy, 0, oy - sy * self.y], [0, 0, 0, 1.0]]
        )

    def panned(self, dx: float, dy: float) -> View2D:
        """Moved with the pointer by (dx, dy) px, y down."""
        return replace(self, x=self.x - dx / self.scale, y=self.y + dy / self.scale)

    def zoomed(self, factor: float, at: tuple[float, float], port: Viewport) -> View2D:
        """Closer by ``factor``; the world point under ``at`` (px) stays there."""
        ox, oy = port.offset
        px = at[0] - port.width * (1 + ox) / 2
        py = port.height * (1 - oy) / 2 - at[1]
        scale = float(np.clip(self.scale * factor, 1.0, 1e7))
        shift = 1 / self.scale - 1 / scale
        return View2D(self.x + px * shift, self.y + py * shift, scale)

    def vector(self) -> NDArray[np.float64]:
        return np.array([self.x, self.y, np.log(self.scale)])

    @staticmethod
    def of(v: NDArray[np.float64]) -> View2D:
        return View2D(float(v[0]), float(v[1]), float(np.exp(v[2])))


@dataclass(frozen=True, slots=True)
class View3D:
    """Orbiting (x, y, z) at ``distance``; angles in degrees, third axis up."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    distance: float = 4.0
    azimuth: float = 28.0
    elevation: float = 24.0

    def axes(self) -> NDArray[np.float64]:
        """(3, 3): right, up and forward of the camera in the world."""
        a, e = np.radians(self.azimuth), np.radians(self.elevation)
        forward = np.array([-np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), -np.sin(e)])
        right = np.array([np.cos(a), np.sin(a), 0.0])
        return np.stack([right, np.cross(right, forward), forward])

    def matrix(self, port: Viewport) -> NDArray[np.float64]:
        right, up, forward = self.axes()
        target = np.array([self.x, self.y, self.z])
        focal = FOCAL * min(port.free)
        ox, oy = port.offset
        depth = np.append(forward, self.distance - forward @ target) / self.distance
        sx, sy = 2 * focal / port.width / self.distance, 2 * focal / port.height / self.distance
        row_x = sx * np.append(right, -right @ target) + ox * depth
        row_y = sy * np.append(up, -up @ target) + oy * depth
        return np.stack([row_x, row_y, depth])

    def orbited(self, dx: float, dy: float) -> View3D:
        elevation = float(np.clip(self.elevation + 0.35 * dy, -ELEVATION_LIMIT, ELEVATION_LIMIT))
        return replace(self, azimuth=self.azimuth - 0.35 * dx, elevation=elevation)

    def panned(self, dx: float, dy: float, port: Viewport) -> View3D:
        right, up, _ = self.axes()
        unit = self.distance / (FOCAL * min(port.free))
        moved = np.array([self.x, self.y, self.z]) + (-dx * right + dy * up) * unit
        return replace(self, x=float(moved[0]), y=float(moved[1]), z=float(moved[2]))

    def zoomed(self, factor: float, at: tuple[float, float], port: Viewport) -> View3D:
        """Closer by ``factor``; what lies under ``at`` at the depth of the target stays there."""
        ox, oy = port.offset
        dx = at[0] - port.width * (1 + ox) / 2
        dy = at[1] - port.height * (1 - oy) / 2
        distance = float(np.clip(self.distance / factor, 0.02, 200.0))
        share = 1 - distance / self.distance
        moved = self.panned(-dx * share, -dy * share, port)
        return replace(moved, distance=distance)

    def vector(self) -> NDArray[np.float64]:
        return np.array(
            [self.x, self.y, self.z, np.log(self.distance), self.azimuth, self.elevation]
        )

    @staticmethod
    def of(v: NDArray[np.float64]) -> View3D:
        x, y, z, log_distance, azimuth, elevation = (float(value) for value in v)
        return View3D(x, y, z, float(np.exp(log_distance)), azimuth, elevation)


def project(
    matrix: NDArray[np.float64], points: NDArray[np.float32], port: Viewport
) -> NDArray[np.float64]:
    """World points (K, 3) to (K, 3): x, y in px from the top left, and w (1 at the target).

    Points behind the eye (w <= 0) get NaN for x and y.
    """
    out = np.empty((len(points), 3), np.float64)
    for first in range(0, len(points), CHUNK):
        part = slice(first, first + CHUNK)
        _project(matrix, points[part], port, out[part])
    return out


def _project(
    matrix: NDArray[np.float64],
    points: NDArray[np.float32],
    port: Viewport,
    out: NDArray[np.float64],
) -> None:
    half_x, half_y = port.width / 2, port.height / 2
    x, y, w = (_row(row, points) for row in (matrix[0] * half_x, matrix[1] * -half_y, matrix[2]))
    out[:, 2] = w
    if matrix[2, :3].any() or matrix[2, 3] != 1:
        w = np.where(w > 1e-6, w, np.nan)
        x, y = x / w, y / w
    out[:, 0], out[:, 1] = x + half_x, y + half_y


def _row(row: NDArray[np.float64], points: NDArray[np.float32]) -> NDArray[np.float64]:
    """One row of a matrix on all points, by columns: a product of this shape is slow in BLAS."""
    out = np.full(len(points), row[3])
    for axis in np.flatnonzero(row[:3]):
        out += points[:, axis] * row[axis]
    return out


def nearest(
    screen: NDArray[np.float64], at: tuple[float, float], reach: NDArray[np.float64] | float = 10.0
) -> int:
    """Row of the projected point nearest to ``at`` within ``reach`` px, else -1. Near wins ties."""
    if not len(screen):
        return -1
    d2 = (screen[:, 0] - at[0]) ** 2 + (screen[:, 1] - at[1]) ** 2
    d2 = np.where(d2 <= np.square(reach), d2, np.inf)
    if not np.isfinite(d2).any():
        return -1
    return int(np.lexsort((screen[:, 2], np.round(np.sqrt(d2), 1)))[0])


def nearest_segment(
    screen: NDArray[np.float64],
    segments: NDArray[np.int32],
    at: tuple[float, float],
    reach: float = 5.0,
) -> int:
    """Row of the projected segment nearest to ``at`` within ``reach`` px, else -1.

    ``screen`` (N, 2 or 3) px, NaN behind the eye; ``segments`` (S, 2) are its rows.
    """
    if not len(segments):
        return -1
    x, y = screen[:, 0] - at[0], screen[:, 1] - at[1]
    a, b = segments[:, 0], segments[:, 1]
    near = (np.minimum(x[a], x[b]) <= reach) & (np.maximum(x[a], x[b]) >= -reach)
    near &= (np.minimum(y[a], y[b]) <= reach) & (np.maximum(y[a], y[b]) >= -reach)
    rows = np.flatnonzero(near)
    if not len(rows):
        return -1
    a, b = a[rows], b[rows]
    dx, dy = x[b] - x[a], y[b] - y[a]
    length2 = np.maximum(dx * dx + dy * dy, 1e-12)
    share = np.clip(-(x[a] * dx + y[a] * dy) / length2, 0, 1)
    d2 = (x[a] + share * dx) ** 2 + (y[a] + share * dy) ** 2
    k = int(np.argmin(d2))
    return int(rows[k]) if d2[k] <= reach * reach else -1
