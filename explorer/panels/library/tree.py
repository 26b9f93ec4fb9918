"""The tree view of the library: carets, boxes and rows under the pointer and the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QTreeView

from explorer.panels.library.delegate import BOX, BOX_X, STEP_IN, RowDelegate, box_rect
from explorer.panels.library.groups import Group, Row
from explorer.panels.library.model import LibraryModel
from explorer.panels.library.spec import ALL, RunRow
from explorer.panels.parts import Themed
from explorer.theme.tokens import Tokens

Flag = QItemSelectionModel.SelectionFlag


class Tree(QTreeView, Themed):
    """Says what was meant.

    Signals
    -------
    toggled : (indexes, on)
        The boxes of these rows were pressed.
    chose : (ids, how)
        Entries to select; ``how`` as in :func:`explorer.state.selection.choose`.
    pointed : str
        The entry under the pointer; "" = none.
    menu_asked : (index, where)
    rename_asked
        F2: the entry of the current row, which is selected.
    """

    toggled = Signal(list, bool)
    chose = Signal(object, str)
    pointed = Signal(str)
    menu_asked = Signal(QModelIndex, object)
    rename_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows = LibraryModel(self)
        self._delegate = RowDelegate(self)
        self._quiet = self._arranging = False
        self._known: set[str] = set()
        self._open: set[str] = set()
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setRootIsDecorated(False)
        self.setMouseTracking(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Runs and checkpoints")
        self.entered.connect(self._enter)
        self.expanded.connect(self._on_expanded)
        self.collapsed.connect(self._on_collapsed)

    def set_tokens(self, tokens: Tokens) -> None:
        self._delegate.tokens = tokens
        self.tokens = tokens
        self.viewport().update()

    # -- state to view ----------------------------------------------------------------------------

    def show_rows(self, rows: tuple[Row, ...], *, searching: bool) -> None:
        """Become ``rows``. Groups are open at first (but for layers), runs while a search cuts
        them; else a row is as it was left, also when it was away for a while.
        """
        self._quiet = self._arranging = True
        self.rows.set_rows(rows)
        for index, row in self.rows.groups():
            if isinstance(row, Group) and not row.shut and row.key not in self._known:
                self._open.add(row.key)
            self._known.add(row.key)
            cut = searching and isinstance(row, RunRow) and row.part
            self.setExpanded(index, cut or row.key in self._open)
        self._quiet = self._arranging = False

    def open_all(self) -> None:
        """Open every group and run."""
        self._open.update(row.key for _, row in self.rows.groups())
        self.expandAll()

    def _on_expanded(self, index: QModelIndex) -> None:
        row = self.rows.row_at(index)
        if row is not None and not self._arranging:
            self._open.add(row.key)

    def _on_collapsed(self, index: QModelIndex) -> None:
        row = self.rows.row_at(index)
        if row is not None and not self._arranging:
            self._open.discard(row.key)

    def dataChanged(self, first: QModelIndex, last: QModelIndex, roles: object = ()) -> None:
        """Every row is as high as before: paint. Qt would look at each row, seen or not."""
        self.viewport().update()

    def close_runs(self) -> None:
        """Close every run; groups stay open."""
        for index, row in self.rows.groups():
            self.setExpanded(index, isinstance(row, Group) and not row.shut)

    def follow(self, chosen: frozenset[str], shown: str, *, own: bool) -> None:
        """Highlight the rows of these entries. Those from elsewhere (not ``own``) come in sight.

        Qt's own selection is what the last gesture here marked: thousands of scattered rows would
        take it seconds.
        """
        self.rows.chosen = chosen
        if not own:
            self._quiet = True
            self.selectionModel().clearSelection()
            index = self.rows.find(shown) if shown else QModelIndex()
            if index.isValid():
                self.selectionModel().setCurrentIndex(index, Flag.NoUpdate)
                self._bring(index)
            self._quiet = False
        self.viewport().update()

    def _bring(self, index: QModelIndex) -> None:
        hint = QAbstractItemView.ScrollHint
        self.scrollTo(index)
        rect, room = self.visualRect(index), self.viewport().rect()
        near = rect.top() < 2 * rect.height() or rect.bottom() > room.bottom() - 2 * rect.height()
        if near:
            self.scrollTo(index, hint.PositionAtCenter)

    # -- gestures ---------------------------------------------------------------------------------

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            adding = bool(QGuiApplication.keyboardModifiers() & _CTRL)
            how = "add" if adding else "replace"
            self.chose.emit(self._ids(self.selectionModel().selection()), how)

    def _ids(self, selection: QItemSelection) -> tuple[str, ...]:
        """Entries of the selected rows, latest first, that of the current row before all."""
        found = dict.fromkeys(
            leaf.entry.id
            for index in self._indexes(selection)
            for leaf in reversed(self.rows.leaves_at(index))
            if leaf.entry is not None
        )
        current = self.rows.leaf_at(self.currentIndex())
        if current is not None and current.key in found:
            return (current.key, *(i for i in found if i != current.key))
        return tuple(found)

    def _indexes(self, selection: QItemSelection) -> Iterator[QModelIndex]:
        for k in range(selection.count()):
            stretch = selection.at(k)
            for row in range(stretch.top(), stretch.bottom() + 1):
                yield self.rows.index(row, 0, stretch.parent())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            if self._in_box(index, event):
                self._toggle(index)
                return
            if self._in_caret(index, event):
                self.setExpanded(index, not self.isExpanded(index))
                return
            if event.modifiers() == _CTRL:
                self._flip(index)
                return
        if event.button() == Qt.MouseButton.RightButton and self.rows.is_chosen(index):
            return  # the menu is about all that is selected
        super().mousePressEvent(event)

    def _flip(self, index: QModelIndex) -> None:
        """Take a row into the selection, or out of it where all of it is in."""
        self._quiet = True
        self.selectionModel().setCurrentIndex(index, Flag.NoUpdate)
        self._quiet = False
        ids = tuple(leaf.key for leaf in reversed(self.rows.leaves_at(index)) if leaf.entry)
        self.chose.emit(ids, "remove" if self.rows.is_chosen(index) else "add")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid():
            self._toggle(index)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.setExpanded(index, not self.isExpanded(index))
        elif event.key() == Qt.Key.Key_F2:
            self.rename_asked.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            rect = self.visualRect(index)
            below = self.viewport().mapToGlobal(QPoint(rect.left() + BOX_X, rect.bottom()))
            self.menu_asked.emit(index, below if by_key else event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit("")

    def _enter(self, index: QModelIndex) -> None:
        leaf = self.rows.leaf_at(index)
        self.pointed.emit(leaf.key if leaf is not None and leaf.entry is not None else "")

    def _toggle(self, index: QModelIndex) -> None:
        """The box of a marked row stands for those of all marked rows."""
        on = self.rows.ticked(index) != ALL
        marked = self.selectionModel()
        several = marked.isSelected(index)
        self.toggled.emit(list(self._indexes(marked.selection())) if several else [index], on)

    def _in_box(self, index: QModelIndex, event: QMouseEvent) -> bool:
        rect = box_rect(QRectF(self.visualRect(index)), self.rows.depth(index))
        return rect.adjusted(-3, -5, 3, 5).contains(event.position())

    def _in_caret(self, index: QModelIndex, event: QMouseEvent) -> bool:
        edge = BOX_X + STEP_IN * self.rows.depth(index) - (BOX - 12)
        return self.rows.rowCount(index) > 0 and event.position().x() < edge


_CTRL = Qt.KeyboardModifier.ControlModifier
