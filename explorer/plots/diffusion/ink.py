"""Lines, marks and fills as arrays in px: what the OpenGL half uploads. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.plots.diffusion.axes import Rect
from explorer.state.dress import Rgb

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
DASHED, DOTTED = (5.0, 4.0), (2.0, 4.0)
RIM, HOLLOW = 0.8, 1.4


@dataclass(frozen=True, eq=False)
class Sheet:
    """One layer of a picture.

    Attributes
    ----------
    fills : tuple of (Rect, colour)
        Beneath the rest.
    ends : ndarray, (S, 2, 2) float32
        px of both ends of segments.
    colour : ndarray, (S, 3) float32; width : ndarray, (S,) float32, px
    places : ndarray, (M, 2) float32
    marks : ndarray, (M, 3) float32, colours; radius, rim : ndarray, (M,) float32, px
    shape : ndarray, (M,) int32
        Indexes ``explorer.state.dress.SHAPES``.
    """

    fills: tuple[tuple[Rect, Rgb], ...] = ()
    ends: Floats = field(default_factory=lambda: np.zeros((0, 2, 2), np.float32))
    colour: Floats = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    width: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    places: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    marks: Floats = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    radius: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    rim: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    shape: Ints = field(default_factory=lambda: np.zeros(0, np.int32))


class Ink:
    """Collects strokes; :meth:`sheet` gives all of them at once. Later ones lie on earlier ones.

    Colours are one (3,) or one for each, sizes one or one for each.
    """

    def __init__(self, line_scale: float = 1.0, mark_scale: float = 1.0) -> None:
        self._line, self._mark = line_scale, mark_scale
        self._fills: list[tuple[Rect, Rgb]] = []
        self._lines: list[tuple[Floats, ...]] = []
        self._marks: list[tuple[Floats, ...]] = []

    def fill(self, rect: Rect, colour: Rgb) -> None:
        self._fills.append((rect, colour))

    def lines(self, ends: Doubles, colour: ArrayLike, width: ArrayLike) -> None:
        """Segments (S, 2, 2); those with an end that is NaN are left out."""
        n = len(ends)
        good = np.isfinite(ends).all(axis=(1, 2))
        parts = (ends, _each(colour, n, 3), _each(width, n) * self._line)
        self._lines.append(tuple(p[good].astype(np.float32) for p in parts))

    def dots(
        self, places: Doubles, colour: ArrayLike, radius: ArrayLike, shape: ArrayLike,
        rim: float = RIM,
    ) -> None:  # fmt: skip
        """Full marks at (M, 2), with a rim of the ground."""
        n = len(places)
        good = np.isfinite(places).all(axis=1)
        parts = (places, _each(colour, n, 3), _each(radius, n) * self._mark,
                 _each(rim, n), _each(shape, n))  # fmt: skip
        self._marks.append(tuple(p[good].astype(np.float32) for p in parts))

    def rings(
        self, places: Doubles, colour: ArrayLike, radius: float, shape: ArrayLike, ground: Rgb
    ) -> None:
        """Outlined marks: each full one with a smaller one of the ground on it."""
        n = len(places)
        twice = np.repeat(places, 2, axis=0)
        colours = np.repeat(_each(colour, n, 3), 2, axis=0)
        colours[1::2] = ground
        radii = np.tile([radius, max(radius - HOLLOW / self._mark, 0.5)], n)
        self.dots(twice, colours, radii, np.repeat(_each(shape, n), 2), 0.0)

    def sheet(self) -> Sheet:
        """Everything so far."""
        ends, colour, width = _joined(self._lines, ((0, 2, 2), (0, 3), (0,)))
        places, marks, radius, rim, shape = _joined(self._marks, ((0, 2), (0, 3), (0,), (0,), (0,)))
        return Sheet(tuple(self._fills), ends, colour, width, places, marks, radius, rim,
                     shape.astype(np.int32))  # fmt: skip


def _each(value: ArrayLike, n: int, width: int = 0) -> Doubles:
    """One row for each of ``n``."""
    shape = (n, width) if width else (n,)
    return np.broadcast_to(np.asarray(value, np.float64), shape).copy()


def _joined(
    parts: list[tuple[Floats, ...]], empty: Sequence[tuple[int, ...]]
) -> tuple[Floats, ...]:
    if not parts:
        return tuple(np.zeros(shape, np.float32) for shape in empty)
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def segments(x: Doubles, y: Doubles) -> Doubles:
    """(P - 1, 2, 2) from points (P,); NaN where one of the two is not there."""
    points = np.stack([x, y], axis=1)
    return np.stack([points[:-1], points[1:]], axis=1)


def dashed(x: Doubles, y: Doubles, pattern: tuple[float, float]) -> Doubles:
    """(S, 2, 2): dashes of one length along a line, that go on across its corners; a gap in it
    stays one."""
    cuts = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    found = [
        _dashes(x[a:b], y[a:b], *pattern)
        for a, b in zip([0, *(cuts + 1).tolist()], [*cuts.tolist(), len(x)], strict=True)
        if b - a >= 2
    ]
    return np.concatenate(found) if found else np.zeros((0, 2, 2))


def _dashes(x: Doubles, y: Doubles, dash: float, gap: float) -> Doubles:
    along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    first = np.arange(0.0, max(float(along[-1]), 1e-9), dash + gap)
    ends = np.stack([first, np.minimum(first + dash, along[-1])], axis=1)
    return np.stack([np.interp(ends, along, x), np.interp(ends, along, y)], axis=2)
