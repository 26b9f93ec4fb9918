"""Consent to run the Python code that a model brings along."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from compute.core.numbers import count
from compute.core.trust import WHAT_IT_MEANS
from explorer.panels.parts import IconLabel, PushButton, dress, label
from explorer.state.library import Untrusted
from explorer.theme.tokens import Tokens

WIDTH = 480


class ConsentDialog(QDialog):
    """Asks for one model. ``answered`` carries whether its code may run; Esc means no."""

    answered = Signal(bool)

    def __init__(self, model: Untrusted, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Code of its own")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        no, yes = PushButton("Leave it out"), PushButton("Run its code")
        no.setDefault(True)
        yes.setAutoDefault(False)
        no.clicked.connect(self.reject)
        yes.clicked.connect(self.accept)
        self.finished.connect(lambda code: self.answered.emit(code == QDialog.DialogCode.Accepted))
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addLayout(_head(model))
        column.addWidget(label(WHAT_IT_MEANS, "body", wrap=True))
        column.addWidget(_where(model))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(yes)
        row.addWidget(no)
        column.addSpacing(4)
        column.addLayout(row)
        dress(self, tokens)
        no.setFocus()


def _head(model: Untrusted) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(9)
    row.addWidget(IconLabel("warning", "warn", 18))
    row.addWidget(label(f"Run the code that {model.name} brings along?", "heading", wrap=True), 1)
    return row


def _where(model: Untrusted) -> QWidget:
    others = len(model.paths) - 1
    more = f" and {count(others)} more of this run" if others else ""
    words = label(f"{model.paths[0]}{more}. Asked for this model and this session only.", "small",
                  wrap=True)  # fmt: skip
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return words
