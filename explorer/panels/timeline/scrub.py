"""The strip of the timeline: silhouette, ticks and playhead, painted; scrubbed with the mouse."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.panels.parts import Themed
from explorer.state.course import Course, Scale
from explorer.theme import fonts
from explorer.theme.tokens import Tokens, mix

SIDE, CURVE, LABELS = 20, 27, 22
COMPACT = 30
GAP = 18.0
NOTCHES = 200
"""Notches of the wheel from end to end; with Ctrl ten times as many."""
FLAG = ((-6, 0), (6, 0), (6, 8), (0, 13), (-6, 8))
NEAR = 14
TICK_MOST = 14
"""Px of the largest figures that the strip has room for."""


class Scrub(QWidget, Themed):
    """Shows a playhead along a course; ``sought`` carries the position under the pointer.

    What stays while it plays is kept as one picture; a moving playhead repaints only its own width.
    """

    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._course, self._at = Course(), math.inf
        self._curve: tuple[tuple[float, float], ...] = ()
        self._compact = self._ring = False
        self._still: QPixmap | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline")
        self.setToolTip(
            "Drag the playhead, or turn the wheel; Ctrl is finer. "
            "Left and Right go from checkpoint to checkpoint, with Shift ten at once. Space plays."
        )

    def sizeHint(self) -> QSize:
        return QSize(200, COMPACT if self._compact else CURVE + LABELS + 8)

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self.updateGeometry()
        self._changed()

    def set_course(self, course: Course, curve: tuple[tuple[float, float], ...]) -> None:
        """What is played along, and the silhouette as (position, share of the height)."""
        self._course, self._curve = course, curve
        self._changed()

    def show_at(self, at: float, words: str) -> None:
        """The playhead; ``words`` say the same to a screen reader."""
        if at == self._at:
            return
        before, self._at = self._around(self._at), at
        self.setAccessibleDescription(words)
        self.update(before)
        self.update(self._around(at))

    def set_tokens(self, tokens: Tokens) -> None:
        self._still = None
        Themed.set_tokens(self, tokens)

    def scale(self) -> Scale:
        first, last = self._course.ends
        return Scale(self._course.axis, first, last, SIDE, self.width() - SIDE)

    def _changed(self) -> None:
        self._still = None
        self.update()

    def _around(self, at: float) -> QRect:
        if self._compact or not len(self._course.stops):
            return self.rect()
        return QRect(round(self.scale().x(at)) - NEAR, 0, 2 * NEAR, self.height())

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(self._course.stops):
            (self._paint_knob if self._compact else self._paint_flag)(painter)
        if self._ring and self.hasFocus():
            painter.setPen(QPen(QColor(self.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 1, -5, -1), 6, 6)
        painter.end()

    def _picture(self) -> QPixmap:
        """Everything but the playhead and the ring."""
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still.size() != self.size() * ratio:
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._still)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._compact:
                self._paint_groove(painter)
            else:
                self._paint_curve(painter)
                self._paint_axis(painter)
            painter.end()
        return self._still

    @property
    def _face(self) -> QFont:
        return fonts.font(min(self.tokens.tick, TICK_MOST))

    @property
    def _floor(self) -> float:
        return self.height() - LABELS + 0.5

    def _paint_curve(self, painter: QPainter) -> None:
        if len(self._curve) < 2:
            return
        k, floor, scale = self.tokens, self._floor, self.scale()
        points = [QPointF(scale.x(at), floor - CURVE * share) for at, share in self._curve]
        area = [QPointF(points[0].x(), floor), *points, QPointF(points[-1].x(), floor)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(k.panel, k.control, 0.22)))
        painter.drawPolygon(QPolygonF(area))
        painter.setPen(QPen(QColor(k.control), 1.2 * k.line_scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))

    def _paint_axis(self, painter: QPainter) -> None:
        if not len(self._course.stops):
            return
        k, floor, face = self.tokens, self._floor, self._face
        painter.setPen(QPen(QColor(k.control), 1))
        painter.drawLine(QPointF(SIDE, floor), QPointF(self.width() - SIDE, floor))
        painter.setFont(face)
        for x, words in self._ticks():
            painter.setPen(QPen(QColor(k.control), 1))
            painter.drawLine(QPointF(x, floor), QPointF(x, floor + 4))
            painter.setPen(QColor(k.text3))
            wide = QFontMetricsF(face).horizontalAdvance(words) + 2
            left = min(max(x - wide / 2, 2.0), self.width() - 6.0 - wide)
            painter.drawText(QRectF(left, floor + 4, wide, 17), _CENTRE, words)

    def _ticks(self) -> tuple[tuple[float, str], ...]:
        """Labels that do not touch: room is made for the widest of them."""
        metrics, scale = QFontMetricsF(self._face), self.scale()
        found = scale.ticks(48.0)
        widest = max((metrics.horizontalAdvance(words) for _, words in found), default=0.0)
        return scale.ticks(max(48.0, widest + GAP))

    def _paint_flag(self, painter: QPainter) -> None:
        x = round(self.scale().x(self._at))
        top, colour = self._floor - CURVE - 4, QColor(self.tokens.accent)
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(x, top + 8), QPointF(x, self._floor + 3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x + dx, top + dy) for dx, dy in FLAG]))

    def _paint_groove(self, painter: QPainter) -> None:
        y = self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.tokens.line))
        painter.drawRoundedRect(QRectF(SIDE, y - 2, self.width() - 2 * SIDE, 4), 2, 2)
        painter.setPen(QPen(QColor(self.tokens.control), 1))
        for x, _ in self._ticks() if len(self._course.stops) else ():
            painter.drawLine(QPointF(round(x) + 0.5, y + 7), QPointF(round(x) + 0.5, y + 11))

    def _paint_knob(self, painter: QPainter) -> None:
        x, y = self.scale().x(self._at), self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.tokens.accent))
        painter.drawRoundedRect(QRectF(SIDE, y - 2, x - SIDE, 4), 2, 2)
        painter.drawEllipse(QPointF(x, y), 7, 7)

    # -- gestures ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Up and left go back."""
        turned, fine = event.angleDelta(), event.modifiers() & Qt.KeyboardModifier.ControlModifier
        notches = -(turned.y() or turned.x()) / 120
        event.accept()
        if len(self._course.stops) and notches:
            scale = self.scale()
            step = notches / (NOTCHES * (10 if fine else 1))
            self.sought.emit(scale.place(scale.share(self._at) + step))

    def _seek(self, x: float) -> None:
        if len(self._course.stops):
            self.sought.emit(self.scale().place_at(x))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() != Qt.FocusReason.MouseFocusReason
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        self.update()
        super().focusOutEvent(event)


_CENTRE = Qt.AlignmentFlag.AlignCenter
