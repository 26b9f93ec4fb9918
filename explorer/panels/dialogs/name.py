"""A window that asks for a name."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from explorer.panels.dialogs import frame
from explorer.panels.parts import PushButton, dress
from explorer.theme.tokens import Tokens

WIDTH = 360


class NameDialog(QDialog):
    """``named`` carries what was written, without blanks around it; Esc gives no name."""

    named = Signal(str)

    def __init__(
        self, title: str, suggestion: str, verb: str, tokens: Tokens, parent: QWidget
    ) -> None:
        super().__init__(parent)
        column = frame.prepare(self, title)
        self.setFixedWidth(WIDTH)
        self.field = QLineEdit(suggestion)
        self.field.setAccessibleName("Name")
        self.field.setToolTip("The name (Enter keeps it)")
        self.field.selectAll()
        cancel = PushButton("Cancel", tip="Cancel (Esc)")
        self._keep = PushButton(verb, role="primary", tip=f"{verb} (Enter)")
        cancel.clicked.connect(self.reject)
        self._keep.clicked.connect(self.accept)
        self.accepted.connect(lambda: self.named.emit(self.field.text().strip()))
        self.field.textChanged.connect(lambda text: self._keep.setEnabled(bool(text.strip())))
        column.addWidget(self.field)
        column.addSpacing(2)
        column.addLayout(frame.buttons(cancel, self._keep))
        dress(self, tokens)
        self.field.setFocus()
