"""Where "How many texts does it take?" is drawn. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count, percent

HEIGHT = 150
_LEFT, _TOP, _RIGHT, _BOTTOM = 50, 34, 16, 24
MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Area:
    """The plot inside its frame, px."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    def x(self, part: float) -> float:
        return self.left + part * self.width

    def y(self, level: float) -> float:
        """A level above 1 is drawn at the top."""
        return self.bottom - min(max(level, 0.0), 1.0) * (self.bottom - self.top)


def area(width: float) -> Area:
    return Area(_LEFT, _TOP, max(width - _RIGHT, _LEFT + 20), HEIGHT - _BOTTOM)


def usual(carried: NDArray[np.float64]) -> int:
    """The number that is marked at first: a tenth of the texts, at least one."""
    return max(1, (len(carried) - 1) // 10)


def words(n: int, carried: NDArray[np.float64]) -> str:
    """ "100 texts carry 52 %"."""
    one = n == 1
    return f"{count(n)} text{'s' * (not one)} carr{'ies' if one else 'y'} {percent(carried[n])}"


def ticks(n: int, at: Area) -> Sequence[tuple[float, str, str]]:
    """(x, words, side): none, half, all."""
    half = [(at.x(0.5), count(n // 2), "middle")] if at.width > 150 and n > 3 else []
    return ((at.left, "0", "left"), *half, (at.right, f"{count(n)} texts", "right"))


def points(values: NDArray[np.float64], n: int, at: Area) -> list[tuple[float, float]]:
    """A curve over 0, 1, ... of ``n`` texts, thinned to what can be seen."""
    rows = np.unique(np.linspace(0, len(values) - 1, min(len(values), MOST_POINTS)).astype(int))
    return [(at.x(k / max(n, 1)), at.y(float(values[k]))) for k in rows.tolist()]


def label(x: float, y: float, wide: float, at: Area) -> tuple[float, float, float, float]:
    """(x, y, width, height) of the words at the mark: right of it and below the curve, or left."""
    left = x + 9 if x + 9 + wide <= at.right else max(at.left + 2, x - 9 - wide)
    top = min(max(y + 2, at.top), at.bottom - 18)
    return left, top, wide + 4, 16
