"""The map as it is written into files: lines and marks as a sharp picture, words as words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.canvas.ink import stamp
from explorer.canvas.overlay import Sprite


class Printed(QWidget):
    """Paints what it is given; covers the map that it is of."""

    def __init__(self, of: QWidget, picture: QImage, sprites: Sequence[Sprite]) -> None:
        super().__init__(of)
        self.setGeometry(of.rect())
        self._picture, self._sprites = picture, tuple(sprites)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), self._picture)
        for sprite in self._sprites:
            stamp(painter, sprite.x, sprite.y, sprite.pixmap)
        painter.end()
