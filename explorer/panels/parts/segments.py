"""A switch between a few words."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton


class Segments(QFrame):
    """Exclusive buttons in a frame; ``chosen`` carries the key of the one that was pressed."""

    chosen = Signal(str)

    def __init__(self, options: Mapping[str, str], name: str) -> None:
        super().__init__()
        self.setProperty("role", "segments")
        self.setAccessibleName(name)
        self.setFixedHeight(28)
        self._group = QButtonGroup(self)
        self._buttons = {key: self._add(words, name) for key, words in options.items()}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        for key, button in self._buttons.items():
            layout.addWidget(button)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))

    def _add(self, words: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(words)
        button.setCheckable(True)
        button.setProperty("role", "segment")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"{name}: {words}")
        button.setToolTip(f"{name}: {words}")
        self._group.addButton(button)
        return button

    def show_key(self, key: str) -> None:
        """Check the button of ``key``; emits nothing."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)

    def offer(self, key: str, tip: str, *, offered: bool = True) -> None:
        """Say what a button does, or why it cannot be pressed."""
        self._buttons[key].setToolTip(tip)
        self._buttons[key].setEnabled(offered)

    def button(self, key: str) -> QToolButton:
        return self._buttons[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        buttons = list(self._buttons.values())
        at = next((i for i, b in enumerate(buttons) if b.hasFocus()), -1)
        if step and at >= 0:
            buttons[(at + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)
