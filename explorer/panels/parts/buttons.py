"""Buttons that make their icon again when the theme changes."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget

from explorer.panels.parts.themed import Themed
from explorer.theme import icons
from explorer.theme.tokens import Tokens

GAP = 6


class Keyed:
    """A button of a command: :func:`name_keys` puts the command's key behind its tooltip."""

    command = ""
    _tip = _key = ""

    def set_tip(self, tip: str) -> None:
        """What pressing it does, in words."""
        self._tip = tip
        assert isinstance(self, QAbstractButton)
        self.setToolTip(f"{tip} ({self._key})" if self._key else tip)

    def set_key(self, key: str) -> None:
        self._key = key
        self.set_tip(self._tip)


def name_keys(root: QWidget, keys: Mapping[str, str]) -> None:
    """Tell every button inside ``root`` the key of its command (command -> key)."""
    for button in root.findChildren(QAbstractButton):
        if isinstance(button, Keyed) and button.command in keys:
            button.set_key(keys[button.command])


class IconButton(QToolButton, Keyed, Themed):
    """An icon alone. ``tip`` names it, too; it may end with a key in brackets."""

    def __init__(
        self,
        icon: str,
        tip: str,
        *,
        role: str = "flat",
        size: int = 28,
        token: str = "text2",
        command: str = "",
    ) -> None:
        super().__init__()
        self._icon, self._token, self.command = icon, token, command
        self.setProperty("role", role)
        self.setFixedSize(size, size)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_tip(tip)

    def set_tip(self, tip: str) -> None:
        Keyed.set_tip(self, tip)
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


class PushButton(QPushButton, Keyed, Themed):
    """Words with or without an icon. ``role``: "" raised, "primary", "link"."""

    def __init__(
        self, text: str, icon: str = "", *, role: str = "", tip: str = "", command: str = ""
    ) -> None:
        super().__init__(text)
        self._icon, self._role, self.command = icon, role, command
        self.setProperty("role", role)
        self.setIconSize(QSize(16 + GAP, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_tip(tip or text.rstrip("."))
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


class TextButton(QToolButton, Keyed, Themed):
    """A tool button with an icon beside its words, for tabs and the status bar."""

    def __init__(
        self, text: str, icon: str, *, role: str, token: str = "text2", command: str = ""
    ) -> None:
        super().__init__()
        self._icon, self._token, self.command = icon, token, command
        self.setText(text)
        self.setProperty("role", role)
        self.setIconSize(QSize(16 + GAP, 16))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self.setIcon(icons.icon(self._icon, getattr(tokens, self._token), gap=GAP))
