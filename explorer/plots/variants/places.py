"""Where the matrix, the strip of controls and the arrows from one origin stand. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the matrix stands: its corner and the side of a cell, in pixels."""

    x: float
    y: float
    side: float

    def at(self, px: float, py: float, n: int) -> tuple[int, int]:
        """The cell under a place, (-1, -1) = none."""
        j, i = (px - self.x) // self.side, (py - self.y) // self.side
        return (int(i), int(j)) if 0 <= i < n and 0 <= j < n else (-1, -1)


STRIP, GAP, BAR, FOOT, EDGE = 8.0, 4.0, 10.0, 18.0, 6.0
NAME = 74.0


def cells(width: float, height: float, n: int) -> Cells:
    """The square of cells between names at the left and the scale of colours at the right."""
    room_w = width - NAME - STRIP - GAP - 3 * EDGE - BAR - 34
    room_h = height - STRIP - GAP - 2 * EDGE - FOOT
    side = max(min(room_w, room_h), 20.0) / max(n, 1)
    return Cells(NAME + STRIP + GAP, STRIP + GAP + EDGE, min(side, 40.0))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one kind: from ``start`` to before ``stop``."""

    kind: str
    start: int
    stop: int


def stretches(kinds: Sequence[str]) -> tuple[Stretch, ...]:
    """The rows by kind."""
    out: list[Stretch] = []
    for k, kind in enumerate(kinds):
        if out and out[-1].kind == kind:
            out[-1] = replace(out[-1], stop=k + 1)
        else:
            out.append(Stretch(kind, k, k + 1))
    return tuple(out)


ROW, AXIS, VALUE = 22.0, 20.0, 106.0
"""Heights of a row of the strip and of its axis; room for the numbers at its right."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Cosines along an axis from -1 to 1, a row for each kind."""

    left: float
    right: float

    def x(self, cosine: float) -> float:
        """Where a cosine stands."""
        return self.left + (cosine + 1) / 2 * (self.right - self.left)

    def y(self, row: int) -> float:
        """The middle of a row."""
        return 4 + (row + 0.5) * ROW


def strip(width: float) -> Strip:
    """The strip between the names at the left and the numbers at the right."""
    return Strip(NAME + 6, max(width - VALUE, NAME + 46))


@dataclass(frozen=True, slots=True)
class Disc:
    """Shifts from one origin: the place of the origin, and pixels for one sqrt(bits/byte)."""

    x: float
    y: float
    scale: float

    def at(self, tip: Sequence[float]) -> tuple[float, float]:
        """Where a shift ends."""
        return self.x + self.scale * float(tip[0]), self.y - self.scale * float(tip[1])


MARGIN, LEGEND = 18.0, 26.0


def disc(width: float, height: float, tips: Sequence[Sequence[float]]) -> Disc:
    """As large as the longest shifts allow to each side, above the legend."""
    xs, ys = [0.0, *(float(t[0]) for t in tips)], [0.0, *(float(t[1]) for t in tips)]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    room_w, room_h = max(width - 2 * MARGIN - 90, 40), max(height - LEGEND - 2 * MARGIN, 40)
    scale = min(room_w / wide if wide > 0 else math.inf, room_h / high if high > 0 else math.inf)
    scale = scale if math.isfinite(scale) else 1.0
    x = width / 2 - scale * (max(xs) + min(xs)) / 2
    y = (height - LEGEND) / 2 + scale * (max(ys) + min(ys)) / 2
    return Disc(x, y, scale)


def rings(longest: float, factor: float) -> tuple[float, ...]:
    """KL of at most three rings, bits/byte, round in a unit ``factor`` times as large."""
    top = longest**2 * factor
    if not (top > 0 and math.isfinite(top)):
        return ()
    power = math.floor(math.log10(top))
    steps = [m * 10.0**p for p in range(power - 3, power + 1) for m in (1, 2, 5)]
    fit = [s for s in steps if s <= top][::-1]
    kept: list[float] = []
    for s in fit:
        if len(kept) < 3 and (not kept or s <= kept[-1] / 3.9):
            kept.append(s)
    return tuple(k / factor for k in reversed(kept))


Box = tuple[float, float, float, float]
"""Left, top, width, height."""


def beside(
    ends: Sequence[tuple[float, float]], widths: Sequence[float], origin: tuple[float, float],
    room: Box, taken: Sequence[Box] = (), most: int = 14, high: float = 15.0,
) -> dict[int, Box]:  # fmt: skip
    """Where names of arrows stand beyond their ends, in the order given, while there is room.

    A name that would lie on another one, or leave ``room``, is left out.
    """
    found: dict[int, Box] = {}
    for k, ((x, y), wide) in enumerate(zip(ends, widths, strict=True)):
        if len(found) >= most:
            break
        for box in _around(x, y, wide, high, out_right=x >= origin[0]):
            if _inside(box, room) and not any(_meet(box, o) for o in (*taken, *found.values())):
                found[k] = box
                break
    return found


def _around(x: float, y: float, wide: float, high: float, *, out_right: bool) -> tuple[Box, ...]:
    """Beyond an end, a little higher or lower, above or below it, before it."""
    left, right = x - 9 - wide, x + 9
    out, back = (right, left) if out_right else (left, right)
    top, middle = y - high / 2, x - wide / 2
    under = middle, y + 8, wide, high
    return ((out, top, wide, high), (out, top - 9, wide, high), (out, top + 9, wide, high),
            under, (middle, y - 8 - high, wide, high), (back, top, wide, high))  # fmt: skip


def _inside(a: Box, room: Box) -> bool:
    return (a[0] >= room[0] and a[1] >= room[1] and a[0] + a[2] <= room[0] + room[2]
            and a[1] + a[3] <= room[1] + room[3])  # fmt: skip


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
