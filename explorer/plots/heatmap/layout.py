"""Where everything of the heat map stands, and which part of it is looked at. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

STRIP, GAP, EDGE = 10, 4, 14
BRACKET, NAME_HIGH = 8, 16
MOST_NAME, LEAST_CELLS = 130, 4.0
Measure = Callable[[str], float]
"""Words -> their width in pixels."""


@dataclass(frozen=True, slots=True)
class Rect:
    """In pixels."""

    x: float
    y: float
    w: float
    h: float

    def meets(self, other: Rect) -> bool:
        across = self.x < other.x + other.w and other.x < self.x + self.w
        return across and self.y < other.y + other.h and other.y < self.y + self.h

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


@dataclass(frozen=True, slots=True)
class Frame:
    """The parts. ``cells`` is a square; ``tree`` is the depth of the trees, (left, top), 0 = none;
    ``upright``: names at the right read upwards."""

    width: int
    height: int
    cells: Rect
    tree: tuple[int, int]
    upright: bool
    name_width: float

    @property
    def left_strip(self) -> Rect:
        c = self.cells
        return Rect(c.x - GAP - STRIP, c.y, STRIP, c.h)

    @property
    def top_strip(self) -> Rect:
        c = self.cells
        return Rect(c.x, c.y - GAP - STRIP, c.w, STRIP)

    @property
    def left_tree(self) -> Rect:
        s = self.left_strip
        return Rect(s.x - GAP - self.tree[0], s.y, self.tree[0], s.h)

    @property
    def top_tree(self) -> Rect:
        s = self.top_strip
        return Rect(s.x, s.y - GAP - self.tree[1], s.w, self.tree[1])

    @property
    def names_x(self) -> float:
        """Where brackets begin."""
        return self.cells.x + self.cells.w + GAP


@dataclass(frozen=True, slots=True)
class Window:
    """The part that is looked at, in cells: from ``x``, ``y``, ``span`` across and down."""

    x: float
    y: float
    span: float

    def moved(self, dx: float, dy: float, n: int) -> Window:
        return replace(self, x=self.x + dx, y=self.y + dy).inside(n)

    def zoomed(self, factor: float, u: float, v: float, n: int) -> Window:
        """``factor`` times closer; what is at shares ``u``, ``v`` of the window stays there."""
        span = min(max(self.span / factor, min(LEAST_CELLS, n)), float(n))
        x, y = self.x + u * (self.span - span), self.y + v * (self.span - span)
        return Window(x, y, span).inside(n)

    def inside(self, n: int) -> Window:
        """The same within ``n`` rows."""
        span = min(max(self.span, min(LEAST_CELLS, n)), float(n))
        most = n - span
        return Window(min(max(self.x, 0.0), most), min(max(self.y, 0.0), most), span)

    def showing(self, i: int, j: int, n: int) -> Window:
        """Moved as little as possible so that row ``i`` and column ``j`` are inside."""
        y = min(max(self.y, i + 1.0 - self.span), float(i))
        x = min(max(self.x, j + 1.0 - self.span), float(j))
        return replace(self, x=x, y=y).inside(n)

    def shares(self, n: int) -> list[float]:
        """For keeping: shares of the whole, [] = all of it."""
        if self.span >= n:
            return []
        return [round(v / n, 9) for v in (self.x, self.y, self.span)]


def window_of(shares: Sequence[float], n: int) -> Window:
    """What :meth:`Window.shares` gives, of ``n`` rows."""
    if not shares:
        return Window(0.0, 0.0, float(n))
    x, y, span = (v * n for v in shares)
    return Window(x, y, span).inside(n)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one run below each other: from ``start`` to before ``stop``."""

    run: str
    start: int
    stop: int


def stretches(runs: Sequence[str]) -> tuple[Stretch, ...]:
    """The rows by stretches of one run."""
    found, start = [], 0
    for k in range(1, len(runs) + 1):
        if k == len(runs) or runs[k] != runs[start]:
            found.append(Stretch(runs[start], start, k))
            start = k
    return tuple(found)


def frame(
    width: int, height: int, rows: Sequence[Stretch], measure: Measure, *, tree: bool, foot: bool
) -> Frame:
    """The layout at a size. ``foot``: a line of words stands below."""
    deep = (round(min(max(0.16 * width, 44), 150)), round(min(max(0.1 * height, 32), 76)))
    deep = deep if tree else (0, 0)
    left, top = deep[0] + STRIP + 2 * GAP, deep[1] + STRIP + 2 * GAP
    bottom = 20 if foot else 0
    free_w, free_h = width - 2 * EDGE - left, height - 2 * EDGE - top - bottom
    n = rows[-1].stop if rows else 1
    guess = max(min(free_w - BRACKET - 2 * GAP - NAME_HIGH, free_h), 40)
    large = [s for s in rows if (s.stop - s.start) * guess / n >= 24]
    upright = all(measure(s.run) + 6 <= (s.stop - s.start) * guess / n for s in large)
    wide = max((measure(s.run) for s in large), default=0.0)
    name = float(NAME_HIGH) if upright else min(wide + 2, MOST_NAME, max(40.0, 0.2 * width))
    right = BRACKET + 2 * GAP + name
    side = int(max(min(free_w - right, free_h), 40))
    x = EDGE + left + max(0, (free_w - right - side) // 2)
    y = EDGE + top + max(0, (free_h - side) // 2)
    return Frame(width, height, Rect(int(x), int(y), side, side), deep, upright, name)


@dataclass(frozen=True, slots=True)
class Bracket:
    """Beside rows of one run, from ``y0`` to ``y1``; ``name`` is where its words stand."""

    run: str
    y0: float
    y1: float
    name: Rect | None


def brackets(
    place: Frame, rows: Sequence[Stretch], window: Window, measure: Measure
) -> tuple[Bracket, ...]:
    """Those tall enough to be seen, with the names that do not lie on each other: largest first."""
    c, x = place.cells, place.names_x + BRACKET + GAP
    seen = []
    for s in rows:
        y0, y1 = (c.y + (v - window.y) / window.span * c.h for v in (s.start, s.stop))
        y0, y1 = max(y0, c.y), min(y1, c.y + c.h)
        if y1 - y0 >= 9:
            seen.append((s.run, y0 + 1.5, y1 - 1.5))
    names: dict[int, Rect] = {}
    for k in sorted(range(len(seen)), key=lambda k: seen[k][1] - seen[k][2]):
        run, y0, y1 = seen[k]
        wide = min(measure(run), place.name_width if not place.upright else 1e9)
        high = wide if place.upright else NAME_HIGH - 1.0
        if place.upright and high > y1 - y0:
            continue
        rect = Rect(x, (y0 + y1 - high) / 2, NAME_HIGH if place.upright else wide, high)
        if not any(rect.meets(other) for other in names.values()):
            names[k] = rect
    return tuple(Bracket(*s, names.get(k)) for k, s in enumerate(seen))


def card_at(
    place: Frame, cell: tuple[float, float], size: tuple[float, float], away: float = 16.0
) -> Rect:
    """Where a card about a cell stands: below right of it, inside, and not on it."""
    w, h = size
    x, y = cell[0] + away, cell[1] + away
    if x + w > place.width - 6:
        x = cell[0] - away - w
    if y + h > place.height - 6:
        y = cell[1] - away - h
    return Rect(max(6.0, x), max(6.0, y), w, h)
