"""The log of a job."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from explorer.panels.parts import PushButton, dress
from explorer.theme.tokens import Tokens


class LogDialog(QDialog):
    """Text to read and copy, its end in sight."""

    def __init__(self, words: str, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Log")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 460)
        text = QPlainTextEdit(words or "The log is empty.")
        text.setReadOnly(True)
        text.setAccessibleName("Log")
        text.moveCursor(text.textCursor().MoveOperation.End)
        copy, close = PushButton("Copy", "copy"), PushButton("Close")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(words))
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(copy)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 12)
        column.setSpacing(10)
        column.addWidget(text)
        column.addLayout(row)
        dress(self, tokens)
