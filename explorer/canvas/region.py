"""What lies inside a box or a lasso: the outline is filled once, the points are looked up.

A polygon test of 100,000 points against 200 corners takes 200 ms; filling the outline into a 1-bit
image takes one. The answer is exact to the pixel that a point falls into.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPolygonF

LIMIT = 8192


def box(a: tuple[float, float], b: tuple[float, float]) -> NDArray[np.float64]:
    """(4, 2): the corners of the upright rectangle between two opposite ones."""
    (x0, y0), (x1, y1) = a, b
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)


def inside(outline: NDArray[np.float64], screen: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie inside a closed outline.

    Parameters
    ----------
    outline : ndarray, (P, 2) float64, px
        Corners in order; the last is joined to the first. Where it crosses itself, everything that
        it goes around is inside.
    screen : ndarray, (N, 2 or 3) float64, px
        Projected points; further columns are ignored. NaN (behind the eye) is never inside.

    Returns
    -------
    ndarray, (N,) bool
    """
    out = np.zeros(len(screen), bool)
    if len(outline) < 3 or not len(screen):
        return out
    low = np.floor(outline.min(axis=0)).astype(np.int64)
    size = np.minimum(np.ceil(outline.max(axis=0)).astype(np.int64) - low, LIMIT)
    if size.min() < 1:
        return out
    x, y = screen[:, 0] - low[0], screen[:, 1] - low[1]
    near = np.flatnonzero((x >= 0) & (y >= 0) & (x < size[0]) & (y < size[1]))
    if not len(near):
        return out
    columns, rows = x[near].astype(np.int64), y[near].astype(np.int64)
    filled = _filled(outline - low, int(size[0]), int(size[1]))
    out[near] = (filled[rows, columns >> 3] >> (columns & 7)) & 1 == 1
    return out


def _filled(outline: NDArray[np.float64], width: int, height: int) -> NDArray[np.uint8]:
    """(height, bytes): the outline filled, one bit for each pixel, lowest bit first."""
    image = QImage(width, height, QImage.Format.Format_MonoLSB)
    image.setColorTable([0xFF000000, 0xFFFFFFFF])
    image.fill(0)
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(px, py) for px, py in outline.tolist()]))
    path.closeSubpath()
    path.setFillRule(Qt.FillRule.WindingFill)
    painter = QPainter(image)
    painter.fillPath(path, QColor(Qt.GlobalColor.white))
    painter.end()
    bits = np.frombuffer(image.constBits(), np.uint8)
    return bits.reshape(height, image.bytesPerLine()).copy()
