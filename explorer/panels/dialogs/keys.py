"""The cheat sheet: every command, and how it is reached without a mouse."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.dialogs import frame
from explorer.panels.parts import dress, label
from explorer.theme.tokens import Tokens

Sheet = Mapping[str, tuple[tuple[str, str], ...]]
COLUMNS, WIDTH, LARGEST = 3, 1120, 720
PALETTE = "palette"
MOUSE = (
    ("drag", "Pan in 2D, orbit in 3D"),
    ("right drag", "Pan"),
    ("Shift drag", "Select in a box; in 3D from a mark, else pan"),
    ("Shift Alt drag", "Select in a lasso"),
    ("wheel", "Zoom at the pointer"),
    ("Plus or Minus", "Zoom"),
    ("double click", "Show everything"),
    ("Shift click", "Add to the selection"),
    ("Ctrl click", "Add, or take out"),
    ("Alt click", "Take out"),
    ("Ctrl arrows", "Pan"),
    ("Ctrl Shift arrows", "Orbit in 3D"),
)
"""With the box or the lasso in hand Shift, Ctrl and Alt do what they do to a click."""
WORDS = (
    "Commands without a key are in the palette (Ctrl K) and in the menus (Alt, then the "
    "underlined letter). Plain keys work while map or timeline has the keyboard."
)


class KeysDialog(QDialog):
    """Every command by menu, and what the mouse does on the map. Esc closes it."""

    def __init__(self, sheet: Sheet, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        column = frame.prepare(self, "Commands and keys", WORDS)
        inside = QFrame()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 6, 12, 6)
        row.setSpacing(36)
        for part in _columns({**sheet, "Mouse on the map": MOUSE}):
            row.addLayout(part, 1)
        column.addWidget(frame.scrolled(inside, "Commands and keys"), 1)
        column.addLayout(frame.buttons(frame.close_button(self)))
        self.resize(min(WIDTH, parent.width() - 40), min(LARGEST, parent.height() - 60))
        dress(self, tokens)


def _columns(groups: Sheet) -> list[QVBoxLayout]:
    """Groups in their order, spread so that the columns are about equally long."""
    total = sum(len(rows) + 2 for rows in groups.values())
    columns = [QVBoxLayout() for _ in range(COLUMNS)]
    for column in columns:
        column.setSpacing(0)
    filled = 0
    for title, rows in groups.items():
        at = min(COLUMNS - 1, COLUMNS * (filled + len(rows) // 2) // total)
        columns[at].addLayout(_group(title, rows))
        columns[at].addSpacing(22)
        filled += len(rows) + 2
    for column in columns:
        column.addStretch(1)
    return columns


def _group(title: str, rows: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(5)
    grid.addWidget(label(title, "section"), 0, 0, 1, 2)
    for i, (keys, words) in enumerate(rows, start=1):
        grid.addWidget(label(words, "body", wrap=True), i, 0)
        grid.addLayout(_caps(keys), i, 1)
    grid.setColumnStretch(0, 1)
    return grid


def _caps(keys: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    row.addStretch(1)
    if keys == PALETTE:
        row.addWidget(label(keys, "caption"))
        return row
    for key in keys.split(" or "):
        row.addWidget(label(_spelled(key), "cap"), 0, Qt.AlignmentFlag.AlignVCenter)
    return row


def _spelled(key: str) -> str:
    return key.replace("+", " ").replace("  ", " +").replace("Return", "Enter")
