"""Inter for everything, JetBrains Mono for digests and texts; both bundled (SIL OFL)."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from compute.core.assets import asset
from compute.core.errors import MissingPart

FAMILY, DISPLAY, MONO = "Inter", "Inter Display", "JetBrains Mono"
_WEIGHTS = {
    400: QFont.Weight.Normal,
    500: QFont.Weight.Medium,
    600: QFont.Weight.DemiBold,
}


@cache
def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt; returns the families found, () without the files."""
    try:
        folder = asset("fonts")
    except MissingPart:
        return ()
    families: list[str] = []
    for path in sorted((*folder.glob("*.otf"), *folder.glob("*.ttf"))):
        number = QFontDatabase.addApplicationFont(str(path))
        families.extend(QFontDatabase.applicationFontFamilies(number))
    return tuple(families)


def font(px: int, weight: int = 400, mono: bool = False, display: bool = False) -> QFont:
    """A font in pixels with tabular figures."""
    load_fonts()
    if mono:
        made = QFont([MONO, "monospace"])
    else:
        made = QFont([DISPLAY, FAMILY, "sans-serif"] if display else [FAMILY, "sans-serif"])
    made.setPixelSize(px)
    made.setWeight(_WEIGHTS.get(weight, QFont.Weight(weight)))
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
