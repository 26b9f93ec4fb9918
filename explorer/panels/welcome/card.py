"""A large button: icon, title, sentence, key."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from explorer.panels.parts import Themed
from explorer.panels.welcome.spec import Opening
from explorer.theme import fonts, icons

HEIGHT, TILE, PAD = 72, 40, 17


class OpeningCard(QAbstractButton, Themed):
    """72 high; the primary one stands on ``selbg`` with an accent border."""

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self._opening = opening
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(opening.title)
        self.setAccessibleDescription(opening.words)
        self.setToolTip(f"{opening.title.rstrip('.')} ({opening.key})")

    def sizeHint(self) -> QSize:
        return QSize(460, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._surface(painter)
        self._tile(painter)
        self._words(painter, self._key(painter))
        painter.end()

    def _surface(self, painter: QPainter) -> None:
        k, primary = self.tokens, self._opening.primary
        fill = k.selbg if primary or self.isDown() else k.hover if self.underMouse() else k.raised
        ring = self.hasFocus()
        edge = k.accent if primary or ring else k.line
        painter.setPen(QPen(QColor(edge), 2 if ring else 1))
        painter.setBrush(QColor(fill))
        inset = 1.0 if ring else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)

    def _tile(self, painter: QPainter) -> None:
        k, primary = self.tokens, self._opening.primary
        tile = QRectF(PAD, (HEIGHT - TILE) / 2, TILE, TILE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(k.accent if primary else k.panel if k.dark else k.chrome))
        painter.drawRoundedRect(tile, 6, 6)
        colour = k.onaccent if primary else k.text2
        glyph = icons.pixmap(self._opening.icon, colour, 22, self.devicePixelRatioF())
        painter.drawPixmap(tile.topLeft() + QPointF(9, 9), glyph)

    def _key(self, painter: QPainter) -> float:
        k, face = self.tokens, fonts.font(11)
        wide = QFontMetricsF(face).horizontalAdvance(self._opening.key) + 12
        cap = QRectF(self.width() - PAD - wide, HEIGHT / 2 - 9, wide, 18)
        painter.setPen(QPen(QColor(k.line), 1))
        painter.setBrush(QColor(k.panel))
        painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(face)
        painter.setPen(QColor(k.text2))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._opening.key)
        return cap.left()

    def _words(self, painter: QPainter, right: float) -> None:
        k, left = self.tokens, PAD + TILE + 14
        painter.setFont(fonts.font(14, 600))
        painter.setPen(QColor(k.text))
        painter.drawText(QPointF(left, HEIGHT / 2 - 5), self._opening.title)
        face = fonts.font(13)
        painter.setFont(face)
        painter.setPen(QColor(k.text2))
        words = QFontMetricsF(face).elidedText(
            self._opening.words, Qt.TextElideMode.ElideRight, right - left - 10
        )
        painter.drawText(QPointF(left, HEIGHT / 2 + 15), words)
