"""The ladder of reference scales beside the map, with this project's own medians."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.panels.parts import Themed
from explorer.panels.presenter import spec
from explorer.state.ladder import Median
from explorer.theme import fonts

WIDTH = 536
SPINE, EDGE = 236.0, 72.0
RUNG, NAME_GAP, KNOB, LEADER = 18.0, 30.0, 8.0, 44.0
RUNG_PX, OWN_PX, VALUE_PX = 22, 26, 20


class LadderSide(QWidget, Themed):
    """Reference scales right of a log spine, medians of this project left of it."""

    def __init__(self) -> None:
        super().__init__()
        self._medians: tuple[Median, ...] = ()
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Ladder of reference distances")
        self.set_medians(())

    def set_medians(self, medians: tuple[Median, ...]) -> None:
        self._medians = medians
        words = spec.sentence(medians)
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.tokens.canvas))
        found = spec.ladder(self._medians, self.height())
        self._spine(painter, found)
        for rung in found.rungs:
            self._rung(painter, rung)
        for own in found.own:
            self._own(painter, own)
        painter.end()

    def _spine(self, painter: QPainter, found: spec.Ladder) -> None:
        k = self.tokens
        painter.setFont(fonts.font(RUNG_PX))
        painter.setPen(QColor(k.text2))
        painter.drawText(QRectF(SPINE - 150, 0, 300, 30), _MIDDLE, "KL, bits per byte")
        painter.setPen(QPen(QColor(k.control), 1.5 * k.line_scale))
        painter.drawLine(QPointF(SPINE, found.top), QPointF(SPINE, found.bottom))
        for y in found.decades:
            painter.drawLine(QPointF(SPINE - 5, y), QPointF(SPINE + 5, y))

    def _rung(self, painter: QPainter, rung: spec.Rung) -> None:
        k = self.tokens
        painter.setPen(QPen(QColor(k.control), 1.5 * k.line_scale))
        painter.drawLine(QPointF(SPINE, rung.y), QPointF(SPINE + RUNG, rung.y))
        painter.setFont(fonts.font(RUNG_PX))
        box = QRectF(SPINE + NAME_GAP, rung.y - 15, WIDTH - SPINE - NAME_GAP - EDGE, 30)
        painter.setPen(QColor(k.text2))
        painter.drawText(box, _LEFT, rung.name)
        painter.setPen(QColor(k.text3))
        painter.drawText(box, _RIGHT, rung.value)

    def _own(self, painter: QPainter, own: spec.Own) -> None:
        """In the accent: a summary that belongs to no run."""
        k, x = self.tokens, SPINE - LEADER
        painter.setPen(QPen(QColor(k.accent), 1.5 * k.line_scale))
        bend = [(x, own.y_name), (SPINE - RUNG, own.y), (SPINE, own.y)]
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in bend]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(k.accent))
        painter.drawEllipse(QPointF(x, own.y_name), KNOB, KNOB)
        width = x - KNOB - 10
        painter.setFont(fonts.font(OWN_PX, 600))
        painter.setPen(QColor(k.text))
        painter.drawText(QRectF(0, own.y_name - 30, width, 32), _RIGHT, own.name)
        painter.setFont(fonts.font(VALUE_PX))
        painter.setPen(QColor(k.text3))
        painter.drawText(QRectF(0, own.y_name + 2, width, 26), _RIGHT, own.value)


_MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
