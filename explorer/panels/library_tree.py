"""The tree of the library: what a click or a key on each part of a row means."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QTreeView, QWidget

from explorer.panels.library_delegate import CARET, RowDelegate
from explorer.panels.library_model import LibraryModel
from explorer.theme.tokens import Tokens

_CARET_REACH = CARET + 11
_BOX_REACH = 4.0


class LibraryTree(QTreeView):
    """Gestures leave as signals that carry a model index; the tree changes no state.

    Signals
    -------
    chosen : a row became the current one, by mouse or key
    flipped : its box, or Space
    menu_asked : (index, where on the screen)
    """

    chosen = Signal(QModelIndex)
    flipped = Signal(QModelIndex)
    menu_asked = Signal(QModelIndex, QPoint)

    def __init__(self, model: LibraryModel, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowDelegate(self, model, tokens)
        self.setItemDelegate(self.rows)
        self._model = model
        self.setModel(model)
        self.setAccessibleName("Runs and checkpoints")
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QTreeView.SelectionMode.NoSelection)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_tokens(self, tokens: Tokens) -> None:
        self.rows.tokens = tokens
        self.viewport().update()

    def show_selected(self, key: str) -> None:
        """Paint the leaf with this key as selected; no scrolling."""
        if key != self.rows.selected:
            self.rows.selected = key
            self.viewport().update()

    def reveal(self, key: str) -> None:
        """Open the run of the leaf with this key and scroll to it."""
        index = self._model.find(key)
        if index.isValid():
            if index.parent().isValid():
                self.expand(index.parent())
            self.scrollTo(index, QTreeView.ScrollHint.EnsureVisible)

    # -- gestures

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.rows.keyboard = False
        index = self.indexAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            super().mousePressEvent(event)
            return
        if self._on_caret(index, event.position()):
            self.setExpanded(index, not self.isExpanded(index))
        elif self._on_box(index, event.position()):
            self.flipped.emit(index)
        else:
            super().mousePressEvent(event)
            self.chosen.emit(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        parts = self._on_caret(index, event.position()) or self._on_box(index, event.position())
        if parts:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.rows.keyboard = True
        now = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and now.isValid():
            self.flipped.emit(now)
            return
        super().keyPressEvent(event)
        if self.currentIndex() != now or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.currentIndex())
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if at_mouse else self.currentIndex()
        if not index.isValid():
            return
        where = event.globalPos()
        if not at_mouse:
            where = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        self.menu_asked.emit(index, where)

    def _on_caret(self, index: QModelIndex, at: QPointF) -> bool:
        return at.x() < _CARET_REACH and self._model.hasChildren(index)

    def _on_box(self, index: QModelIndex, at: QPointF) -> bool:
        if not index.isValid():
            return False
        row = QRectF(self.visualRect(index))
        row.setLeft(0)
        reach = _BOX_REACH
        return self.rows.box(index, row).adjusted(-reach, -reach, reach, reach).contains(at)

    # -- what stays when the rows are made again

    def remembered(self) -> tuple[int, str]:
        """The scroll position, and the name of the current row."""
        return self.verticalScrollBar().value(), self._key(self.currentIndex())

    def restore(self, opened: frozenset[str], remembered: tuple[int, str]) -> None:
        model = self._model
        for at, run in enumerate(model.runs):
            if run.name in opened:
                self.expand(model.index(at, 0))
        scroll, key = remembered
        current = self._found(key)
        if current.isValid():
            # Not setCurrentIndex: that scrolls.
            flag = self.selectionModel().SelectionFlag.NoUpdate
            self.setAutoScroll(False)
            self.selectionModel().setCurrentIndex(current, flag)
            self.setAutoScroll(True)
        self.executeDelayedItemsLayout()
        self.verticalScrollBar().setValue(scroll)

    def _key(self, index: QModelIndex) -> str:
        run = self._model.run_at(index)
        if run is not None:
            return "run:" + run.name
        leaf = self._model.leaf_at(index)
        return leaf.key if leaf is not None else ""

    def _found(self, key: str) -> QModelIndex:
        model = self._model
        for at, run in enumerate(model.runs):
            if key == "run:" + run.name:
                return model.index(at, 0)
        return model.find(key) if key else QModelIndex()
