"""Icons: Phosphor through qtawesome, loaded on the first use."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPixmap


@lru_cache(maxsize=512)
def icon(name: str, colour: str, size: int = 16) -> QIcon:
    """``icon("plus-bold", tokens.text2)``; ``name`` is a Phosphor name without its prefix."""
    import qtawesome

    made: QIcon = qtawesome.icon(f"ph.{name}", color=colour)
    return made


@lru_cache(maxsize=512)
def pixmap(name: str, colour: str, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of ``size`` logical pixels, for painting."""
    return icon(name, colour).pixmap(QSize(size, size), ratio)
