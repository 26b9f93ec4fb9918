"""Where labels go: greedy, first come first served, sticky. Pure numpy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

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
PUSH = 20.0
TOLERATED = 3.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A label that wants a place: anchor in px, size in px, gap to the anchor.

    ``sides`` are the candidates allowed, in order of preference.
    """

    key: Hashable
    x: float
    y: float
    width: float
    height: float
    gap: float = 12.0
    sides: tuple[str, ...] = tuple(name for name, _, _ in CANDIDATES)


@dataclass(frozen=True, slots=True)
class Placed:
    """Top left corner of a label, in px."""

    key: Hashable
    x: float
    y: float
    side: str


@dataclass(eq=False)
class _Board:
    """What is taken so far."""

    size: tuple[float, float]
    points: NDArray[np.float64]
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def cost(self, box: tuple[float, float, float, float]) -> float:
        """inf where the label may not go, else how many points it would cover."""
        x0, y0, x1, y1 = box
        if x0 < 4 or y0 < 4 or x1 > self.size[0] - 4 or y1 > self.size[1] - 4:
            return np.inf
        for a0, b0, a1, b1 in self.boxes:
            if x0 < a1 and a0 < x1 and y0 < b1 and b0 < y1:
                return np.inf
        p = self.points
        return float(
            np.count_nonzero((p[:, 0] > x0) & (p[:, 0] < x1) & (p[:, 1] > y0) & (p[:, 1] < y1))
        )


def place(
    wishes: Sequence[Wish],
    points: NDArray[np.float64],
    size: tuple[float, float],
    taken: Sequence[tuple[float, float, float, float]] = (),
    before: Mapping[Hashable, str] | None = None,
) -> tuple[Placed, ...]:
    """Place what fits, in the order given, at most :data:`MOST`.

    Parameters
    ----------
    points : ndarray, (P, 2) float64
        Marks in px that labels should not cover.
    taken : boxes (x0, y0, x1, y1) in px that no label may touch.
    before : the side of each key last time; kept unless it covers clearly more than the best.
    """
    finite = points[np.isfinite(points).all(axis=1)] if len(points) else np.zeros((0, 2))
    board = _Board(size, finite, list(taken))
    out: list[Placed] = []
    for wish in wishes:
        if len(out) >= MOST:
            break
        found = _best(wish, board, (before or {}).get(wish.key, ""))
        if found is not None:
            out.append(found)
            board.boxes.append(
                (found.x - 2, found.y - 1, found.x + wish.width + 2, found.y + wish.height + 1)
            )
    return tuple(out)


def _best(wish: Wish, board: _Board, last: str) -> Placed | None:
    if not (np.isfinite(wish.x) and np.isfinite(wish.y)):
        return None
    best: Placed | None = None
    lowest = np.inf
    for rank, side in enumerate(wish.sides):
        x, y = _corner(wish, side)
        cost = board.cost((x, y, x + wish.width, y + wish.height)) + 0.6 * rank
        cost -= TOLERATED if side == last else 0.0
        if cost < lowest:
            best, lowest = Placed(wish.key, x, y, side), cost
    return best


def _corner(wish: Wish, side: str) -> tuple[float, float]:
    dx, dy = next((dx, dy) for name, dx, dy in CANDIDATES if name == side)
    x = wish.x + dx * wish.gap - wish.width * (1 - dx) / 2
    return x, wish.y - wish.height / 2 + dy * PUSH
