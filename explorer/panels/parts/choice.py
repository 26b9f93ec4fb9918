"""One of several values, behind a button with a menu."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from explorer.panels.parts.themed import Themed
from explorer.theme import icons
from explorer.theme.tokens import Tokens


class Choice(QToolButton, Themed):
    """Shows the chosen words and a caret; ``chosen`` carries the key picked in the menu."""

    chosen = Signal(str)

    def __init__(
        self, name: str, options: Iterable[tuple[str, str]], *, role: str = "choice"
    ) -> None:
        super().__init__()
        self._name, self._key = name, ""
        self._options: dict[str, str] = {}
        self._group = QActionGroup(self)
        self._role = role
        self.setProperty("role", role)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._show_caret()
        self.setIconSize(QSize(12, 12))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(28)
        self.setMenu(QMenu(self))
        self.menu().setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.menu().triggered.connect(lambda action: self.chosen.emit(action.data()))
        self.set_options(options)

    def set_options(self, options: Iterable[tuple[str, str]]) -> None:
        """Replace the menu; the chosen key stays if it is still there."""
        if dict(options) == self._options:
            return
        self._options = dict(options)
        self.menu().clear()
        for key, words in self._options.items():
            action = self.menu().addAction(words)
            action.setData(key)
            self._group.addAction(action)
        self.show_key(self._key)

    def show_key(self, key: str) -> None:
        """Show ``key`` as chosen; emits nothing."""
        self._key = key
        words = self._options.get(key, "")
        self.setText(words)
        self.setAccessibleName(f"{self._name}: {words}")
        self._mark_chosen()

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        if self._role == "choice":
            self.setIcon(icons.icon("caret-down", tokens.text2, 12))
        self._mark_chosen()

    def _show_caret(self) -> None:
        """Words first, then the caret; a plain choice is its words alone."""
        style = Qt.ToolButtonStyle
        if self._role == "choice":
            self.setToolButtonStyle(style.ToolButtonTextBesideIcon)
            self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        else:
            self.setToolButtonStyle(style.ToolButtonTextOnly)

    def _mark_chosen(self) -> None:
        check = icons.icon("check", self.tokens.accent)
        blank = icons.blank()
        for action in self.menu().actions():
            action.setIcon(check if action.data() == self._key else blank)
