"""Palette, style sheet and fonts of a theme, handed to the application."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from explorer.theme import fonts, icons
from explorer.theme.tokens import DARK, Tokens, mix

_FILE = Path(__file__).with_name("style.qss")
_DISABLED = 0.55


def apply(app: QApplication, tokens: Tokens) -> None:
    """Make ``tokens`` the look of every window of ``app``.

    Style and font are set once: each of them polishes every widget again, and while there is a
    style sheet the style no longer says what it is.
    """
    fonts.load()
    if not app.styleSheet() and app.style().objectName() != "fusion":
        app.setStyle("fusion")
    if app.font() != fonts.font(13):
        app.setFont(fonts.font(13))
    app.setPalette(palette(tokens))
    app.setStyleSheet(style_sheet(tokens))
    icons.forget()


@lru_cache(maxsize=8)
def style_sheet(tokens: Tokens) -> str:
    """The one template, filled from ``tokens``."""
    values = {k: v for k, v in dataclasses.asdict(tokens).items() if isinstance(v, str)}
    return Template(_FILE.read_text(encoding="utf-8")).substitute(
        values,
        faint=mix(tokens.panel, tokens.text3, _DISABLED),
        accent_hover=mix(tokens.accent, tokens.text, 0.12),
        dark_text=DARK.text,
        dark_text2=DARK.text2,
        display=fonts.display_family(),
        mono=fonts.mono_family(),
    )


def palette(tokens: Tokens) -> QPalette:
    """What Qt draws itself: text in views, selections, tooltips, links."""
    role, made = QPalette.ColorRole, QPalette()
    for name, colour in {
        role.Window: tokens.panel,
        role.WindowText: tokens.text,
        role.Base: tokens.canvas,
        role.AlternateBase: tokens.panel,
        role.Text: tokens.text,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.text,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.text3,
        role.Highlight: tokens.selbg,
        role.HighlightedText: tokens.text,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Accent: tokens.accent,
    }.items():
        made.setColor(name, QColor(colour))
    faint = QColor(mix(tokens.panel, tokens.text3, _DISABLED))
    for name in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, name, faint)
    return made
