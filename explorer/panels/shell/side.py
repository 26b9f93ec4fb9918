"""A dock at a side of the window: the panel, or a rail of icons where there is no room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QStackedWidget, QVBoxLayout, QWidget

from explorer.panels.parts import IconButton
from explorer.panels.shell.layout import RAIL

Widths = tuple[int, int, int]
GRIP = 7


class Side(QDockWidget):
    """``resized`` after every change of place or width; ``opened`` when the rail asks for room."""

    resized = Signal()

    def __init__(
        self, name: str, panel: QWidget, widths: Widths, rail: Sequence[IconButton]
    ) -> None:
        super().__init__(name)
        self.setObjectName(name)
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.setTitleBarWidget(QWidget())
        self._widths, self.wide = widths, widths[1]
        self._narrow = self._is_rail = False
        self._stack = QStackedWidget()
        self._stack.addWidget(panel)
        self._stack.addWidget(_rail(rail))
        self.setWidget(self._stack)
        self._apply()

    @property
    def is_rail(self) -> bool:
        return self._is_rail

    @property
    def widths(self) -> Widths:
        return self._widths

    def set_narrow(self, *, narrow: bool) -> None:
        """The window became too narrow for the panel, or wide enough again."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.set_rail(rail=narrow)

    def set_rail(self, *, rail: bool) -> None:
        """Show the rail or the panel."""
        if rail != self._is_rail:
            self._is_rail = rail
            self._apply()

    def _apply(self) -> None:
        least, _, most = (RAIL, RAIL, RAIL) if self._is_rail else self._widths
        self._stack.setCurrentIndex(int(self._is_rail))
        self.setMinimumWidth(least)
        self.setMaximumWidth(most)
        self.resized.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class Grip(QWidget):
    """Lies over the line between dock and centre, since one pixel is hard to grab."""

    dragged = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self._from: QPoint | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            at = event.globalPosition().toPoint()
            self.dragged.emit(at.x() - self._from.x())
            self._from = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None


def _rail(buttons: Sequence[IconButton]) -> QFrame:
    rail = QFrame()
    rail.setProperty("role", "panel")
    column = QVBoxLayout(rail)
    column.setContentsMargins(8, 8, 8, 8)
    column.setSpacing(6)
    for button in buttons:
        column.addWidget(button)
    column.addStretch(1)
    return rail
