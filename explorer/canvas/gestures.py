"""Hands on the map: Qt mouse, wheel and keys become camera moves, hover and selection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from explorer.canvas.stage import Stage

CLICK_PX = 4.0
WHEEL = 1.0018
KEY_ZOOM = 1.25
KEY_PAN = 60.0


@dataclass(frozen=True, slots=True)
class Reports:
    """What gestures tell: a camera moved, the pointer is over a place (or left), a click."""

    camera: Callable[[], None]
    hover: Callable[[tuple[float, float] | None], None]
    click: Callable[[tuple[float, float]], None]
    reset: Callable[[], None]


class Gestures:
    """Left drag pans in 2D and orbits in 3D; Shift or right drag pans in 3D."""

    def __init__(self, stage: Stage, reports: Reports) -> None:
        self._stage, self._to = stage, reports
        self._from: QPointF | None = None
        self._last = QPointF()
        self._dragged = False

    @property
    def dragging(self) -> bool:
        return self._dragged

    def press(self, event: QMouseEvent) -> None:
        self._from = self._last = event.position()
        self._dragged = False

    def move(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._from is None or not event.buttons():
            self._from = None
            self._to.hover((at.x(), at.y()))
            return
        if not self._dragged and (at - self._from).manhattanLength() < CLICK_PX:
            return
        self._dragged = True
        step, self._last = at - self._last, at
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        pans = shift or not event.buttons() & Qt.MouseButton.LeftButton or self._stage.dims == 2
        (self._stage.pan if pans else self._stage.turn)(step.x(), step.y())
        self._to.camera()

    def release(self, event: QMouseEvent) -> None:
        at = event.position()
        clicked = self._from is not None and not self._dragged
        self._from, self._dragged = None, False
        if clicked and event.button() == Qt.MouseButton.LeftButton:
            self._to.click((at.x(), at.y()))
        else:
            self._to.hover((at.x(), at.y()))

    def double(self, _event: QMouseEvent) -> None:
        self._from = None
        self._to.reset()

    def wheel(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        at = event.position()
        self._stage.zoom(WHEEL**delta, (at.x(), at.y()))
        self._to.camera()

    def key(self, event: QKeyEvent, widget: QWidget) -> None:
        """R resets, + and - zoom, Ctrl with an arrow pans."""
        middle = (widget.width() / 2, widget.height() / 2)
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pan = _PANS.get(event.key()) if ctrl else None
        if event.key() == Qt.Key.Key_R and not event.modifiers():
            self._to.reset()
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and not ctrl:
            self._stage.zoom(KEY_ZOOM, middle)
            self._to.camera()
        elif event.key() == Qt.Key.Key_Minus and not ctrl:
            self._stage.zoom(1 / KEY_ZOOM, middle)
            self._to.camera()
        elif pan is not None:
            self._stage.pan(*pan)
            self._to.camera()
        else:
            return
        event.accept()


_PANS = {
    Qt.Key.Key_Left: (KEY_PAN, 0.0),
    Qt.Key.Key_Right: (-KEY_PAN, 0.0),
    Qt.Key.Key_Up: (0.0, KEY_PAN),
    Qt.Key.Key_Down: (0.0, -KEY_PAN),
}
