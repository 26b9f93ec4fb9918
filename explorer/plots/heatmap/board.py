"""The widget: cells in the middle, what is painted around and over them, hands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from explorer.canvas.gestures import way_of
from explorer.panels.parts import Later, Themed
from explorer.plots.heatmap import paint
from explorer.plots.heatmap.cells import Cells, Look, Raster
from explorer.plots.heatmap.layout import Frame, Rect, Window, brackets, frame
from explorer.plots.heatmap.paint import Figure, Pointed
from explorer.plots.heatmap.textured import make
from explorer.plots.heatmap.tree import picked
from explorer.theme.tokens import Tokens

DRAG_PX, ZOOM_STEP, PAN_SHARE = 4, 1.0015, 0.15
NO_FIGURE = Figure((), (), (), np.zeros((0, 3), np.uint8), {}, np.zeros(0, bool))
_ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}  # fmt: skip


class Board(QWidget, Themed):
    """Shows what it is given; zooming and moving are its own until :attr:`settled`.

    Signals
    -------
    pointed : (row, column), -1 = none
    clustered : (first row, last row) under the pointer, (-1, -1) = none
    pressed : (rows as a tuple, a way of :mod:`explorer.state.selection`)
    looked : another part is looked at: cells may be missing
    settled : the part that is looked at stays
    """

    pointed = Signal(int, int)
    clustered = Signal(int, int)
    pressed = Signal(object, str)
    looked = Signal()
    settled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("KL of all pairs of rows")
        self.setMinimumSize(200, 160)
        self.figure, self.marked = NO_FIGURE, Pointed()
        self.window_ = Window(0.0, 0.0, 1.0)
        self.place = self._layout()
        self.look_of: Callable[[Window], Look] | None = None
        self.cells: Cells = make(self, self._fall_back)
        self.cells.native.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = _Over(self)
        self._settle = Later(self, 300, self.settled.emit)
        self._paper, self._stale = QPixmap(), QRegion()
        self._held: QPointF | None = None
        self._from = self.window_
        self._dragged = False
        self._anchor = -1

    # -- what is shown ----------------------------------------------------------------------------

    @property
    def n(self) -> int:
        return len(self.figure.entries)

    @property
    def pixels(self) -> float:
        """Physical pixels across the cells."""
        return self.place.cells.w * self.devicePixelRatioF()

    def show_figure(self, figure: Figure, look_of: Callable[[Window], Look] | None) -> None:
        """Other rows, or the same in other colours."""
        self.figure, self.look_of = figure, look_of
        self._lay_out()
        self.show_cells()
        self._over.update()
        self.update()

    def show_window(self, window: Window) -> None:
        """Look at another part."""
        if window != self.window_:
            self.window_ = window
            self.show_cells()
            self._update_around()
            self.looked.emit()

    def show_cells(self) -> None:
        """Draw the cells as they are known now."""
        if self.look_of is not None and self.n:
            self.cells.show(self.look_of(self.window_))
            self._show_over()

    def show_marked(self, marked: Pointed) -> None:
        """What is pointed at or selected has changed."""
        around = marked.cluster != self.marked.cluster or marked.chosen is not self.marked.chosen
        self.marked = marked
        self._show_over()
        if around:
            self._update_around()

    def _show_over(self) -> None:
        """What has nothing to show is hidden: composing it costs time while cells move."""
        marked = self._is_marked()
        self._over.setVisible(marked)
        if marked:
            self._over.update()

    def _is_marked(self) -> bool:
        """Whether anything is painted over the cells."""
        m = self.marked
        some = m.cell[0] >= 0 or m.other >= 0 or int(m.chosen.sum()) == 2
        return some or bool(self.figure.greyed.any())

    def _update_around(self) -> None:
        """What moves with the window: strips, trees and names."""
        place, edge = self.place, 4
        c, left, top = place.cells, place.left_tree, place.top_tree
        areas = (
            QRectF(left.x, c.y, c.x - left.x, c.h),
            QRectF(c.x, top.y, c.w, c.y - top.y),
            QRectF(place.names_x, c.y, self.width() - place.names_x, c.h),
        )
        moved = QRegion()
        for area in areas:
            moved += area.adjusted(-edge, -edge, edge, edge).toAlignedRect()
        moved -= QRegion(self._cells_rect())
        self._stale += moved
        self.update(moved)

    def _update_all(self) -> None:
        self._stale = QRegion(self.rect())
        self.update()

    def _cells_rect(self) -> QRect:
        c = self.place.cells
        return QRect(int(c.x), int(c.y), int(c.w), int(c.h))

    def _layout(self) -> Frame:
        f = self.figure
        return frame(self.width(), self.height(), f.rows, paint.measure,
                     tree=f.tree is not None, foot=bool(f.note))  # fmt: skip

    def _lay_out(self) -> None:
        self.place = self._layout()
        self._update_all()
        self.cells.native.setGeometry(self._cells_rect())
        self.cells.native.setVisible(self.n > 0)
        self._over.setGeometry(self.rect())
        self._over.raise_()

    def _fall_back(self, _sentence: str) -> None:
        """OpenGL refused. After the paint event that failed: nothing is closed while it paints."""
        QTimer.singleShot(0, self, self._use_raster)

    def _use_raster(self) -> None:
        self.cells.close()
        self.cells = Raster(self)
        self.cells.native.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.cells.native.setGeometry(self._cells_rect())
        self.cells.native.setVisible(True)
        self._over.raise_()
        self.show_cells()

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Names of runs, in pixels: for tests."""
        found = brackets(self.place, self.figure.rows, self.window_, paint.measure)
        return [(QRectF(b.name.x, b.name.y, b.name.w, b.name.h), b.run) for b in found if b.name]

    def card_rect(self) -> Rect | None:
        """Where the card stands, None = there is none: for tests."""
        return self._over.card

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._paper.size() != self.size() * ratio:
            self._paper, self._stale = QPixmap(self.size() * ratio), QRegion(self.rect())
        self._paper.setDevicePixelRatio(ratio)
        if not self._stale.isEmpty():
            self._paint_around()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._paper)
        painter.end()

    def _paint_around(self) -> None:
        """What stands around the cells, where it has changed: kept, for what moves over it."""
        painter = QPainter(self._paper)
        painter.setClipRegion(self._stale)
        painter.fillRect(self.rect(), QColor(self.tokens.canvas))
        paint.paint_around(painter, self.place, self.figure, self.window_, self.marked, self.tokens)
        painter.end()
        self._stale = QRegion()

    def paint_over(self, painter: QPainter) -> Rect | None:
        """Over the cells; where the card stands."""
        if not self.n:
            return None
        args = self.place, self.figure, self.window_, self.marked, self.tokens
        paint.paint_over(painter, *args)
        return paint.paint_card(painter, *args)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()
        self.looked.emit()

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self._update_all()
        self._over.update()

    # -- where the pointer is ---------------------------------------------------------------------

    def _along(self, at: QPointF) -> tuple[float, float]:
        """(column, row) under a place, not rounded."""
        c, w = self.place.cells, self.window_
        scale = w.span / c.w
        return w.x + (at.x() - c.x) * scale, w.y + (at.y() - c.y) * scale

    def cell_at(self, at: QPointF) -> tuple[int, int]:
        """(row, column), (-1, -1) = beside the cells."""
        if not self.place.cells.holds(at.x(), at.y()):
            return -1, -1
        x, y = self._along(at)
        return min(int(y), self.n - 1), min(int(x), self.n - 1)

    def row_at(self, at: QPointF) -> int:
        """The row whose place on a strip this is, -1 = none."""
        x, y = self._along(at)
        for strip, value in ((self.place.left_strip, y), (self.place.top_strip, x)):
            if strip.holds(at.x(), at.y()):
                return min(int(value), self.n - 1)
        return -1

    def cluster_at(self, at: QPointF) -> tuple[int, int] | None:
        """First and last row of the branch under a place; None = no tree is there."""
        tree = self.figure.tree
        if tree is None:
            return None
        (x, y), left, top = self._along(at), self.place.left_tree, self.place.top_tree
        if left.holds(at.x(), at.y()):
            along, height = y, (left.x + left.w - at.x()) / left.w
        elif top.holds(at.x(), at.y()):
            along, height = x, (top.y + top.h - at.y()) / top.h
        else:
            return None
        _, first, last = picked(tree, along, height + 0.02, self.n)
        return first, last

    # -- hands ------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if not self.n:
            return
        if self._held is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(at)
            return
        cell = self.cell_at(at)
        self.pointed.emit(*cell)
        row = self.row_at(at)
        cluster = (row, row) if row >= 0 else self.cluster_at(at)
        self.clustered.emit(*(cluster or (-1, -1)))
        hand = Qt.CursorShape.PointingHandCursor
        self.setCursor(hand if cluster else Qt.CursorShape.ArrowCursor)

    def _drag(self, at: QPointF) -> None:
        assert self._held is not None
        moved = at - self._held
        if self._anchor >= 0:
            return
        if not self._dragged and moved.manhattanLength() < DRAG_PX:
            return
        if not self._dragged:
            self._dragged = True
            self.pointed.emit(-1, -1)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        scale = self._from.span / self.place.cells.w
        self.show_window(self._from.moved(-moved.x() * scale, -moved.y() * scale, self.n))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.n:
            at = event.position()
            self._held, self._from, self._dragged = at, self.window_, False
            self._anchor = self.row_at(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._held is None:
            return
        at, dragged, anchor = event.position(), self._dragged, self._anchor
        self._held, self._dragged, self._anchor = None, False, -1
        if dragged:
            self.setCursor(Qt.CursorShape.ArrowCursor)
            self.settled.emit()
            return
        way = way_of(event.modifiers())
        if anchor >= 0:
            end = self.row_at(at)
            low, high = sorted((anchor, end if end >= 0 else anchor))
            self.pressed.emit(tuple(range(low, high + 1)), way)
        elif (cluster := self.cluster_at(at)) is not None:
            self.pressed.emit(tuple(range(cluster[0], cluster[1] + 1)), way)
        elif (cell := self.cell_at(at))[0] >= 0:
            self.pressed.emit(tuple(dict.fromkeys(cell)), way)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.n:
            self.zoom(ZOOM_STEP ** event.angleDelta().y(), event.position())
            event.accept()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Closer by a factor, around a place; None = the middle, or the cell pointed at."""
        c, w = self.place.cells, self.window_
        u = v = 0.5
        if at is not None:
            u, v = (at.x() - c.x) / c.w, (at.y() - c.y) / c.h
        elif self.marked.cell[0] >= 0:
            i, j = self.marked.cell
            u, v = (j + 0.5 - w.x) / w.span, (i + 0.5 - w.y) / w.span
        u, v = min(max(u, 0.0), 1.0), min(max(v, 0.0), 1.0)
        self.show_window(w.zoomed(factor, u, v, self.n))
        self._settle.start()

    def show_all(self) -> None:
        """Everything again."""
        self.show_window(Window(0.0, 0.0, float(self.n)))
        self.settled.emit()

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(-1, -1)
        self.clustered.emit(-1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, how = Qt.Key(event.key()), event.modifiers()
        if not self.n:
            super().keyPressEvent(event)
        elif key in _ARROWS:
            self._step(*_ARROWS[key], how)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.5)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / 1.5)
        elif key == Qt.Key.Key_R:
            self.show_all()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.marked.cell[0] >= 0:
            self.pressed.emit(tuple(dict.fromkeys(self.marked.cell)), way_of(how))
        else:
            super().keyPressEvent(event)

    def _step(self, down: int, right: int, how: Qt.KeyboardModifier) -> None:
        """To another cell; with Ctrl the part that is looked at moves."""
        w = self.window_
        if how & Qt.KeyboardModifier.ControlModifier:
            far = w.span * PAN_SHARE
            self.show_window(w.moved(right * far, down * far, self.n))
            self._settle.start()
            return
        far = 10 if how & Qt.KeyboardModifier.ShiftModifier else 1
        i, j = self.marked.cell
        if i < 0:
            i, j = int(w.y + w.span / 2), int(w.x + w.span / 2)
        else:
            i, j = i + far * down, j + far * right
        i, j = (min(max(v, 0), self.n - 1) for v in (i, j))
        self.show_window(w.showing(i, j, self.n))
        self.pointed.emit(i, j)

    def close(self) -> bool:
        self._settle.stop()
        self.cells.close()
        return super().close()


class _Over(QWidget):
    """Crosshair and card, over the cells; the pointer goes through."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._board = board
        self.card: Rect | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.card = self._board.paint_over(painter)
        painter.end()
