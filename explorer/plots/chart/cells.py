"""A grid of cells that is pointed at and pressed, by mouse and keys; a subclass paints it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.panels.parts import Themed

ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}  # fmt: skip


class CellGrid(QWidget, Themed):
    """Keeps the cell that is pointed at, as it is told to show it.

    Signals
    -------
    pointed, pressed : (row, column); -1 = none
    """

    pointed = Signal(int, int)
    pressed = Signal(int, int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(180, 130)
        self.setAccessibleName(name)
        self.cell = (-1, -1)
        self.marked: frozenset[str] = frozenset()

    def sizeHint(self) -> QSize:
        return QSize(360, 300)

    # -- what a subclass says ----------------------------------------------------------------------

    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        raise NotImplementedError

    def cell_at(self, at: QPointF) -> tuple[int, int]:
        """The cell under a place, (-1, -1) = none."""
        raise NotImplementedError

    # -- what is shown -----------------------------------------------------------------------------

    def show_marked(self, ids: frozenset[str]) -> None:
        """What is selected or pointed at in any view."""
        if ids != self.marked:
            self.marked = ids
            self.update()

    def show_cell(self, i: int, j: int) -> None:
        """The cell that is pointed at."""
        if (i, j) != self.cell:
            self.cell = (i, j)
            self.update()

    # -- hands -------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self.cell_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(-1, -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        i, j = self.cell_at(event.position())
        if i >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(i, j)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        (rows, columns), key = self.shape(), Qt.Key(event.key())
        if key in ARROWS and rows:
            i, j = self.cell
            if i >= 0:
                i, j = i + ARROWS[key][0], j + ARROWS[key][1]
            self.pointed.emit(min(max(i, 0), rows - 1), min(max(j, 0), columns - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cell[0] >= 0:
            self.pressed.emit(*self.cell)
        else:
            super().keyPressEvent(event)


def outline(painter: QPainter, rect: QRectF) -> None:
    """The cell that is pointed at: 2 px white over 4 px black."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, wide in (("#000000", 4.0), ("#FFFFFF", 2.0)):
        painter.setPen(QPen(QColor(colour), wide))
        painter.drawRect(rect)
