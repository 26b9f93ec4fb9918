"""What this computer offers, as ``klscope doctor`` found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from explorer.panels.dialogs import frame
from explorer.panels.parts import PushButton, dress, label
from explorer.theme.tokens import Tokens

SIZE, ROW = (640, 540), 26
LOOKING = "Looking at OpenGL, devices and libraries. This takes a few seconds."
WELL = "Everything that klscope needs is here."
Rows = Sequence[tuple[str, str]]


class DoctorDialog(QDialog):
    """Opens at once; :meth:`show_report` or :meth:`show_problem` fills it."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: Rows = ()
        column = frame.prepare(self, "This computer")
        self.resize(*SIZE)
        self._words = frame.selectable(label(LOOKING, "body", wrap=True))
        self.table = QTableWidget(0, 2)
        self.table.setAccessibleName("What was found")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(
            0, QHeaderView.ResizeMode.ResizeToContents
        )
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self._copy = PushButton("Copy", "copy", tip="Copy the table as text")
        self._copy.clicked.connect(self._copy_rows)
        self._copy.setEnabled(False)
        column.addWidget(self._words)
        column.addWidget(self.table, 1)
        column.addLayout(frame.buttons(self._copy, frame.close_button(self)))
        dress(self, tokens)

    def show_report(self, report: Mapping[str, Any]) -> None:
        """Fill the table from the JSON of ``klscope doctor``."""
        problems = [str(p) for p in report.get("problems", ())]
        self._words.setText("\n".join(f"{p}." for p in problems) or WELL)
        self._rows = rows(report)
        self.table.setRowCount(len(self._rows))
        for i, pair in enumerate(self._rows):
            for j, words in enumerate(pair):
                item = QTableWidgetItem(words)
                item.setToolTip(words)
                self.table.setItem(i, j, item)
        self._copy.setEnabled(True)

    def show_problem(self, sentence: str) -> None:
        self._words.setText(sentence)

    def _copy_rows(self) -> None:
        lines = [self._words.text(), *("\t".join(pair) for pair in self._rows)]
        QGuiApplication.clipboard().setText("\n".join(lines))


def rows(report: Mapping[str, Any]) -> Rows:
    """Name and value of everything in a report; what is nested is named by its path."""
    found: list[tuple[str, str]] = []
    for name, value in report.items():
        if name != "problems":
            found.extend(_flat(name, value))
    return tuple(found)


def _flat(name: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        inside = [_flat(key if name == "libraries" else f"{name}, {key}", v)
                  for key, v in value.items()]  # fmt: skip
        return [row for rows in inside for row in rows]
    if isinstance(value, list):
        if all(isinstance(v, (str, int, float)) for v in value):
            return [(name, ", ".join(map(str, value)) or "none")]
        numbered = [_flat(f"{name} {i}", v) for i, v in enumerate(value)]
        return [row for rows in numbered for row in rows]
    if isinstance(value, bool):
        return [(name, "yes" if value else "no")]
    if "memory" in name and isinstance(value, int):
        return [(name, f"{value / (1 << 30):.1f} GiB")]
    return [(name, str(value) if value not in ("", None) else "none")]
