"""The nearest entries of one, and the headings of the inspector's sections."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from compute.core.numbers import COMMON_ERRORS
from explorer.panels.inspector import spec
from explorer.panels.inspector.near import NearRow
from explorer.panels.parts import Themed, dress, label
from explorer.state.map import NO_MARK, InspectorModel, RunMark

SIDE = 14


class Nearest(QFrame, Themed):
    """The nearest entries with KL ± SE; ``asked`` carries the id of one that was pressed."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._n = label("", "caption")
        self._rows: list[NearRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 8)
        self._column.setSpacing(0)
        self._column.addLayout(headed("Nearest", self._n))
        self._column.addSpacing(8)
        self._common = label("These errors are common to all pairs.", "caption", wrap=True)
        self._common.setContentsMargins(SIDE, 4, SIDE, 0)
        self._common.setToolTip(COMMON_ERRORS)
        self._column.addWidget(self._common)

    def show_model(self, model: InspectorModel, of_runs: Mapping[str, RunMark]) -> None:
        self._n.setText(spec.sample(model))
        self._n.setToolTip(COMMON_ERRORS if model.sample else "")
        self._common.setVisible(bool(model.sample and model.neighbours))
        while len(self._rows) < len(model.neighbours):
            row = NearRow()
            row.asked.connect(self.asked)
            dress(row, self.tokens)
            self._rows.append(row)
            self._column.insertWidget(self._column.count() - 1, row)
        for i, row in enumerate(self._rows):
            row.setVisible(i < len(model.neighbours))
            if i < len(model.neighbours):
                n = model.neighbours[i]
                row.show_neighbour(n, of_runs.get(n.run or n.label, NO_MARK), model)

    def set_stale(self, *, stale: bool) -> None:
        for row in self._rows:
            row.set_stale(stale=stale)


def headed(words: str, right: QLabel) -> QHBoxLayout:
    """The heading of a section, with what its numbers are at the right."""
    row = QHBoxLayout()
    row.setContentsMargins(SIDE, 12, SIDE, 0)
    row.addWidget(label(words, "section"))
    row.addStretch(1)
    row.addWidget(right)
    return row
