"""The read-out of the scale: all groups as a table, one of them in detail."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from compute.core.numbers import count, plain
from explorer.panels.parts import PushButton, dress, label, rule
from explorer.plots.scale.spec import LEAST_VIOLIN, Row
from explorer.state.views import Unit
from explorer.theme.tokens import Tokens

EDGE = 11
UNCONTROLLED = ("8-bit", "4-bit")
"""Groups whose published values were measured without a null control."""
SMALL = f"Fewer than {LEAST_VIOLIN} pairs: points instead of a violin, and no SD is claimed."


class Side(QFrame):
    """``chosen`` carries the id of a group; ``edited`` and ``removed`` that of one of one's own."""

    chosen = Signal(str)
    edited = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 12)
        self._column.setSpacing(0)

    def show_rows(self, rows: Sequence[Row], chosen: str, unit: Unit, tokens: Tokens) -> None:
        """All groups, and the one that is chosen."""
        while (item := self._column.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        row = next((r for r in rows if r.id == chosen), rows[0] if rows else None)
        self._column.addWidget(self._table(rows, row, unit))
        if row is not None:
            self._column.addWidget(rule())
            self._column.addWidget(self._one(row, unit))
        self._column.addStretch(1)
        dress(self, tokens)

    def _table(self, rows: Sequence[Row], chosen: Row | None, unit: Unit) -> QWidget:
        box, column = _section(unit.title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(0, 1)
        for at, words in enumerate(("median", "mean", "SD", "n", "publ."), start=1):
            grid.addWidget(label(words, "tiny"), 0, at, _RIGHT)
        for at, row in enumerate(rows, start=1):
            name = PushButton(row.title, role="link" if row is chosen else "flatrow",
                              tip=f"Read {row.title}")  # fmt: skip
            name.clicked.connect(lambda _=False, r=row: self.chosen.emit(r.id))
            grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignLeft)
            theirs = row.published[0] if row.published is not None else float("nan")
            values = (row.median, row.mean, row.sd)
            cells = [plain(v * unit.factor) for v in values]
            cells += [count(row.n), plain(theirs * unit.factor)]
            for k, words in enumerate(cells, start=1):
                grid.addWidget(label(words, "value"), at, k, _RIGHT)
        column.addLayout(grid)
        return box

    def _one(self, row: Row, unit: Unit) -> QWidget:
        box, column = _section(row.title)
        column.addWidget(_words(row.reason or row.words, "small"))
        if row.rule:
            column.addWidget(_words(f"Rule: {row.rule}", "caption"))
        if row.n:
            low, high = (plain(v * unit.factor) for v in row.interval)
            median = plain(row.median * unit.factor)
            said = f"Median {median}, 95 % {low} – {high}; recipe {row.recipe}."
            column.addWidget(_words(said, "caption"))
        if 0 < row.n < LEAST_VIOLIN:
            column.addWidget(_words(SMALL, "caption"))
        if beside := compared(row):
            column.addWidget(_words(beside, "small"))
        for note in row.notes[:4]:
            column.addWidget(_words(note, "caption"))
        if row.own:
            buttons = QHBoxLayout()
            for words, signal in (("Edit rule...", self.edited), ("Remove", self.removed)):
                button = PushButton(words, tip=f"{words.rstrip('.')} of {row.title}")
                button.clicked.connect(lambda _=False, s=signal: s.emit(row.id))
                buttons.addWidget(button)
            buttons.addStretch(1)
            column.addLayout(buttons)
        return box


def compared(row: Row) -> str:
    """How the median stands to the published one, in words; "" = there is nothing to compare."""
    if row.published is None or not row.n or row.median <= 0:
        return ""
    said = _compared(row.median / row.published[0])
    return f"{said} That one has no null control." if row.id in UNCONTROLLED else said


def _compared(ratio: float) -> str:
    if 0.67 < ratio < 1.5:
        return "About the published distance."
    if ratio > 1:
        return f"{plain(ratio)} times the published distance."
    return f"{plain(1 / ratio)} times closer than published."


def _words(words: str, role: str) -> QLabel:
    return label(words, role, wrap=True)


def _section(title: str) -> tuple[QFrame, QVBoxLayout]:
    box = QFrame()
    box.setProperty("role", "quiet")
    column = QVBoxLayout(box)
    column.setContentsMargins(EDGE, 12, EDGE, 12)
    column.setSpacing(6)
    column.addWidget(label(title, "section"))
    return box, column


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
