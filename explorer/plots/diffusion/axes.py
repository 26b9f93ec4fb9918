"""Where values stand in a plot, in px of the view. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.plots.scales import Scale, Ticks

Doubles = NDArray[np.float64]
EDGE, HEAD, FOOT, LEFT, LABELS, GAP = 20.0, 46.0, 40.0, 44.0, 70.0, 16.0
LEGEND, SAID, SHORTEST = 26.0, 22.0, 60.0
UPPER_SHARE, ODD, MANY, FAR = 0.54, 0.005, 50, 0.4


@dataclass(frozen=True, slots=True)
class Rect:
    """px; ``top`` < ``bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def meets(self, other: Rect) -> bool:
        """Whether the two share more than an edge."""
        apart = (
            self.right <= other.left or other.right <= self.left
            or self.bottom <= other.top or other.bottom <= self.top
        )  # fmt: skip
        return not apart


@dataclass(frozen=True, slots=True)
class Axes:
    """A plot: where it is, its two scales, and the places at its edges."""

    rect: Rect
    x: Scale
    y: Scale
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def px(self, values: Doubles | Sequence[float] | float) -> Doubles:
        """Horizontal px of values; NaN where the scale has no place for one."""
        low, high = self.x_range
        share = (self.x.places(values) - low) / (high - low)
        return np.asarray(self.rect.left + share * self.rect.width)

    def py(self, values: Doubles | Sequence[float] | float) -> Doubles:
        """Vertical px of values."""
        low, high = self.y_range
        share = (self.y.places(values) - low) / (high - low)
        return np.asarray(self.rect.bottom - share * self.rect.height)

    def x_at(self, px: float) -> float:
        """The value at a horizontal place."""
        low, high = self.x_range
        share = (px - self.rect.left) / max(self.rect.width, 1.0)
        return self.x.value(low + share * (high - low))

    def x_ticks(self) -> Ticks:
        return self.x.ticks(*self.x_range, max(3, int(self.rect.width / 50)))

    def y_ticks(self) -> Ticks:
        return self.y.ticks(*self.y_range, max(2, int(self.rect.height / 34)))

    def x_px(self, place: float) -> float:
        """px of a place: where a tick stands."""
        low, high = self.x_range
        return self.rect.left + (place - low) / (high - low) * self.rect.width

    def y_px(self, place: float) -> float:
        low, high = self.y_range
        return self.rect.bottom - (place - low) / (high - low) * self.rect.height


@dataclass(frozen=True, slots=True)
class Layout:
    """Plots of a view of some size: two above, one below."""

    upper: tuple[Rect, Rect]
    lower: Rect
    legend: Rect
    said: Rect
    rule: float


def layout(width: float, height: float) -> Layout:
    """Rectangles of the plots themselves; headings and ticks have their room around them."""
    left, right = EDGE, max(width - EDGE, EDGE + 300)
    said = Rect(left, height - SAID, right, height)
    legend = Rect(left, 8.0, right, 8.0 + LEGEND)
    top = legend.bottom
    room = max(said.top - top, 2 * (HEAD + FOOT + SHORTEST))
    middle = top + UPPER_SHARE * room
    half = (right - left - GAP) / 2
    uppers = [
        Rect(x + LEFT, top + HEAD, x + half - LABELS, middle - FOOT)
        for x in (left, left + half + GAP)
    ]
    lower = Rect(left + LEFT, middle + HEAD + 8, right, said.top - FOOT)
    return Layout((uppers[0], uppers[1]), lower, legend, said, middle)


def log_range(values: Doubles, room: float = 0.06) -> tuple[float, float]:
    """Places at the edges of a log axis, at least a third of a decade apart."""
    good = values[np.isfinite(values) & (values > 0)]
    if not len(good):
        return -1.0, 0.0
    low, high = math.log10(float(good.min())), math.log10(float(good.max()))
    if high - low < 1 / 3:
        middle = (low + high) / 2
        low, high = middle - 1 / 6, middle + 1 / 6
    return low - room * (high - low), high + room * (high - low)


def calm_range(values: Doubles) -> tuple[float, float]:
    """The same in steps of a tenth of a decade: an axis rests while values move a little."""
    low, high = log_range(values, 0.03)
    return math.floor(low * 10) / 10, math.ceil(high * 10) / 10


def exponent_range(values: Doubles) -> tuple[float, float]:
    """Of an axis of exponents: 0 and 1 are always on it, a few that are far off may not be."""
    good = values[np.isfinite(values)]
    if not len(good):
        return 0.0, 1.25
    low, high = float(good.min()), float(good.max())
    usual_low, usual_high = np.quantile(good, (ODD, 1 - ODD)).tolist()
    if len(good) >= MANY:
        low = usual_low if usual_low - low > FAR else low
        high = usual_high if high - usual_high > FAR else high
    return min(0.0, math.floor(low * 4) / 4), max(1.25, math.ceil(high * 4) / 4)


def linear_range(values: Doubles, room: float = 0.05) -> tuple[float, float]:
    good = values[np.isfinite(values)]
    low, high = (float(good.min()), float(good.max())) if len(good) else (0.0, 1.0)
    if high <= low:
        return low - 0.5, high + 0.5
    return low - room * (high - low), high + room * (high - low)
