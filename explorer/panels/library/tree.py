"""The tree view of the library: carets, boxes and rows under the pointer and the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeView

from explorer.panels.library.delegate import BOX, RUN_BOX_X, RowDelegate, box_rect
from explorer.panels.library.model import Index, LibraryModel
from explorer.panels.parts import Themed
from explorer.theme.tokens import Tokens


class Tree(QTreeView, Themed):
    """Says what was meant: ``toggled`` a box, ``picked`` a row, ``menu_asked`` by right click."""

    toggled = Signal(QModelIndex)
    picked = Signal(QModelIndex)
    menu_asked = Signal(QModelIndex, object)

    def __init__(self) -> None:
        super().__init__()
        self.rows = LibraryModel(self)
        self._delegate = RowDelegate(self)
        self._quiet = False
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setRootIsDecorated(False)
        self.setMouseTracking(True)
        self.setAllColumnsShowFocus(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Runs and checkpoints")

    def set_tokens(self, tokens: Tokens) -> None:
        self._delegate.tokens = tokens
        self.tokens = tokens
        self.viewport().update()

    def follow(self, index: QModelIndex) -> None:
        """Make ``index`` current and visible without telling anyone; invalid = nothing."""
        self._quiet = True
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        else:
            self.clearSelection()
        self._quiet = False

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if not self._quiet and current.isValid():
            self.picked.emit(self.currentIndex())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            if self._in_box(index, event):
                self.toggled.emit(index)
                return
            if self._in_caret(index, event):
                self.setExpanded(index, not self.isExpanded(index))
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self.toggled.emit(index)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            self.menu_asked.emit(index, event.globalPos())

    def _in_box(self, index: QModelIndex, event: QMouseEvent) -> bool:
        rect = box_rect(QRectF(self.visualRect(index)), child=index.parent().isValid())
        return rect.adjusted(-3, -5, 3, 5).contains(event.position())

    def _in_caret(self, index: QModelIndex, event: QMouseEvent) -> bool:
        return not index.parent().isValid() and event.position().x() < RUN_BOX_X - (BOX - 12)
