"""The sheet of keys."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.parts import dress, label
from explorer.theme.tokens import Tokens

Sheet = Mapping[str, tuple[tuple[str, str], ...]]
COLUMNS = 2
MOUSE = (
    ("drag", "Pan in 2D, orbit in 3D"),
    ("Shift drag", "Pan in 3D"),
    ("wheel", "Zoom at the pointer"),
    ("double click", "Show everything"),
)


class KeysDialog(QDialog):
    """Every key by menu, and what the mouse does on the map. Esc closes it."""

    def __init__(self, sheet: Sheet, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups = {**sheet, "Map": MOUSE}
        columns = [QVBoxLayout() for _ in range(COLUMNS)]
        heights = [0] * COLUMNS
        for title, rows in groups.items():
            at = heights.index(min(heights))
            heights[at] += len(rows) + 2
            columns[at].addLayout(_group(title, rows))
            columns[at].addSpacing(14)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 8)
        outer.setSpacing(40)
        for column in columns:
            column.addStretch(100)
            outer.addLayout(column)
        dress(self, tokens)


def _group(title: str, rows: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(6)
    grid.addWidget(label(title, "section"), 0, 0, 1, 2)
    for i, (keys, words) in enumerate(rows, start=1):
        caps = QHBoxLayout()
        caps.setSpacing(5)
        for n, key in enumerate(keys.split(" or ")):
            if n:
                caps.addWidget(label("or", "caption"))
            caps.addWidget(label(key.replace("+", " "), "cap"))
        caps.addStretch(1)
        grid.addWidget(label(words, "body"), i, 0)
        grid.addLayout(caps, i, 1)
    grid.setColumnMinimumWidth(0, 190)
    grid.setColumnMinimumWidth(1, 120)
    return grid
