"""What has happened: the notices of this session, newest first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.dialogs import frame
from explorer.panels.parts import IconLabel, Links, PushButton, dress, label
from explorer.state.notices import Notice, NoticesState, clear, look
from explorer.theme.tokens import Tokens

SIZE = (620, 420)
ICONS = {
    "info": ("info", "accent"),
    "ok": ("check-circle", "ok"),
    "warn": ("warning", "warn"),
    "danger": ("warning-circle", "danger"),
}
EMPTY = "Nothing has happened that needs you. Failed jobs and surprises are listed here."


class NoticesDialog(QDialog):
    """``acted`` carries the command of a notice's button and its argument."""

    acted = Signal(str, object)

    def __init__(self, state: NoticesState, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self._state, self._tokens = state, tokens
        column = frame.prepare(self, "What has happened")
        self.resize(*SIZE)
        inside = QFrame()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._rows: list[QFrame] = []
        column.addWidget(frame.scrolled(inside, "What has happened"), 1)
        empty = PushButton("Clear the list")
        empty.clicked.connect(lambda: clear(state))
        column.addLayout(frame.buttons(empty, frame.close_button(self)))
        self._links = Links()
        self._links.to(self.refresh, state.events.items)
        self.finished.connect(lambda _code: self._links.close())
        dress(self, tokens)
        self.refresh()
        look(state)

    def refresh(self) -> None:
        """Show the state now."""
        for row in self._rows:
            row.setParent(None)
            row.deleteLater()
        notices = self._state.items[::-1] or (Notice(EMPTY, "ok"),)
        self._rows = [self._row(n) for n in notices]
        for at, row in enumerate(self._rows):
            self._column.insertWidget(at, row)
            dress(row, self._tokens)

    def _row(self, notice: Notice) -> QFrame:
        row = QFrame()
        row.setProperty("role", "quiet")
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 8, 0, 8)
        line.setSpacing(10)
        top = Qt.AlignmentFlag.AlignTop
        line.addWidget(IconLabel(*ICONS[notice.level], 16), 0, top)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(frame.selectable(label(notice.message, "body", wrap=True)))
        if notice.act is not None:
            words.addWidget(self._button(notice), 0, Qt.AlignmentFlag.AlignLeft)
        line.addLayout(words, 1)
        line.addWidget(label(notice.when, "caption"), 0, top)
        return row

    def _button(self, notice: Notice) -> PushButton:
        act = notice.act
        assert act is not None
        button = PushButton(act.words, role="link")
        button.clicked.connect(lambda: self.acted.emit(act.command, act.argument))
        button.clicked.connect(self.close)
        return button
