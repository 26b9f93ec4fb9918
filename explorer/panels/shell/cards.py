"""Notifications: cards at the lower right of the centre, newest below, at most three."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from explorer.panels.parts import IconButton, IconLabel, PushButton, dress, label
from explorer.state.notices import NoticesState
from explorer.theme.tokens import Tokens

WIDTH, GAP, MARGIN, BELOW, MOST = 380, 8, 14, 10, 3
LEVELS = {
    "info": ("info", "accent", 8_000),
    "ok": ("check-circle", "ok", 5_000),
    "warn": ("warning", "warn", 14_000),
    "danger": ("warning-circle", "danger", 0),
}
"""Level -> icon, token, milliseconds until it goes by itself (0 = stays)."""


class NoticeCard(QFrame):
    """One sentence, perhaps one action, and a cross."""

    acted = Signal()
    gone = Signal()

    def __init__(self, message: str, level: str, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        icon, token, after = LEVELS.get(level, LEVELS["info"])
        self.message = message
        self.setProperty("role", "card")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(message)
        close = IconButton("x", "Dismiss", size=22, command="notices.dismiss")
        close.clicked.connect(self.gone)
        words = label(message, "body", wrap=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(IconLabel(icon, token, 18), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(words)
        if action:
            button = PushButton(action, role="link")
            button.clicked.connect(self.acted)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(column, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        if after:
            timer = QTimer(self, singleShot=True, interval=after)
            timer.timeout.connect(self.gone)
            timer.start()

    def event(self, event: QEvent) -> bool:
        """Esc dismisses the card that has the keyboard."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.gone.emit()
                return True
        return super().event(event)


class Notices:
    """The cards of a window. ``place`` is called with where they may stand."""

    def __init__(self, window: QWidget, state: NoticesState) -> None:
        self._window, self._state = window, state
        self._cards: list[NoticeCard] = []
        self._area = QRect()

    def show_card(self, card: NoticeCard, tokens: Tokens) -> None:
        """Add a card; the same words twice are one card, the oldest gives way."""
        for other in [c for c in self._cards if c.message == card.message]:
            self.remove(other)
        while len(self._cards) >= MOST:
            self.remove(self._cards[0])
        self._cards.append(card)
        self._state.cards = len(self._cards)
        card.gone.connect(lambda: self.remove(card))
        dress(card, tokens)
        self.place(self._area)
        card.show()
        card.raise_()

    @property
    def cards(self) -> tuple[NoticeCard, ...]:
        return tuple(self._cards)

    def remove(self, card: NoticeCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._state.cards = len(self._cards)
            card.hide()
            card.deleteLater()
            self.place(self._area)

    def place(self, area: QRect) -> None:
        """Stack the cards upwards from the lower right of ``area``; the last hides a caption."""
        self._area = area
        right, y = area.x() + area.width() - MARGIN, area.y() + area.height() - BELOW
        for card in reversed(self._cards):
            high = max(card.heightForWidth(WIDTH), card.minimumSizeHint().height())
            card.setGeometry(right - WIDTH, y - high, WIDTH, high)
            y -= high + GAP
