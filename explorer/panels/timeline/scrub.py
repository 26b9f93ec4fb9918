"""The strip of the timeline: silhouette, ticks and playhead, painted; dragged with the mouse."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.panels.parts import Themed
from explorer.panels.timeline.spec import Scale, height, ticks
from explorer.theme import fonts
from explorer.theme.tokens import mix

SIDE, CURVE, LABELS = 20, 27, 22
COMPACT = 30


class Scrub(QWidget, Themed):
    """Shows ``step`` on a scale to ``last``; ``sought`` carries the step under the pointer."""

    sought = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._axis, self._last, self._step = "log", 0.0, math.inf
        self._steps: NDArray[np.float64] = np.zeros(0)
        self._kl: NDArray[np.float64] = np.zeros(0)
        self._compact = self._ring = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline")
        self.setToolTip("Drag the playhead. Left and Right step, Space plays.")

    def sizeHint(self) -> QSize:
        return QSize(200, COMPACT if self._compact else CURVE + LABELS + 8)

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self.updateGeometry()
        self.update()

    def set_silhouette(self, steps: NDArray[np.float64], kl: NDArray[np.float64]) -> None:
        """``steps`` (S,) ascending training steps, ``kl`` (S,) bits/byte; NaN = a gap."""
        self._steps, self._kl = steps, kl
        self.update()

    def show_step(self, axis: str, last: float, step: float) -> None:
        """The playhead; ``last`` 0 = no steps at all."""
        if (axis, last, step) != (self._axis, self._last, self._step):
            self._axis, self._last, self._step = axis, last, step
            self.setAccessibleDescription(f"step {min(step, last):.0f} of {last:.0f}")
            self.update()

    def scale(self) -> Scale:
        return Scale(self._axis, max(self._last, 1.0), SIDE, self.width() - SIDE)

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._compact:
            self._paint_compact(painter)
        else:
            self._paint_curve(painter)
            self._paint_axis(painter)
            self._paint_playhead(painter)
        if self._ring and self.hasFocus():
            painter.setPen(QPen(QColor(self.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 1, -5, -1), 6, 6)
        painter.end()

    @property
    def _floor(self) -> float:
        return self.height() - LABELS + 0.5

    def _paint_curve(self, painter: QPainter) -> None:
        points = self._outline()
        if len(points) < 2:
            return
        k, floor = self.tokens, self._floor
        area = [QPointF(points[0].x(), floor), *points, QPointF(points[-1].x(), floor)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(k.panel, k.control, 0.22)))
        painter.drawPolygon(QPolygonF(area))
        painter.setPen(QPen(QColor(k.control), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))

    def _outline(self) -> list[QPointF]:
        scale, floor = self.scale(), self._floor
        known = np.isfinite(self._kl)
        most = float(self._kl[known].max(initial=0.0))
        return [
            QPointF(scale.x(s), floor - CURVE * height(v, most))
            for s, v in zip(self._steps[known].tolist(), self._kl[known].tolist(), strict=True)
        ]

    def _paint_axis(self, painter: QPainter) -> None:
        if self._last <= 0:
            return
        k, scale, floor = self.tokens, self.scale(), self._floor
        painter.setPen(QPen(QColor(k.control), 1))
        painter.drawLine(QPointF(SIDE, floor), QPointF(self.width() - SIDE, floor))
        painter.setFont(fonts.font(11))
        for x, words in ticks(scale):
            painter.setPen(QPen(QColor(k.control), 1))
            painter.drawLine(QPointF(x, floor), QPointF(x, floor + 4))
            painter.setPen(QColor(k.text3))
            box = QRectF(x - 40, floor + 5, 80, 15)
            if x > self.width() - SIDE - 14:
                box.moveRight(self.width() - 6.0)
                painter.drawText(box, _RIGHT, words)
            else:
                painter.drawText(box, _CENTRE, words)

    def _paint_playhead(self, painter: QPainter) -> None:
        if self._last <= 0:
            return
        x = round(self.scale().x(self._step))
        top, colour = self._floor - CURVE - 4, QColor(self.tokens.accent)
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(x, top + 8), QPointF(x, self._floor + 3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        flag = [(-6, 0), (6, 0), (6, 8), (0, 13), (-6, 8)]
        painter.drawPolygon(QPolygonF([QPointF(x + dx, top + dy) for dx, dy in flag]))

    def _paint_compact(self, painter: QPainter) -> None:
        k, scale, y = self.tokens, self.scale(), self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(k.line))
        painter.drawRoundedRect(QRectF(SIDE, y - 2, self.width() - 2 * SIDE, 4), 2, 2)
        painter.setPen(QPen(QColor(k.control), 1))
        if self._last <= 0:
            return
        for x, _ in ticks(scale):
            painter.drawLine(QPointF(round(x) + 0.5, y + 7), QPointF(round(x) + 0.5, y + 11))
        x = scale.x(self._step)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(k.accent))
        painter.drawRoundedRect(QRectF(SIDE, y - 2, x - SIDE, 4), 2, 2)
        painter.drawEllipse(QPointF(x, y), 7, 7)

    # -- gestures ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek(event.position().x())

    def _seek(self, x: float) -> None:
        if self._last > 0:
            scale = self.scale()
            self.sought.emit(math.inf if x >= scale.right else scale.step_at(x))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        super().focusOutEvent(event)


_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
