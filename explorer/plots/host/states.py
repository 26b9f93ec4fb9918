"""What stands in the place of a view that has nothing to show yet, or not at all."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from explorer.panels.parts import IconLabel, PushButton, label
from explorer.plots.contract import Nothing
from explorer.state.notices import Act


class States(QFrame):
    """A sentence under an icon, and a button where something can be done."""

    command = Signal(str, object)

    def __init__(self, icon: str) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self._icon, self._name = IconLabel(icon, "text3", 28), icon
        self._words = label("", "body", wrap=True)
        self._words.setAlignment(_CENTRE)
        self._words.setMaximumWidth(420)
        self._button = PushButton("", role="primary")
        self._button.clicked.connect(self._press)
        self._act: Act | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addStretch(2)
        for part in (self._icon, self._words, self._button):
            column.addWidget(part, 0, _CENTRE)
        column.addStretch(3)

    def show_waiting(self) -> None:
        """The first answer is under way."""
        self._show(self._name, "text3", "", None)

    def show_nothing(self, nothing: Nothing) -> None:
        """Why there is nothing, and what to do."""
        self._show(self._name, "text3", nothing.sentence, nothing.act)

    def show_problem(self, sentence: str) -> None:
        """Something went wrong; the rest of the window works."""
        self._show("warning-circle", "danger", sentence, None)

    def _show(self, icon: str, token: str, words: str, act: Act | None) -> None:
        self._act = act
        self._icon.show_icon(icon, token)
        self._words.setText(words)
        self._words.setFixedWidth(
            min(420, max(200, self._words.fontMetrics().horizontalAdvance(words) + 8))
        )
        self._button.setText(act.words if act is not None else "")
        self._button.setVisible(act is not None)

    def _press(self) -> None:
        if self._act is not None:
            self.command.emit(self._act.command, self._act.argument)


_CENTRE = Qt.AlignmentFlag.AlignHCenter
