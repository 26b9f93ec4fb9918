"""Phosphor icons, painted from the font that qtawesome ships."""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPixmap

from compute.core.errors import MissingPart

_RATIOS = (1.0, 2.0)
_DISABLED = 0.45


def icon(name: str, colour: str, size: int = 16, gap: int = 0) -> QIcon:
    """``name`` is Phosphor's, for example "map-trifold", "play-fill", "plus-bold".

    ``gap`` adds empty room at the right, where words follow: style sheets have no spacing there.
    """
    made = QIcon()
    for ratio in _RATIOS:
        sharp = pixmap(name, colour, size, ratio, gap)
        made.addPixmap(sharp)
        made.addPixmap(_faded(sharp), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int, ratio: float = 1.0, gap: int = 0) -> QPixmap:
    """The glyph on a transparent square of ``size`` logical px, ``gap`` wider at the right."""
    character, made = glyph(name), _blank(size, ratio, gap)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.setPen(QColor(colour))
    painter.setFont(_font(size))
    painter.drawText(QRectF(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, character)
    painter.end()
    return made


def glyph(name: str) -> str:
    """The character of an icon.

    Raises
    ------
    KeyError
        If Phosphor has no icon of that name.
    """
    return chr(int(_glyphs()[name], 16))


def blank(size: int = 16) -> QIcon:
    """An icon that takes room and shows nothing."""
    return QIcon(_blank(size, 1.0))


def forget() -> None:
    """Drop cached pixmaps: their colours are those of another theme."""
    pixmap.cache_clear()


def _blank(size: int, ratio: float, gap: int = 0) -> QPixmap:
    made = QPixmap(round((size + gap) * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    return made


def _faded(of: QPixmap) -> QPixmap:
    made = QPixmap(of.size())
    made.setDevicePixelRatio(of.devicePixelRatio())
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setOpacity(_DISABLED)
    painter.drawPixmap(0, 0, of)
    painter.end()
    return made


@lru_cache(maxsize=1)
def _folder() -> Path:
    """Where qtawesome keeps its fonts; found without importing it."""
    found = importlib.util.find_spec("qtawesome")
    if found is None or not found.submodule_search_locations:
        raise MissingPart("the icons are not installed", advice="pip install 'klscope[gui]'")
    return Path(next(iter(found.submodule_search_locations))) / "fonts"


@lru_cache(maxsize=1)
def _glyphs() -> dict[str, str]:
    file = max(_folder().glob("phosphor-charmap-*.json"))
    return dict(json.loads(file.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _family() -> str:
    file = max(_folder().glob("phosphor-*.ttf"))
    number = QFontDatabase.addApplicationFont(str(file))
    return QFontDatabase.applicationFontFamilies(number)[0]


@lru_cache(maxsize=16)
def _font(size: int) -> QFont:
    made = QFont(_family())
    made.setPixelSize(size)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
