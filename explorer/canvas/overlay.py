"""The transparent widget over the map: text and cards as ready pixmaps, and all gestures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QRegion,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from explorer.canvas.ink import writes

BAND_PX, BAND_DASH, BAND_FILL = 1.5, (5.0, 4.0), 0.07


@dataclass(frozen=True, slots=True)
class Sprite:
    """A ready picture at a place, in logical px; ``tip`` is said when the pointer rests on it."""

    pixmap: QPixmap
    x: int
    y: int
    tip: str = ""

    @property
    def rect(self) -> QRect:
        size = self.pixmap.deviceIndependentSize()
        return QRect(self.x, self.y, round(size.width()) + 1, round(size.height()) + 1)


class Overlay(QWidget):
    """Paints named layers of sprites; repaints only where a sprite came, went or moved.

    Signals carry positions in logical px. ``moved`` also tells the buttons and modifiers.
    """

    pressed = Signal(QMouseEvent)
    moved = Signal(QMouseEvent)
    released = Signal(QMouseEvent)
    doubled = Signal(QMouseEvent)
    wheeled = Signal(QWheelEvent)
    left = Signal()
    key = Signal(QKeyEvent)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._layers: dict[str, tuple[Sprite, ...]] = {}
        self._ring = QColor()
        self._band = QPolygonF()
        self._keyboard = False
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of models")

    def set_ring(self, colour: str) -> None:
        self._ring = QColor(colour)

    def set_band(self, outline: NDArray[np.float64] | None) -> None:
        """The box or lasso that is being drawn, (P, 2) px, or None."""
        old = self._band.boundingRect().toAlignedRect()
        corners = [] if outline is None else [QPointF(x, y) for x, y in outline.tolist()]
        self._band = QPolygonF(corners)
        new = self._band.boundingRect().toAlignedRect()
        self.update(old.united(new).adjusted(-3, -3, 3, 3))

    def set_layers(self, layers: Mapping[str, tuple[Sprite, ...]]) -> None:
        """Replace the named layers; the others stay. Layers are painted in order of first use."""
        dirty = QRegion()
        for name, sprites in layers.items():
            old = self._layers.get(name, ())
            if old == sprites:
                continue
            before, after = ({_key(s): s for s in group} for group in (old, sprites))
            for key in before.keys() ^ after.keys():
                dirty += (before.get(key) or after[key]).rect
            self._layers[name] = sprites
        if not dirty.isEmpty():
            self.update(dirty)

    def paint(self, painter: QPainter, region: QRegion | None = None) -> None:
        """Draw every sprite that touches ``region``; also used for pictures."""
        for sprites in self._layers.values():
            for sprite in sprites:
                if region is None or region.intersects(sprite.rect):
                    painter.drawPixmap(QPoint(sprite.x, sprite.y), sprite.pixmap)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if writes(painter):  # a file: there Printed paints everything, with text as text
            painter.end()
            return
        self.paint(painter, event.region())
        self._paint_band(painter)
        if self._keyboard and self.hasFocus():
            painter.setPen(QPen(self._ring, 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_band(self, painter: QPainter) -> None:
        if self._band.isEmpty():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(self._ring)
        fill.setAlphaF(BAND_FILL)
        path = QPainterPath()
        path.addPolygon(self._band)
        path.closeSubpath()
        path.setFillRule(Qt.FillRule.WindingFill)
        painter.fillPath(path, fill)
        pen = QPen(self._ring, BAND_PX)
        pen.setDashPattern([dash / BAND_PX for dash in BAND_DASH])
        painter.strokePath(path, pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._set_keyboard(False)
        self.pressed.emit(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.moved.emit(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.released.emit(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.doubled.emit(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.wheeled.emit(event)
        event.accept()

    def leaveEvent(self, event: object) -> None:
        self.left.emit()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip = self.tip_at(event.pos())
            QToolTip.showText(event.globalPos(), tip, self)
            event.setAccepted(bool(tip))
            return True
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
            and not self._band.isEmpty()
        ):
            event.accept()  # what is being drawn goes before what the key does elsewhere
            return True
        return super().event(event)

    def tip_at(self, at: QPoint) -> str:
        """What the sprite under ``at`` has to say, "" = nothing."""
        found = (s.tip for group in self._layers.values() for s in group if s.rect.contains(at))
        return next((tip for tip in found if tip), "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        self.key.emit(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._set_keyboard(event.reason() in (*by_key, Qt.FocusReason.ShortcutFocusReason))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._set_keyboard(False)

    def _set_keyboard(self, shown: bool) -> None:
        if shown != self._keyboard:
            self._keyboard = shown
            self.update()


def _key(sprite: Sprite) -> tuple[int, int, int]:
    return sprite.pixmap.cacheKey(), sprite.x, sprite.y
