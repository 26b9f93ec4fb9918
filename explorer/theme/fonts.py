"""Inter for everything, JetBrains Mono for digests and logs; the system's own where absent."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase

from compute.core.assets import asset
from compute.core.errors import MissingPart

SANS, DISPLAY, MONO = "Inter", "Inter Display", "JetBrains Mono"


@lru_cache(maxsize=1)
def load() -> frozenset[str]:
    """Load the bundled fonts once; the families that came. Needs a QGuiApplication."""
    try:
        folder = asset("fonts")
    except MissingPart:
        return frozenset()
    found: set[str] = set()
    for file in sorted((*folder.glob("*.otf"), *folder.glob("*.ttf"))):
        number = QFontDatabase.addApplicationFont(str(file))
        if number >= 0:
            found.update(QFontDatabase.applicationFontFamilies(number))
    return frozenset(found)


def family() -> str:
    return SANS if SANS in load() else QFontDatabase.systemFont(_GENERAL).family()


def display_family() -> str:
    return DISPLAY if DISPLAY in load() else family()


def mono_family() -> str:
    return MONO if MONO in load() else QFontDatabase.systemFont(_FIXED).family()


@lru_cache(maxsize=64)
def _made(name: str, px: int, weight: int) -> QFont:
    made = QFont(name)
    made.setPixelSize(px)
    made.setWeight(QFont.Weight(weight))
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def font(px: int, weight: int = 400) -> QFont:
    """The sans at ``px``, with tabular figures."""
    return QFont(_made(family(), px, weight))


def mono(px: int) -> QFont:
    """The mono at ``px``; every character is shown as it is, none joined to an arrow."""
    made = QFont(_made(mono_family(), px, 400))
    for feature in ("calt", "liga"):
        made.setFeature(QFont.Tag(feature), 0)
    return made


_GENERAL = QFontDatabase.SystemFont.GeneralFont
_FIXED = QFontDatabase.SystemFont.FixedFont
