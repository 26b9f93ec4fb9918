"""A check box in the colours of the theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from explorer.panels.parts.themed import Themed
from explorer.theme import icons

BOX, ROOM, HEIGHT = 15, 8, 26


class Check(QCheckBox, Themed):
    """15 px box, words at its right; a ring of the accent while it has the keyboard."""

    def __init__(self, words: str, tip: str) -> None:
        super().__init__(words)
        self.setToolTip(tip)
        self.setAccessibleName(words)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(BOX + ROOM + words + 8, HEIGHT)

    def hitButton(self, _at: object) -> bool:
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        k = self.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, (self.height() - BOX) / 2, BOX, BOX)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(k.accent))
            painter.drawRoundedRect(box, 4, 4)
            glyph = icons.pixmap("check-bold", k.onaccent, 11, self.devicePixelRatioF())
            painter.drawPixmap(box.topLeft() + QPointF(2, 2), glyph)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.control), 1.5))
            painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.setPen(QColor(k.text if self.isEnabled() else k.text3))
        words = self.rect().adjusted(2 + BOX + ROOM, 0, 0, 0)
        painter.drawText(
            words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        painter.end()


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
