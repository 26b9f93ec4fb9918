"""The numbers of a view as a table: sorted, copied, and selecting what they are about."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QTableView, QVBoxLayout

from explorer.panels.parts import PushButton, label
from explorer.plots.contract import Table
from explorer.plots.export.spec import as_csv, as_markdown, cell, exact, heads

Index = QModelIndex | QPersistentModelIndex
ROW, LOOKED_AT = 26, 60
"""Height of a row; rows whose width is looked at for that of a column."""
EMPTY = Table((), ())


class TableModel(QAbstractTableModel):
    """A :class:`Table` for Qt, sorted by one of its columns or not.

    Sorted here as a whole: a proxy would ask for two values at every comparison.
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = EMPTY
        self._order: list[int] = []
        self._by = (-1, Qt.SortOrder.AscendingOrder)

    def set_table(self, table: Table) -> None:
        self.beginResetModel()
        if table.columns != self.table.columns:
            self._by = (-1, Qt.SortOrder.AscendingOrder)
        self.table = table
        self._order = self._sorted()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; -1 = as the table is. What is selected stays by its place."""
        if (column, order) == self._by:
            return
        self.layoutAboutToBeChanged.emit()
        self._by = (column, order)
        self._order = self._sorted()
        self.layoutChanged.emit()

    def _sorted(self) -> list[int]:
        column, order = self._by
        rows = self.table.rows
        if not 0 <= column < len(self.table.columns):
            return list(range(len(rows)))
        known = [k for k, row in enumerate(rows) if not _unknown(row[column])]
        known.sort(key=lambda k: rows[k][column], reverse=order == Qt.SortOrder.DescendingOrder)
        return known + [k for k, row in enumerate(rows) if _unknown(row[column])]

    def row_of(self, index: Index) -> int:
        """The row of the table that is shown there."""
        return self._order[index.row()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.table.columns[index.column()]
        value = self.table.rows[self.row_of(index)][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell(value, column)
            case Qt.ItemDataRole.ToolTipRole:
                return exact(value)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column.digits else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if way == Qt.Orientation.Horizontal and section < len(self.table.columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return heads(self.table.columns)[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return self.data(self.index(0, section), role) if self.table.rows else None
        return None


class TablePage(QFrame):
    """``pressed`` carries the ids that the chosen rows are about."""

    pressed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self.model = TableModel()
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.view.horizontalHeader().setResizeContentsPrecision(LOOKED_AT)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setAlternatingRowColors(False)
        self.view.setShowGrid(False)
        self.view.verticalHeader().setVisible(False)
        self.view.verticalHeader().setDefaultSectionSize(ROW)
        self.view.horizontalHeader().setStretchLastSection(False)
        self.view.clicked.connect(self._press)
        self.view.activated.connect(self._press)
        self._title = label("", "heading")
        self._lay_out()

    def _lay_out(self) -> None:
        csv = PushButton("Copy as CSV", "copy", tip="Every number in full precision")
        markdown = PushButton("Copy as Markdown", "copy", tip="As it is shown here")
        csv.clicked.connect(lambda: _copy(as_csv(self.model.table)))
        markdown.clicked.connect(lambda: _copy(as_markdown(self.model.table)))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(csv)
        head.addWidget(markdown)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.view, 1)

    def show_table(self, table: Table, title: str) -> None:
        """Take another table; how it is sorted and where it stands stay."""
        fresh = table.columns != self.model.table.columns
        self.model.set_table(table)
        self._title.setText(table.title or title)
        self.view.setAccessibleName(f"{title} as a table")
        if fresh:
            self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self.view.resizeColumnsToContents()

    def _press(self, _index: Index) -> None:
        rows = {self.model.row_of(i) for i in self.view.selectedIndexes()}
        ids = self.model.table.ids
        if ids:
            self.pressed.emit(tuple(dict.fromkeys(i for r in sorted(rows) for i in ids[r])))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            table = self.model.table
            rows = sorted({self.model.row_of(i) for i in self.view.selectedIndexes()})
            chosen = tuple(table.rows[r] for r in rows) or table.rows
            _copy(as_csv(Table(table.columns, chosen), "\t"))
            return
        super().keyPressEvent(event)


def _unknown(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _copy(words: str) -> None:
    QGuiApplication.clipboard().setText(words)
