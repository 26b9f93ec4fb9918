"""What is said about a view: how to read it, and what its numbers are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from compute.core.assets import asset
from compute.core.errors import MissingPart
from explorer.panels.parts import PushButton, dress, label
from explorer.plots.contract import PlotKind
from explorer.theme.tokens import Tokens

WIDE, ABOUT = 640, 340


class HelpDialog(QDialog):
    """ "How to read this view": its paragraphs and its picture. Esc closes it."""

    def __init__(self, kind: PlotKind, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"How to read this view: {kind.title}")
        self.setAccessibleName(self.windowTitle())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(f"How to read this view: {kind.title}", "heading"))
        if (picture := _picture(kind)) is not None:
            column.addWidget(picture)
        for paragraph in kind.help:
            words = label(paragraph, "body", wrap=True)
            words.setFixedWidth(WIDE)
            column.addWidget(words)
        close = PushButton("Close", tip="Close this window (Esc)")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        column.addLayout(row)
        dress(self, tokens)


def _picture(kind: PlotKind) -> QLabel | None:
    try:
        path = asset("help") / f"{kind.id}.png"
    except MissingPart:
        return None
    pixmap = QPixmap(str(path))
    if pixmap.isNull():
        return None
    made = QLabel()
    smooth = Qt.TransformationMode.SmoothTransformation
    made.setPixmap(pixmap.scaledToWidth(WIDE, smooth))
    made.setAccessibleName(f"A picture of the view {kind.title}")
    return made


class About(QFrame):
    """ "About these numbers", below its button. Closes with Esc or a press elsewhere."""

    def __init__(self, sentences: Sequence[str], tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "popup")
        self.setAccessibleName("About these numbers")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(6)
        column.addWidget(label("About these numbers", "section"))
        for sentence in sentences:
            words = label(sentence, "small", wrap=True)
            words.setFixedWidth(ABOUT)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(words)
        dress(self, tokens)

    def open_below(self, button: QWidget) -> None:
        self.adjustSize()
        corner = button.mapToGlobal(button.rect().bottomRight())
        self.move(corner - QPoint(self.width() - 1, -4))
        self.show()
