"""Labels at the ends of curves, and the point under the pointer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.state.ladder import spread

Doubles = NDArray[np.float64]
GAP = 15.0
NEAR = 12.0
"""Pixels within which the pointer finds a point."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words beside the end of a curve, with the mark of its run."""

    y: float
    words: str
    colour: str
    shape: str = "circle"


@dataclass(frozen=True, slots=True)
class Spot:
    """One point with its key and look."""

    key: str
    x: float
    y: float
    colour: str
    shape: str = "circle"
    hollow: bool = False


def stacked(ys: Sequence[float], top: float, bottom: float, gap: float = GAP) -> list[float]:
    """Heights in pixels, at least ``gap`` apart, near ``ys``; in the order of ``ys``.

    Where there is no room for all at that distance, they share what there is.
    """
    if not ys:
        return []
    order = np.argsort(ys, kind="stable")
    room = (bottom - top) / max(len(ys) - 1, 1)
    placed = spread([ys[k] for k in order], min(gap, room), top, bottom)
    out = [0.0] * len(ys)
    for at, k in zip(placed, order, strict=True):
        out[int(k)] = at
    return out


def nearest(x: Doubles, y: Doubles, at: tuple[float, float], within: float = NEAR) -> int:
    """Row of the point nearest to a place, all in pixels; -1 = none within reach."""
    if not len(x):
        return -1
    far = np.hypot(x - at[0], y - at[1])
    far = np.where(np.isfinite(far), far, np.inf)
    row = int(np.argmin(far))
    return row if far[row] <= within else -1
