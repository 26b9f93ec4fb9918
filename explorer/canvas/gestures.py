"""Hands on the map: Qt mouse, wheel and keys become camera moves, hover and selection.

A drag with the left button pans in 2D and turns in 3D; with the right one it pans, with the middle
one it turns. Shift makes it a box and Shift+Alt a lasso; but in 3D, where panning needs a key too,
Shift pans from empty space and draws a box from a mark. With the box or the lasso in hand no
modifier is needed, in 2D and 3D; then, as with a click, Shift adds, Ctrl toggles and Alt removes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from explorer.canvas.region import box
from explorer.canvas.stage import Stage

CLICK_PX, CORNER_PX = 4.0, 2.0
WHEEL = 1.0018
KEY_ZOOM = 1.25
KEY_PAN = 60.0
_M = Qt.KeyboardModifier
_ASKED = {_M.ShiftModifier: "add", _M.ControlModifier: "toggle", _M.AltModifier: "remove"}

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Reports:
    """What gestures tell.

    A camera moved, or came to rest; the pointer is over a place, or left; a click, and a closed
    outline (P, 2) px, each with the way in which it changes the selection; the outline grew; reset.
    ``on_mark`` answers whether there is a mark at a place; ``put_away`` is for the tool in hand.
    """

    camera: Callable[[], None]
    rest: Callable[[], None]
    hover: Callable[[Place | None], None]
    click: Callable[[Place, str], None]
    region: Callable[[NDArray[np.float64], str], None]
    band: Callable[[], None]
    reset: Callable[[], None]
    on_mark: Callable[[Place], bool]
    put_away: Callable[[], None]


def way_of(modifiers: Qt.KeyboardModifier) -> str:
    """How a click, or what the tool in hand encloses, changes the selection."""
    return next((way for key, way in _ASKED.items() if modifiers & key), "replace")


def drag_of(
    tool: str, dims: int, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier, *, on_mark: bool
) -> str:
    """What a drag that starts on a mark, or on empty space, does: pan, turn, box or lasso."""
    if button == Qt.MouseButton.RightButton:
        return "pan"
    if button == Qt.MouseButton.LeftButton and tool != "pan":
        return tool
    if button == Qt.MouseButton.LeftButton and modifiers & _M.ShiftModifier:
        if modifiers & _M.AltModifier:
            return "lasso"
        return "box" if dims == 2 or on_mark else "pan"
    return "turn" if dims == 3 else "pan"


class Gestures:
    """``tool`` is the one in hand, set by its owner."""

    def __init__(self, stage: Stage, reports: Reports) -> None:
        self._stage, self._to = stage, reports
        self.tool = "pan"
        self._from: QPointF | None = None
        self._last = QPointF()
        self._kind, self._way = "", "replace"
        self._dragged = False
        self._corners: list[Place] = []

    @property
    def dragging(self) -> bool:
        return self._dragged

    @property
    def band(self) -> NDArray[np.float64] | None:
        """The outline (P, 2) px that is being drawn, or None."""
        if not self._dragged or self._kind not in ("box", "lasso"):
            return None
        corners = self._corners
        return box(corners[0], corners[-1]) if self._kind == "box" else np.array(corners)

    def cancel(self) -> bool:
        """Drop the outline that is being drawn; False if there is none."""
        if self.band is None:
            return False
        self._from, self._dragged = None, False
        self._to.band()
        return True

    def press(self, event: QMouseEvent) -> None:
        at, modifiers = event.position(), event.modifiers()
        self.cancel()
        self._from = self._last = at
        self._dragged = False
        on_mark = self._to.on_mark((at.x(), at.y()))
        self._kind = drag_of(
            self.tool, self._stage.dims, event.button(), modifiers, on_mark=on_mark
        )
        quick = self.tool == "pan" and self._kind in ("box", "lasso")
        toggles = bool(modifiers & _M.ControlModifier)
        self._way = ("toggle" if toggles else "replace") if quick else way_of(modifiers)
        self._corners = [(at.x(), at.y())]

    def move(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._from is None or not event.buttons():
            self._from, self._dragged = None, False
            if not event.buttons():
                self._to.hover((at.x(), at.y()))
            return
        if not self._dragged and (at - self._from).manhattanLength() < CLICK_PX:
            return
        self._dragged = True
        step, self._last = at - self._last, at
        if self._kind in ("box", "lasso"):
            self._draw((at.x(), at.y()))
            return
        (self._stage.turn if self._kind == "turn" else self._stage.pan)(step.x(), step.y())
        self._to.camera()

    def _draw(self, at: Place) -> None:
        last = self._corners[-1]
        if abs(at[0] - last[0]) + abs(at[1] - last[1]) >= CORNER_PX:
            self._corners.append(at)
            self._to.band()

    def release(self, event: QMouseEvent) -> None:
        at, band = event.position(), self.band
        clicked = self._from is not None and not self._dragged
        moved = self._dragged and band is None
        self._from, self._dragged = None, False
        if band is not None:
            self._to.band()
            self._to.region(band, self._way)
        elif moved:
            self._to.rest()
        if clicked and event.button() == Qt.MouseButton.LeftButton:
            self._to.click((at.x(), at.y()), way_of(event.modifiers()))
        else:
            self._to.hover((at.x(), at.y()))

    def double(self, event: QMouseEvent) -> None:
        self._from = None
        if event.button() == Qt.MouseButton.LeftButton:
            self._to.reset()

    def wheel(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        at = event.position()
        self._stage.zoom(WHEEL**delta, (at.x(), at.y()))
        self._to.camera()

    def key(self, event: QKeyEvent, widget: QWidget) -> None:
        """R resets, + and - zoom, Esc drops what is being drawn, then the tool.

        Ctrl with an arrow pans, Ctrl+Shift with one turns in 3D.
        """
        middle = (widget.width() / 2, widget.height() / 2)
        ctrl = bool(event.modifiers() & _M.ControlModifier)
        turns = bool(event.modifiers() & _M.ShiftModifier) and self._stage.dims == 3
        pan = _PANS.get(event.key()) if ctrl else None
        if event.key() == Qt.Key.Key_Escape:
            if not self.cancel():
                if self.tool == "pan":
                    return
                self._to.put_away()
        elif event.key() == Qt.Key.Key_R and not event.modifiers():
            self._to.reset()
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and not ctrl:
            self._stage.zoom(KEY_ZOOM, middle)
            self._to.camera()
        elif event.key() == Qt.Key.Key_Minus and not ctrl:
            self._stage.zoom(1 / KEY_ZOOM, middle)
            self._to.camera()
        elif pan is not None:
            (self._stage.turn if turns else self._stage.pan)(*pan)
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
