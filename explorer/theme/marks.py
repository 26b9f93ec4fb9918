"""The marks of runs as QPainter draws them: about the same area for every shape."""

from __future__ import annotations

from math import cos, pi, sin

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from explorer.theme.tokens import Tokens

Outline = tuple[tuple[float, float], ...]


def draw(painter: QPainter, shape: str, at: QPointF, radius: float, colour: str) -> None:
    """Fill ``shape`` around ``at``; ``radius`` is that of the circle of equal area."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    outline = OUTLINES.get(shape)
    if outline is None:
        painter.drawEllipse(at, radius, radius)
        return
    x0, y0 = at.x(), at.y()
    painter.drawPolygon(QPolygonF([QPointF(x0 + x * radius, y0 + y * radius) for x, y in outline]))


def colour_of(number: int, tokens: Tokens) -> str:
    """Run colour ``number`` (0 to 7) of a theme; -1 is ``text3``."""
    return tokens.text3 if number < 0 else tokens.runs[number]


def _ring(radii: tuple[float, ...], n: int) -> Outline:
    return tuple(
        (radii[i % len(radii)] * sin(2 * pi * i / n), -radii[i % len(radii)] * cos(2 * pi * i / n))
        for i in range(n)
    )


def _cross() -> Outline:
    a, t, d = 0.4, 1.18, 0.70710678
    plus = ((-a, -t), (a, -t), (a, -a), (t, -a), (t, a), (a, a),
            (a, t), (-a, t), (-a, a), (-t, a), (-t, -a), (-a, -a))  # fmt: skip
    return tuple(((x - y) * d, (x + y) * d) for x, y in plus)


OUTLINES: dict[str, Outline] = {
    "triangle": ((0.0, -1.335), (1.347, 0.998), (-1.347, 0.998)),
    "diamond": ((0.0, -1.44), (1.09, 0.0), (0.0, 1.44), (-1.09, 0.0)),
    "square": ((-0.886, -0.886), (0.886, -0.886), (0.886, 0.886), (-0.886, 0.886)),
    "hexagon": _ring((1.1,), 6),
    "star": _ring((1.462, 0.731), 10),
    "cross": _cross(),
}
