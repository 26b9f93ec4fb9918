"""What the dialogs have in common: a column, a heading, a row of buttons at the end."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.panels.parts import PushButton, label


def prepare(dialog: QDialog, title: str, words: str = "") -> QVBoxLayout:
    """Name a dialog that dies when it is closed; returns the column it is filled into."""
    dialog.setWindowTitle(title)
    dialog.setAccessibleName(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(20, 16, 20, 16)
    column.setSpacing(10)
    column.addWidget(label(title, "heading"))
    if words:
        column.addWidget(label(words, "body", wrap=True))
    return column


def buttons(*those: PushButton) -> QHBoxLayout:
    """Buttons at the right; the last one is pressed by Enter."""
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addStretch(1)
    for button in those:
        button.setAutoDefault(False)
        row.addWidget(button)
    those[-1].setDefault(True)
    return row


def close_button(dialog: QDialog) -> PushButton:
    button = PushButton("Close", tip="Close this window (Esc)")
    button.clicked.connect(dialog.close)
    return button


def scrolled(inside: QWidget, name: str) -> QScrollArea:
    """``inside`` in an area that scrolls when there is no room."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setAccessibleName(name)
    inside.setProperty("role", "quiet")
    area.setWidget(inside)
    return area


def selectable(words: QLabel) -> QLabel:
    """Words that can be marked and copied, with the keyboard too."""
    flags = Qt.TextInteractionFlag
    words.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return words
