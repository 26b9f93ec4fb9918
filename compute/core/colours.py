"""Colours of data and of paper, once, for the window and for the report. Pure; numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RUNS_DARK = (
    "#45BFF8", "#F6AB47", "#33AA7C", "#DB6BA7", "#F3EE7F", "#E5542A", "#C6C9D5", "#7378EF",
)  # fmt: skip
RUNS_LIGHT = (
    "#2A87ED", "#C67A0A", "#168965", "#C343B5", "#5D6137", "#B01D01", "#808B9C", "#322FA5",
)  # fmt: skip
SHAPES = ("triangle", "circle", "diamond", "star", "cross", "hexagon")
"""Marks by the rank of a run's size, the smallest first; a square is a variant."""
LEAST_CONTRAST = 2.0


@dataclass(frozen=True, slots=True)
class Ink:
    """What is neither data nor window: grounds, lines and words, ``#RRGGBB``."""

    canvas: str
    panel: str
    line: str
    grid: str
    control: str
    text: str
    text2: str
    text3: str
    accent: str
    ok: str
    warn: str
    danger: str


LIGHT = Ink(
    canvas="#FFFFFF", panel="#F7F8FA", line="#DCE0E8", grid="#EEF0F4", control="#76808F",
    text="#161A22", text2="#47505F", text3="#5F6979", accent="#4450D2",
    ok="#11744A", warn="#8A5600", danger="#BE2D29",
)  # fmt: skip
DARK = Ink(
    canvas="#12151B", panel="#191D25", line="#2C3340", grid="#1E232D", control="#78859B",
    text="#E9ECF2", text2="#B0B8C6", text3="#8C96A7", accent="#93A1FF",
    ok="#58C98F", warn="#F4B94A", danger="#FF8279",
)  # fmt: skip


def rgb(colour: str) -> tuple[float, float, float]:
    """``#RRGGBB`` -> three floats in [0, 1]."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def mix(under: str, over: str, share: float) -> str:
    """``over`` at ``share`` on ``under``, as ``#RRGGBB``: colour without alpha."""
    a, b = rgb(under), rgb(over)
    return "#" + "".join(
        f"{round(255 * (x + (y - x) * share)):02X}" for x, y in zip(a, b, strict=True)
    )


def standing_out(full: NDArray[np.float64], canvas: str) -> NDArray[np.float32]:
    """The stretch of a ramp that stands out from the canvas, as (256, 3) float32 in [0, 1].

    ``full`` is (M, 3) in [0, 1], low to high. Where nothing stands out, all of it.
    """
    ground = np.array(rgb(canvas))
    kept = full[_longest(contrast(full, ground) >= LEAST_CONTRAST)]
    at = np.linspace(0, len(kept) - 1, 256)
    out = np.stack([np.interp(at, np.arange(len(kept)), channel) for channel in kept.T], axis=1)
    found: NDArray[np.float32] = out.astype(np.float32)
    found.setflags(write=False)
    return found


def contrast(colours: NDArray[np.float64], canvas: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M,) WCAG contrast of each colour (M, 3) with the canvas (3,)."""
    a, b = _luminance(colours), float(_luminance(canvas[None])[0])
    found: NDArray[np.float64] = (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)
    return found


def _luminance(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def _longest(good: NDArray[np.bool_]) -> slice:
    """The longest stretch of True; everything where there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    if not len(edges):
        return slice(None)
    k = int(np.argmax(edges[1::2] - edges[::2]))
    return slice(int(edges[2 * k]), int(edges[2 * k + 1]))
