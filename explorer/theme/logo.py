"""The product's mark, drawn with the accent of the theme (the file in assets is its light form)."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from explorer.theme.tokens import Tokens, mix

SIDE = 48.0
_FAINT = 0.58


def draw(painter: QPainter, into: QRectF, tokens: Tokens) -> None:
    """Two paths that part, as in ``assets/icons/klscope.svg``."""
    strong = QColor(tokens.accent)
    faint = QColor(mix(tokens.canvas, tokens.accent, _FAINT))
    painter.save()
    painter.translate(into.topLeft())
    painter.scale(into.width() / SIDE, into.height() / SIDE)
    for path, colour in ((_branch(), faint), (_trunk(), strong)):
        pen = QPen(colour, 4.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.strokePath(path, pen)
    painter.setPen(Qt.PenStyle.NoPen)
    for x, y, radius, colour in ((37.0, 31.2, 4.2, faint), (38.2, 8.9, 5.7, strong)):
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, y), radius, radius)
    painter.restore()


def _trunk() -> QPainterPath:
    path = QPainterPath(QPointF(6, 38.4))
    path.cubicTo(12.4, 37, 14.2, 31, 16, 25.4)
    path.cubicTo(18.4, 17.6, 24.6, 10.8, 38.6, 8.9)
    return path


def _branch() -> QPainterPath:
    path = QPainterPath(QPointF(16.6, 24.8))
    path.cubicTo(21.2, 28.6, 26.4, 31.4, 37, 31.2)
    return path
