"""A row of the nearest list: mark, name, KL ± SE."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from compute.core.numbers import count
from explorer.panels.inspector import spec
from explorer.panels.parts import Themed
from explorer.state.map import NO_MARK, InspectorModel, Neighbour, RunMark
from explorer.theme import fonts, marks

HEIGHT, SIDE, STALE = 26, 14, 0.55


class NearRow(QAbstractButton, Themed):
    """A press asks for that entry."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._neighbour: Neighbour | None = None
        self._stale = False
        self._mark = NO_MARK
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._ask)

    def show_neighbour(self, neighbour: Neighbour, mark: RunMark, model: InspectorModel) -> None:
        self._neighbour, self._mark = neighbour, mark
        value, se = spec.kl_words(neighbour)
        self.setAccessibleName(f"{neighbour.label}: {value}{se} bits/byte")
        self.setToolTip(spec.kl_tip(neighbour, model))
        self.update()

    def set_stale(self, *, stale: bool) -> None:
        """Faint: this is the value of what was shown before."""
        self._stale = stale
        self.update()

    def _ask(self) -> None:
        if self._neighbour is not None:
            self.asked.emit(self._neighbour.id)

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._neighbour is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(STALE if self._stale else 1.0)
        k, n = self.tokens, self._neighbour
        if self.isDown() or self.underMouse():
            painter.fillRect(self.rect(), QColor(k.selbg if self.isDown() else k.hover))
        middle = self.height() / 2
        colour = marks.colour_of(self._mark.colour, k)
        marks.draw(painter, self._mark.shape, QPointF(SIDE + 6, middle), 4.2, colour)
        left = self._values(painter)
        face, thin = fonts.font(12), fonts.font(12)
        step = f" {count(n.step)}" if n.step >= 0 else ""
        room = left - SIDE - 20 - QFontMetricsF(thin).horizontalAdvance(step) - 8
        name = QFontMetricsF(face).elidedText(n.run or n.label, Qt.TextElideMode.ElideMiddle, room)
        x = self._text(painter, SIDE + 20, name, k.text, face)
        self._text(painter, x, step, k.text3, thin)
        if self.hasFocus():
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 1, -5, -1), 4, 4)
        painter.end()

    def _values(self, painter: QPainter) -> float:
        assert self._neighbour is not None
        face = fonts.font(12)
        value, se = spec.kl_words(self._neighbour)
        wide = QFontMetricsF(face).horizontalAdvance(value + se)
        x = self._text(painter, self.width() - SIDE - wide, value, self.tokens.text, face)
        self._text(painter, x, se, self.tokens.text3, face)
        return self.width() - SIDE - wide

    def _text(self, painter: QPainter, x: float, words: str, colour: str, face: QFont) -> float:
        painter.setFont(face)
        painter.setPen(QColor(colour))
        painter.drawText(QPointF(x, self.height() / 2 + 4.5), words)
        return x + QFontMetricsF(face).horizontalAdvance(words)
