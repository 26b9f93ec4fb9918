"""Paints a line of the palette."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from explorer.panels.palette.spec import Item
from explorer.theme import fonts, icons, marks
from explorer.theme.tokens import DARK, Tokens, mix

HEIGHT, LEFT, GAP, CAP = 32, 34, 10, 18
_FAINT = 0.55
Option = QStyleOptionViewItem


class LineDelegate(QStyledItemDelegate):
    """Mark or icon, title, detail; at the right the keys, or why it cannot be used."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.tokens: Tokens = DARK

    def sizeHint(self, option: Option, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, HEIGHT)

    def paint(
        self, painter: QPainter, option: Option, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: Item = index.model().shown[index.row()]  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, k = QRectF(option.rect), self.tokens
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(k.selbg if chosen else k.hover))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), 5, 5)
        ground = k.selbg if chosen else k.raised
        off = mix(ground, k.text3, _FAINT) if item.why_not else ""
        self._picture(painter, item, rect, off)
        quiet = k.text2 if chosen else k.text3
        right = self._right(painter, item, rect, quiet)
        self._words(painter, item, rect, right, off or k.text, off or quiet)
        painter.restore()

    def _picture(self, painter: QPainter, item: Item, rect: QRectF, off: str) -> None:
        at = QPointF(rect.left() + 18, rect.center().y() + 0.5)
        if item.mark is not None:
            colour, shape = item.mark
            marks.draw(painter, shape, at, 4.6, marks.colour_of(colour, self.tokens))
        elif item.icon:
            ratio = painter.device().devicePixelRatioF()
            glyph = icons.pixmap(item.icon, off or self.tokens.text2, 16, ratio)
            painter.drawPixmap(at - QPointF(8, 8), glyph)

    def _right(self, painter: QPainter, item: Item, rect: QRectF, quiet: str) -> float:
        """Draws keys or the reason; returns where they begin."""
        if item.why_not:
            face = fonts.font(12)
            room = rect.width() * 0.6
            words = QFontMetricsF(face).elidedText(item.why_not, _ELIDE, room)
            left = rect.right() - 8 - QFontMetricsF(face).horizontalAdvance(words)
            _text(painter, QRectF(left, rect.top(), room + 8, rect.height()), words, quiet, face)
            return left
        right = rect.right() - 6
        for key in reversed(item.keys.split(" or ") if item.keys else ()):
            right = (
                self._cap(painter, key.replace("+", " ").replace("Return", "Enter"), right, rect)
                - 6
            )
        return right

    def _cap(self, painter: QPainter, key: str, right: float, rect: QRectF) -> float:
        k, face = self.tokens, fonts.font(11)
        wide = max(QFontMetricsF(face).horizontalAdvance(key) + 10, float(CAP))
        cap = QRectF(right - wide, rect.center().y() - CAP / 2 + 0.5, wide, CAP)
        painter.setPen(QPen(QColor(k.line), 1))
        painter.setBrush(QColor(k.panel))
        painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(face)
        painter.setPen(QColor(k.text2))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
        return cap.left()

    def _words(
        self, painter: QPainter, item: Item, rect: QRectF, right: float, ink: str, quiet: str
    ) -> None:
        left, face = rect.left() + LEFT, fonts.font(13, 500)
        room = max(right - left - GAP, 20.0)
        title = QFontMetricsF(face).elidedText(item.title, _ELIDE, room)
        _text(painter, QRectF(left, rect.top(), room, rect.height()), title, ink, face)
        left += QFontMetricsF(face).horizontalAdvance(title) + 8
        room = right - left - GAP
        if item.detail and room > 24:
            small = fonts.font(12)
            words = QFontMetricsF(small).elidedText(item.detail, _ELIDE, room)
            _text(painter, QRectF(left, rect.top(), room, rect.height()), words, quiet, small)


def _spelled(key: str) -> str:
    return key.replace("+", " ").replace("Return", "Enter")


def _text(painter: QPainter, rect: QRectF, words: str, colour: str, face) -> None:
    painter.setFont(face)
    painter.setPen(QColor(colour))
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)


_ELIDE = Qt.TextElideMode.ElideRight
