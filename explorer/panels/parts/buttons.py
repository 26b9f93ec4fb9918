"""Buttons that make their icon again when the theme changes."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from explorer.panels.parts.themed import Themed
from explorer.theme import icons
from explorer.theme.tokens import Tokens

GAP = 6


class IconButton(QToolButton, Themed):
    """An icon alone. ``tip`` ends with its key in brackets; its first words name the button."""

    def __init__(
        self, icon: str, tip: str, *, role: str = "flat", size: int = 28, token: str = "text2"
    ) -> None:
        super().__init__()
        self._icon, self._token = icon, token
        self.setProperty("role", role)
        self.setFixedSize(size, size)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_tip(tip)

    def set_tip(self, tip: str) -> None:
        self.setToolTip(tip)
        self.setAccessibleName(tip.split(" (")[0].rstrip("."))

    def show_icon(self, name: str) -> None:
        if name != self._icon:
            self._icon = name
            self.set_tokens(self.tokens)

    def show_token(self, token: str) -> None:
        """Paint the icon in another colour."""
        if token != self._token:
            self._token = token
            self.set_tokens(self.tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self.setIcon(icons.icon(self._icon, getattr(tokens, self._token)))


class PushButton(QPushButton, Themed):
    """Words with or without an icon. ``role``: "" raised, "primary", "link"."""

    def __init__(self, text: str, icon: str = "", *, role: str = "", tip: str = "") -> None:
        super().__init__(text)
        self._icon, self._role = icon, role
        self.setProperty("role", role)
        self.setIconSize(QSize(16 + GAP, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(tip)
        if role == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_icon(self, name: str) -> None:
        if name != self._icon:
            self._icon = name
            self.set_tokens(self.tokens)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        if self._icon:
            token = {"primary": "onaccent", "link": "accent"}.get(self._role, "text2")
            self.setIcon(icons.icon(self._icon, getattr(tokens, token), gap=GAP))


class TextButton(QToolButton, Themed):
    """A tool button with an icon beside its words, for tabs and the status bar."""

    def __init__(self, text: str, icon: str, *, role: str, token: str = "text2") -> None:
        super().__init__()
        self._icon, self._token = icon, token
        self.setText(text)
        self.setProperty("role", role)
        self.setIconSize(QSize(16 + GAP, 16))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self.setIcon(icons.icon(self._icon, getattr(tokens, self._token), gap=GAP))
