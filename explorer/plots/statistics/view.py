"""A table of the paper as a page: its sheets below each other, and what they are copied as."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from explorer.panels.parts import PushButton, dress, label
from explorer.plots.contract import Table
from explorer.plots.statistics.spec import Answer, Sheet, as_latex
from explorer.plots.widget import Parts, PlotView
from explorer.theme.fonts import font

Index = QModelIndex | QPersistentModelIndex
ROW, HEAD, SCROLL, WIDE = 26, 42, 22, 640
LOOKED_AT, CELL_PADDING = 8, 24
"""Cells of a column that are measured, the longest ones; what is beside their words, in pixels."""
WAYS: dict[str, tuple[str, Callable[[Sheet], str]]] = {
    "Markdown": ("As it reads here", lambda sheet: sheet.markdown),
    "CSV": ("Every number in full precision", lambda sheet: sheet.csv),
    "LaTeX": ("A tabular with the rules of booktabs", as_latex),
}
"""Words of a button -> its tooltip, and the text that it copies."""


class Statistics(PlotView):
    """One table at a time; which one is a choice of the view bar."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._answer: Answer | None = None
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName("The table")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._area)

    def show_answer(self, answer: Answer) -> None:
        self._answer = answer
        page = QFrame()
        page.setProperty("role", "canvas")
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 18, 24, 24)
        column.setSpacing(8)
        column.addWidget(label(f"{answer.number}. {answer.title}", "heading", wrap=True))
        for sheet in answer.sheets:
            column.addWidget(_SheetPart(sheet, self.select))
        for words in (answer.caption, *answer.remarks):
            column.addWidget(_words(words))
        column.addStretch(1)
        self._area.setWidget(page)
        dress(page, self.tokens)

    def table(self) -> Table:
        assert self._answer is not None
        return self._answer.tables[0]

    def picture(self) -> QWidget:
        """The whole page, also what is scrolled away."""
        return self._area.widget() or self


class _SheetPart(QFrame):
    """Title, buttons, rows, notes."""

    def __init__(self, sheet: Sheet, select: Callable[[tuple[str, ...]], Any]) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._sheet, self._select = sheet, select
        self.rows = QTableView()
        self._model = _Model(sheet, self.rows)
        self.rows.setModel(self._model)
        self.rows.setAccessibleName(sheet.table.title)
        self.rows.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.rows.setShowGrid(False)
        self.rows.verticalHeader().setVisible(False)
        self.rows.verticalHeader().setDefaultSectionSize(ROW)
        self.rows.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.rows.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for section, wide in enumerate(_widths(sheet, self._model)):
            header.resizeSection(section, wide)
        header.setFixedHeight(HEAD)
        self.rows.setFixedHeight(HEAD + ROW * len(sheet.cells) + SCROLL)
        self.rows.clicked.connect(self._press)
        self.rows.activated.connect(self._press)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(6)
        column.addLayout(self._head())
        column.addWidget(self.rows)
        if sheet.notes:
            column.addWidget(_words(sheet.notes))

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(label(self._sheet.table.title, "section", wrap=True), 1)
        for words, (tip, made) in WAYS.items():
            button = PushButton(words, "copy", tip=f"Copy as {words}: {tip[0].lower()}{tip[1:]}")
            button.clicked.connect(partial(self._copy, made))
            row.addWidget(button)
        return row

    def _copy(self, made: Callable[[Sheet], str], _checked: bool = False) -> None:
        QGuiApplication.clipboard().setText(made(self._sheet))

    def _press(self, index: Index) -> None:
        if ids := self._sheet.table.ids[index.row()]:
            self._select(ids)


class _Model(QAbstractTableModel):
    """The cells of a sheet, as words."""

    def __init__(self, sheet: Sheet, parent: QWidget) -> None:
        super().__init__(parent)
        self._sheet = sheet
        self._two_lines = any(column.unit for column in sheet.table.columns)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._sheet.cells)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._sheet.heads)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._sheet.cells[index.row()][index.column()]
        return self._side(index.column()) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(
        self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            column = self._sheet.table.columns[section]
            return f"{column.title}\n{column.unit}" if self._two_lines else column.title
        return self._side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        number = self._sheet.numbers[column]
        side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


def _widths(sheet: Sheet, model: _Model) -> list[int]:
    """Of the columns, by their longest cells and their heads; the view would measure all cells."""
    body, head = QFontMetrics(font(13)), QFontMetrics(font(12))
    out = []
    for k in range(len(sheet.heads)):
        longest = sorted({row[k] for row in sheet.cells}, key=len)[-LOOKED_AT:]
        title = str(model.headerData(k, Qt.Orientation.Horizontal)).split("\n")
        wide = max((body.horizontalAdvance(words) for words in longest), default=0)
        wide = max(wide, *(head.horizontalAdvance(words) for words in title))
        out.append(wide + CELL_PADDING)
    return out


def _words(words: str) -> QWidget:
    made = label(words, "caption", wrap=True)
    made.setFixedWidth(WIDE)
    made.setMinimumHeight(made.heightForWidth(WIDE))
    return made
