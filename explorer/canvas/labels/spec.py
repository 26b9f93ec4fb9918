"""Where labels go: greedy, first come first served, sticky. Pure numpy."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 40
CANDIDATES = (
    ("right", 1.0, 0.0),
    ("left", -1.0, 0.0),
    ("right-up", 1.0, -1.0),
    ("right-down", 1.0, 1.0),
    ("left-up", -1.0, -1.0),
    ("left-down", -1.0, 1.0),
    ("up", 0.0, -1.35),
    ("down", 0.0, 1.35),
)
PUSH = 20.0 / 18.0
CELL = 6.0
WAYS = {name: (dx, dy) for name, dx, dy in CANDIDATES}
TOLERATED = 3.0
CONFUSED = 8.0
"""A name nearer to another head than to its own is as bad as one that covers this many points."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A label that wants a place: anchor in px, size in px, gap to the anchor.

    ``sides`` are the candidates allowed, in order of preference; a label that would cover more than
    ``limit`` marks is left out.
    """

    key: Hashable
    x: float
    y: float
    width: float
    height: float
    gap: float = 12.0
    sides: tuple[str, ...] = tuple(name for name, _, _ in CANDIDATES)
    limit: float = math.inf


@dataclass(frozen=True, slots=True)
class Placed:
    """Top left corner of a label, in px."""

    key: Hashable
    x: float
    y: float
    side: str


class _Board:
    """What is taken so far: boxes exactly, points as a summed-area table of cells.

    ``heads``, (H, 2) px, are what the name of one of them could be taken for the name of.
    """

    def __init__(
        self,
        size: tuple[float, float],
        points: NDArray[np.float64],
        boxes: Sequence[tuple[float, float, float, float]],
        heads: NDArray[np.float64],
    ) -> None:
        self._size, self._boxes, self._heads = size, list(boxes), heads
        self._named = set(map(tuple, heads.tolist()))
        self._sums = _summed(size, points)

    def take(self, box: tuple[float, float, float, float]) -> None:
        self._boxes.append(box)

    def cost(self, box: tuple[float, float, float, float]) -> float:
        """inf where the label may not go, else about how many points it would cover."""
        x0, y0, x1, y1 = box
        if x0 < 4 or y0 < 4 or x1 > self._size[0] - 4 or y1 > self._size[1] - 4:
            return math.inf
        for a0, b0, a1, b1 in self._boxes:
            if x0 < a1 and a0 < x1 and y0 < b1 and b0 < y1:
                return math.inf
        i0, i1 = int(x0 / CELL), int(x1 / CELL) + 1
        j0, j1 = int(y0 / CELL), int(y1 / CELL) + 1
        s = self._sums
        return float(s[j1, i1] - s[j0, i1] - s[j1, i0] + s[j0, i0])

    def confused(self, box: tuple[float, float, float, float], x: float, y: float) -> bool:
        """Whether the box names the head at (x, y), but another head is nearer to it."""
        if (x, y) not in self._named:
            return False
        low, high = np.array(box[:2]), np.array(box[2:])
        off = np.maximum(np.maximum(low - self._heads, self._heads - high), 0.0)
        dx, dy = max(box[0] - x, x - box[2], 0.0), max(box[1] - y, y - box[3], 0.0)
        return bool((np.einsum("ij,ij->i", off, off) < dx * dx + dy * dy - 1e-6).any())


def _summed(size: tuple[float, float], points: NDArray[np.float64]) -> NDArray[np.int64]:
    """(rows + 1, columns + 1): how many points lie above and left of each cell corner."""
    columns, rows = int(size[0] / CELL) + 2, int(size[1] / CELL) + 2
    sums = np.zeros((rows + 1, columns + 1), np.int64)
    inside = ((points >= 0) & (points < size)).all(axis=1)
    i, j = (points[inside] / CELL).astype(np.int64).T
    counts = np.bincount(j * columns + i, minlength=rows * columns).reshape(rows, columns)
    sums[1:, 1:] = counts.cumsum(axis=0).cumsum(axis=1)
    return sums


def place(
    wishes: Sequence[Wish],
    points: NDArray[np.float64],
    size: tuple[float, float],
    taken: Sequence[tuple[float, float, float, float]] = (),
    before: Mapping[Hashable, str] | None = None,
    heads: NDArray[np.float64] | None = None,
    *,
    quick: bool = False,
) -> tuple[Placed, ...]:
    """Place what fits, in the order given, at most :data:`MOST`.

    Parameters
    ----------
    points : ndarray, (P, 2) float64
        Marks in px that labels should not cover. NaN = not visible.
    taken : boxes (x0, y0, x1, y1) in px that no label may touch.
    before : the side of each key last time; kept unless it covers clearly more than the best.
    heads : ndarray, (H, 2) float64
        Marks in px that have names; these prefer places that are nearest to their own marks.
    quick : keep the side of last time wherever nothing is in its way, for pictures in motion.
    """
    board = _Board(size, points, taken, np.zeros((0, 2)) if heads is None else heads)
    out: list[Placed] = []
    for wish in wishes:
        if len(out) >= MOST:
            break
        found = _best(wish, board, (before or {}).get(wish.key, ""), quick=quick)
        if found is not None:
            out.append(found)
            board.take(
                (found.x - 2, found.y - 1, found.x + wish.width + 2, found.y + wish.height + 1)
            )
    return tuple(out)


def _best(wish: Wish, board: _Board, last: str, *, quick: bool) -> Placed | None:
    if not (math.isfinite(wish.x) and math.isfinite(wish.y)):
        return None
    if quick and last:
        x, y = _corner(wish, last)
        cost = board.cost((x, y, x + wish.width, y + wish.height))
        if cost < math.inf and cost <= wish.limit:
            return Placed(wish.key, x, y, last)
    best: Placed | None = None
    lowest = math.inf
    for rank, side in enumerate(wish.sides):
        if 0.6 * rank - TOLERATED >= lowest:
            break
        x, y = _corner(wish, side)
        box = (x, y, x + wish.width, y + wish.height)
        cost = board.cost(box)
        if cost > wish.limit:
            continue
        cost += 0.6 * rank - (TOLERATED if side == last else 0.0)
        if cost < lowest and board.confused(box, wish.x, wish.y):
            cost += CONFUSED
        if cost < lowest:
            best, lowest = Placed(wish.key, x, y, side), cost
    return best


def _corner(wish: Wish, side: str) -> tuple[float, float]:
    dx, dy = WAYS[side]
    x = wish.x + dx * wish.gap - wish.width * (1 - dx) / 2
    return x, wish.y - wish.height / 2 + dy * PUSH * wish.height


def importance(order: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """How soon each entry's own name is worth a place, (K,) int64; larger = sooner.

    ``order`` and ``bounds`` cut entry rows into runs, as in ``Tracks``. The first of a run comes
    first, then its middle, then its quarters: whatever part of a run is on the screen, those with
    the largest numbers in it are spread evenly.
    """
    place = np.arange(len(order)) - np.repeat(bounds[:-1], np.diff(bounds))
    lowest = place & -place
    level = np.where(place > 0, np.log2(np.maximum(lowest, 1)), 62)
    out = np.zeros(len(order), np.int64)
    out[order] = level.astype(np.int64)
    return out


def thinned(
    screen: NDArray[np.float64],
    rank: NDArray[np.float64],
    size: tuple[float, float],
    cell: tuple[float, float],
) -> NDArray[np.int64]:
    """Rows of at most one point for each cell of the window: of the highest rank, best first.

    ``screen`` (C, 2 or 3) px; points outside the window or behind the eye are left out.
    """
    x, y = screen[:, 0], screen[:, 1]
    rows = np.flatnonzero((x >= 0) & (y >= 0) & (x < size[0]) & (y < size[1]))
    rows = rows[np.argsort(-rank[rows], kind="stable")]
    columns = int(size[0] / cell[0]) + 1
    cells = (y[rows] / cell[1]).astype(np.int64) * columns + (x[rows] / cell[0]).astype(np.int64)
    _, first = np.unique(cells, return_index=True)
    return rows[np.sort(first)]


def along(
    screen: NDArray[np.float64],
    segments: NDArray[np.int32],
    size: tuple[float, float],
    spacing: float = 14.0,
    most: int = 20_000,
) -> NDArray[np.float64]:
    """Points on the visible parts of segments, (P, 2) px, about ``spacing`` apart.

    Labels that keep off marks keep off lines too when these are among the points. Parts shorter
    than ``spacing`` have their marks. At most ``most``; the rest is dropped.
    """
    a = screen[segments[:, 0], :2]
    step = screen[segments[:, 1], :2] - a
    low, high = np.zeros(len(a)), np.ones(len(a))
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in (0, 1):
            to_low, to_high = -a[:, axis] / step[:, axis], (size[axis] - a[:, axis]) / step[:, axis]
            low = np.fmax(low, np.fmin(to_low, to_high))
            high = np.fmin(high, np.fmax(to_low, to_high))
        length = np.hypot(step[:, 0], step[:, 1]) * (high - low)
    number = np.where(length > spacing, length / spacing, 0).astype(np.int64)
    number[np.cumsum(number) > most] = 0
    row = np.repeat(np.arange(len(a)), number)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    share = (nth + 0.5) / number[row]
    t = low[row] + share * (high - low)[row]
    return a[row] + t[:, None] * step[row]
