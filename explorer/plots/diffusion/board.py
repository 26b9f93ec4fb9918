"""The widget: layers of lines and marks, what is painted over them, pointer and keys."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from explorer.canvas.gestures import way_of
from explorer.canvas.gl import problem
from explorer.panels.parts import Themed
from explorer.plots.chart.spec import nearest
from explorer.plots.diffusion import paint
from explorer.plots.diffusion.axes import layout
from explorer.plots.diffusion.ink import Sheet
from explorer.plots.diffusion.layer import Layers
from explorer.plots.diffusion.paint import Marked
from explorer.plots.diffusion.writing import Picture
from explorer.state.dress import Rgb
from explorer.theme.tokens import Tokens, rgb

GRAB, DRAG_PX, FAR = 8.0, 3, 10
NO_PICTURE = Picture(Sheet(), Sheet(), Sheet())
_STEPS = {
    Qt.Key.Key_Left: ("start", -1), Qt.Key.Key_Right: ("start", 1),
    Qt.Key.Key_Down: ("points", -1), Qt.Key.Key_Up: ("points", 1),
}  # fmt: skip
_CURSORS = {
    "start": Qt.CursorShape.SizeHorCursor, "end": Qt.CursorShape.SizeHorCursor,
    "window": Qt.CursorShape.OpenHandCursor, "spot": Qt.CursorShape.PointingHandCursor,
}  # fmt: skip


class Layer(Protocol):
    """Draws sheets in its widget."""

    native: QWidget

    def show(self, sheets: tuple[Sheet, ...], ground: Rgb) -> None: ...
    def close(self) -> object: ...


class Raster(QWidget):
    """The same layers without OpenGL."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.native: QWidget = self
        self._sheets: tuple[Sheet, ...] = ()
        self._ground = QColor("black")

    def show(self, sheets: tuple[Sheet, ...] = (), ground: Rgb = (0.0, 0.0, 0.0)) -> None:
        self._sheets, self._ground = sheets, QColor.fromRgbF(*ground)
        self.setVisible(True)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._ground)
        for sheet in self._sheets:
            paint.draw_sheet(painter, sheet, self._ground.name())
        painter.end()


class Board(QWidget, Themed):
    """Shows a picture; says what hands do with it.

    Signals
    -------
    pointed : (run, position of a checkpoint in it), -1 = none
    pressed : (run, position, a way of :mod:`explorer.state.selection`)
    dragged : (part, step): "window" its start, "start" or "end" that edge
    dropped : a drag has ended
    stepped : ("start" or "points", by how many)
    ended : "first" or "last" start is wanted, or "usual"
    chosen : the start of the run that is read out is to be selected
    resized : another size
    """

    pointed = Signal(int, int)
    pressed = Signal(int, int, str)
    dragged = Signal(str, float)
    dropped = Signal()
    stepped = Signal(str, int)
    ended = Signal(str)
    chosen = Signal()
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Squared distance against lag, and exponents against the start")
        self.setMinimumSize(420, 380)
        self.picture, self.marked = NO_PICTURE, Marked()
        self.layer: Layer = Raster(self) if problem() else Layers(self, 3, self._fall_back)
        self._through(self.layer.native)
        self._over = _Over(self)
        self._held: tuple[str, float] | None = None  # what is dragged, and where it was taken
        self._press: tuple[QPointF, tuple[int, int]] | None = None
        self._dragging = False

    def _through(self, widget: QWidget) -> None:
        widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        widget.setGeometry(self.rect())

    # -- what is shown ----------------------------------------------------------------------------

    def show_picture(self, picture: Picture) -> None:
        """Draw this from now on."""
        self.picture = picture
        self.layer.show((picture.under, picture.curves, picture.live), rgb(self.tokens.canvas))
        self._over.update()

    def show_marked(self, marked: Marked) -> None:
        """What is pointed at or selected has changed."""
        if marked != self.marked:
            self.marked = marked
            self._over.update()

    def paint_over(self, painter: QPainter) -> None:
        """Over the layers."""
        p, k = self.picture, self.tokens
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if p.window is not None:
            paint.draw_window(painter, p.window, k, handles=True)
        paint.draw_over(painter, p, k)
        paint.draw_marked(painter, self.marked, layout(self.width(), self.height()).said, k)
        if self.hasFocus() and p.lower is not None:
            r = p.lower.rect
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.accent), 1.0))
            painter.drawRect(int(r.left) - 2, int(r.top) - 2, int(r.width) + 4, int(r.height) + 3)

    def _fall_back(self, _sentence: str) -> None:
        """OpenGL refused. After the paint event that failed: nothing is closed while it paints."""
        QTimer.singleShot(0, self, self._use_raster)

    def _use_raster(self) -> None:
        self.layer.close()
        self.layer = Raster(self)
        self._through(self.layer.native)
        self._over.raise_()
        self.show_picture(self.picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.layer.native.setGeometry(self.rect())
        self._over.setGeometry(self.rect())
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._over.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._over.update()

    # -- pointer ----------------------------------------------------------------------------------

    def spot_at(self, at: QPointF) -> tuple[int, int]:
        """(run, position) of the point under a place, (-1, -1) = none."""
        for spots in self.picture.spots:
            row = nearest(spots.x, spots.y, (at.x(), at.y()), GRAB)
            if row >= 0:
                return int(spots.run[row]), int(spots.at[row])
        return -1, -1

    def part_at(self, at: QPointF) -> str:
        """ "start" or "end" of the window, "window", "beside" it, "" = not in the lower plot."""
        window = self.picture.window
        if window is None or not window.rect.holds(at.x(), at.y()):
            return ""
        far = {"start": abs(at.x() - window.left), "end": abs(at.x() - window.right)}
        part = min(far, key=lambda name: far[name])
        if far[part] <= GRAB:
            return part
        return "window" if window.left < at.x() < window.right else "beside"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        part, spot = self.part_at(at), self.spot_at(at)
        self._press, self._dragging, self._held = (at, spot), False, None
        if part == "beside" and spot == (-1, -1):
            self._held = ("window", 0.0)
            self._drag(at)
        elif part in ("start", "end", "window"):
            window = self.picture.window
            assert window is not None
            edge = window.right if part == "end" else window.left
            self._held = (part, at.x() - edge)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            far = (at - self._press[0]).manhattanLength() >= DRAG_PX
            if self._held is not None and (far or self._dragging):
                self._drag(at)
            return
        part, spot = self.part_at(at), self.spot_at(at)
        self.pointed.emit(*spot)
        name = part if part in ("start", "end") else "spot" if spot[0] >= 0 else part
        self.setCursor(_CURSORS.get(name, Qt.CursorShape.ArrowCursor))

    def _drag(self, at: QPointF) -> None:
        assert self._held is not None
        assert self.picture.lower is not None
        if not self._dragging:
            self._dragging = True
            self.pointed.emit(-1, -1)
            closed = Qt.CursorShape.ClosedHandCursor
            self.setCursor(closed if self._held[0] == "window" else Qt.CursorShape.SizeHorCursor)
        part, off = self._held
        self.dragged.emit(part, float(self.picture.lower.x_at(at.x() - off)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._press is None:
            return
        (_, spot), dragged = self._press, self._dragging
        self._press, self._held, self._dragging = None, None, False
        if dragged:
            self.unsetCursor()
            self.dropped.emit()
        elif spot[0] >= 0:
            self.pressed.emit(*spot, way_of(event.modifiers()))

    def leaveEvent(self, _event: object) -> None:
        self.pointed.emit(-1, -1)

    # -- keys -------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS and self.picture.window is not None:
            name, by = _STEPS[key]
            far = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(name, by * (FAR if far else 1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.ended.emit("first" if key == Qt.Key.Key_Home else "last")
        elif key == Qt.Key.Key_R and not event.modifiers():
            self.ended.emit("usual")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def places_of(self, run: int, at: int) -> tuple[tuple[float, float], ...]:
        """Where a checkpoint is drawn."""
        found: list[tuple[float, float]] = []
        for spots in self.picture.spots:
            rows = np.flatnonzero((spots.run == run) & (spots.at == at))
            found += zip(spots.x[rows].tolist(), spots.y[rows].tolist(), strict=True)
        return tuple(found)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self._over.update()

    def close(self) -> bool:
        self.layer.close()
        return super().close()


class _Over(QWidget):
    """What is painted over the layers; the pointer goes through."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._board = board
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._board.paint_over(painter)
        painter.end()
