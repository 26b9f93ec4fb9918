"""Design tokens: every colour of the product, once. Pure data; no Qt.

The contrasts of the text tokens and the distances of the run colours are computed in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

RUNS_DARK = (
    "#45BFF8", "#F6AB47", "#33AA7C", "#DB6BA7", "#F3EE7F", "#E5542A", "#C6C9D5", "#7378EF",
)  # fmt: skip
RUNS_LIGHT = (
    "#2A87ED", "#C67A0A", "#168965", "#C343B5", "#5D6137", "#B01D01", "#808B9C", "#322FA5",
)  # fmt: skip


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
    name="dark", chrome="#0D1015", canvas="#12151B", panel="#191D25", raised="#232936",
    hover="#212733", selbg="#2B3258", line="#2C3340", grid="#1E232D", control="#78859B",
    text="#E9ECF2", text2="#B0B8C6", text3="#8C96A7", accent="#93A1FF", onaccent="#0D1015",
    ok="#58C98F", warn="#F4B94A", danger="#FF8279", runs=RUNS_DARK, dark=True,
)  # fmt: skip
LIGHT = Tokens(
    name="light", chrome="#ECEEF2", canvas="#FFFFFF", panel="#F7F8FA", raised="#FFFFFF",
    hover="#ECEFF4", selbg="#E1E5FD", line="#DCE0E8", grid="#EEF0F4", control="#76808F",
    text="#161A22", text2="#47505F", text3="#5F6979", accent="#4450D2", onaccent="#FFFFFF",
    ok="#11744A", warn="#8A5600", danger="#BE2D29", runs=RUNS_LIGHT, dark=False,
)  # fmt: skip
PRESENTER = Tokens(
    name="presenter", chrome="#07090C", canvas="#07090C", panel="#101319", raised="#1B2029",
    hover="#242A36", selbg="#333C70", line="#3A4352", grid="#151920", control="#93A0B8",
    text="#FFFFFF", text2="#D5DAE4", text3="#B4BCCB", accent="#A9B4FF", onaccent="#07090C",
    ok="#6FE0A6", warn="#FFC95C", danger="#FF9A92", runs=RUNS_DARK, dark=True,
    mark_scale=2.0, line_scale=1.8, label=26, small=20, tick=20,
)  # fmt: skip

THEMES = {"dark": DARK, "light": LIGHT, "presenter": PRESENTER}


def rgb(colour: str) -> tuple[float, float, float]:
    """``#RRGGBB`` -> three floats in [0, 1]."""
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def mix(under: str, over: str, share: float) -> str:
    """``over`` at ``share`` on ``under``, as ``#RRGGBB``: colour without alpha."""
    a, b = rgb(under), rgb(over)
    return "#" + "".join(
        f"{round(255 * (x + (y - x) * share)):02X}" for x, y in zip(a, b, strict=True)
    )
