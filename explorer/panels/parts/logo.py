"""The product's mark as a widget."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.panels.parts.themed import Themed
from explorer.theme import logo


class Logo(QWidget, Themed):
    """The product's mark, in the accent."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        logo.draw(painter, QRectF(self.rect()), self.tokens)
        painter.end()
