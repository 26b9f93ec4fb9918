"""Design tokens: every colour of the window, once. Pure data; no Qt.

Those that the report shares are in :mod:`compute.core.colours`.

The contrasts of the text tokens and the distances of the run colours are computed in the tests.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from compute.core import colours
from compute.core.colours import RUNS_DARK, RUNS_LIGHT, mix, rgb

__all__ = [
    "DARK",
    "LIGHT",
    "PRESENTER",
    "RUNS_DARK",
    "RUNS_LIGHT",
    "THEMES",
    "Tokens",
    "mix",
    "rgb",
]


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. Colours are ``#RRGGBB``; ``runs`` are the data colours, in order.

    ``label``, ``small`` and ``tick`` are the px of names, of legend and hints, and of axis numbers
    on the map and in plots.
    """

    name: str
    chrome: str
    canvas: str
    panel: str
    raised: str
    hover: str
    selbg: str
    line: str
    grid: str
    control: str
    text: str
    text2: str
    text3: str
    accent: str
    onaccent: str
    ok: str
    warn: str
    danger: str
    runs: tuple[str, ...]
    dark: bool
    mark_scale: float = 1.0
    line_scale: float = 1.0
    label: int = 13
    small: int = 12
    tick: int = 11


DARK = Tokens(
    **asdict(colours.DARK), name="dark", chrome="#0D1015", raised="#232936", hover="#212733",
    selbg="#2B3258", onaccent="#0D1015", runs=RUNS_DARK, dark=True,
)  # fmt: skip
LIGHT = Tokens(
    **asdict(colours.LIGHT), name="light", chrome="#ECEEF2", raised="#FFFFFF", hover="#ECEFF4",
    selbg="#E1E5FD", onaccent="#FFFFFF", runs=RUNS_LIGHT, dark=False,
)  # fmt: skip
PRESENTER = Tokens(
    name="presenter", chrome="#07090C", canvas="#07090C", panel="#101319", raised="#1B2029",
    hover="#242A36", selbg="#333C70", line="#3A4352", grid="#151920", control="#93A0B8",
    text="#FFFFFF", text2="#D5DAE4", text3="#B4BCCB", accent="#A9B4FF", onaccent="#07090C",
    ok="#6FE0A6", warn="#FFC95C", danger="#FF9A92", runs=RUNS_DARK, dark=True,
    mark_scale=2.0, line_scale=1.8, label=26, small=20, tick=20,
)  # fmt: skip

THEMES = {"dark": DARK, "light": LIGHT, "presenter": PRESENTER}
