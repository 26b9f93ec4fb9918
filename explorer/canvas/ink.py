"""Text and small signs as pixmaps, drawn once and kept: the pens of the overlay."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

HALO = 8.0
KEEP = 600


class Face(NamedTuple):
    """Inter at a size and weight: a key that can be hashed."""

    px: int
    weight: int = 400


@lru_cache(maxsize=64)
def qfont(face: Face) -> QFont:
    """The font of a face, with tabular figures. Not to be changed: all callers get the same."""
    made = QFont("Inter")
    made.setPixelSize(face.px)
    made.setWeight(QFont.Weight(face.weight))
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


class Cache:
    """Pixmaps by key, least used thrown away. One per overlay, since it knows the pixel ratio."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self.ratio = 1.0

    def clear(self) -> None:
        self._kept.clear()

    def get(
        self, key: Hashable, size: Callable[[], QSizeF], draw: Callable[[QPainter], None]
    ) -> QPixmap:
        """The pixmap of ``key``; drawn at once if it is new."""
        full = (key, self.ratio)
        found = self._kept.get(full)
        if found is None:
            found = self._kept[full] = pixmap(size(), self.ratio, draw)
            if len(self._kept) > KEEP:
                self._kept.popitem(last=False)
        self._kept.move_to_end(full)
        return found


def pixmap(size: QSizeF, ratio: float, draw: Callable[[QPainter], None]) -> QPixmap:
    """A transparent pixmap of logical ``size`` with ``draw`` painted on it."""
    made = QPixmap(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    draw(painter)
    painter.end()
    return made


@lru_cache(maxsize=4096)
def width(text: str, face: Face) -> float:
    """How far ``text`` reaches, in px. Measured once per text and face."""
    return QFontMetricsF(qfont(face)).horizontalAdvance(text)


def haloed(painter: QPainter, at: QPointF, words: list[tuple[str, Face, str]], halo: str) -> None:
    """Words one after the other on a baseline, over a halo with round joins."""
    x, pieces = at.x(), []
    for text, face, colour in words:
        path = QPainterPath()
        path.addText(x, at.y(), qfont(face), text)
        pieces.append((x, text, face, colour, path))
        x += width(text, face)
    pen = QPen(QColor(halo), HALO, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    for *_, path in pieces:
        painter.strokePath(path, pen)
    for x0, text, face, colour, _ in pieces:
        painter.setFont(qfont(face))
        painter.setPen(QColor(colour))
        painter.drawText(QPointF(x0, at.y()), text)


def sign(painter: QPainter, shape: str, at: QPointF, radius: float, colour: str) -> None:
    """A run's mark, as in the map: the same area for every shape."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    outline = _OUTLINES.get(shape)
    if outline is None:
        painter.drawEllipse(at, radius, radius)
        return
    points = QPolygonF([QPointF(at.x() + x * radius, at.y() + y * radius) for x, y in outline])
    painter.drawPolygon(points)


def _star() -> list[tuple[float, float]]:
    from math import cos, pi, sin

    sizes = (1.462, 0.731)
    return [(sizes[i % 2] * sin(i * pi / 5), -sizes[i % 2] * cos(i * pi / 5)) for i in range(10)]


_DIAGONAL = 0.70710678


def _cross() -> list[tuple[float, float]]:
    a, t = 0.4, 1.18
    plus = [(-a, -t), (a, -t), (a, -a), (t, -a), (t, a), (a, a),
            (a, t), (-a, t), (-a, a), (-t, a), (-t, -a), (-a, -a)]  # fmt: skip
    return [((x - y) * _DIAGONAL, (x + y) * _DIAGONAL) for x, y in plus]


_OUTLINES: dict[str, list[tuple[float, float]]] = {
    "triangle": [(0.0, -1.335), (1.347, 0.998), (-1.347, 0.998)],
    "diamond": [(0.0, -1.44), (1.09, 0.0), (0.0, 1.44), (-1.09, 0.0)],
    "square": [(-0.886, -0.886), (0.886, -0.886), (0.886, 0.886), (-0.886, 0.886)],
    "hexagon": [(0.55, -0.952), (1.1, 0.0), (0.55, 0.952), (-0.55, 0.952), (-1.1, 0.0),
                (-0.55, -0.952)],
    "star": _star(),
    "cross": _cross(),
}  # fmt: skip


def card(painter: QPainter, rect: QRectF, radius: float, look: tuple[str, str]) -> None:
    """A rounded surface with a one-pixel border; ``look`` is (fill, border)."""
    painter.setPen(QPen(QColor(look[1]), 1))
    painter.setBrush(QColor(look[0]))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
