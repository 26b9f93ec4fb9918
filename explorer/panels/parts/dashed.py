"""A place that waits for something: a dashed outline."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame

from explorer.panels.parts.themed import Themed

RADIUS, DASH = 8, (4.0, 3.0)


class Dashed(QFrame, Themed):
    """``set_over`` lights it up while something is held above it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._over = False

    @property
    def over(self) -> bool:
        return self._over

    def set_over(self, *, over: bool) -> None:
        if over != self._over:
            self._over = over
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        k = self.tokens
        pen = QPen(QColor(k.accent if self._over else k.control), 1)
        pen.setDashPattern(DASH)
        painter.setPen(pen)
        painter.setBrush(QColor(k.selbg) if self._over else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.end()
