"""A progress bar of 6 px."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.panels.parts.themed import Themed


class Bar(QWidget, Themed):
    """``fraction`` in [0, 1] in a token's colour, on ``line``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._fraction, self._token = 0.0, "accent"
        self.setFixedHeight(6)
        self.setAccessibleName(name)

    @property
    def fraction(self) -> float:
        return self._fraction

    def show_fraction(self, fraction: float, token: str = "accent") -> None:
        fraction = min(max(fraction, 0.0), 1.0)
        if (fraction, token) != (self._fraction, self._token):
            self._fraction, self._token = fraction, token
            self.setAccessibleDescription(f"{100 * fraction:.0f} %")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(self.tokens.line))
        painter.drawRoundedRect(whole, 3, 3)
        if self._fraction > 0:
            done = QRectF(0, 0, max(6.0, whole.width() * self._fraction), whole.height())
            painter.setBrush(QColor(getattr(self.tokens, self._token)))
            painter.drawRoundedRect(done, 3, 3)
        painter.end()
