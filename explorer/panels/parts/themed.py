"""Handing a theme to a tree of widgets."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from explorer.theme.tokens import DARK, Tokens


class Themed:
    """A widget that paints with tokens. :func:`dress` gives them; until then it is dark.

    ``keeps`` is for what looks the same in every theme: it is given these instead.
    """

    tokens: Tokens = DARK
    keeps: Tokens | None = None

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colours and paint again. Does not reach into children: ``dress`` does."""
        self.tokens = tokens
        assert isinstance(self, QWidget)
        self.update()


def dress(widget: QWidget, tokens: Tokens) -> None:
    """Give ``tokens`` to ``widget`` and to every themed widget inside it."""
    for child in (widget, *widget.findChildren(QWidget)):
        if isinstance(child, Themed):
            child.set_tokens(child.keeps or tokens)


def restyle(widget: QWidget) -> None:
    """Look up the style sheet again after a property that it selects by has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
