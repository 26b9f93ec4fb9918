"""Which parts of the matrix are needed at which detail, and which are kept. Pure."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from explorer.plots.heatmap.layout import Window
from explorer.plots.heatmap.spec import TILE, Codes

Key = tuple[int, int, int]
"""(level, i, j): every 2^level-th row; 256 of those rows by as many columns, from tile i, j."""
MOST = 256
"""Tiles that are kept: 16 MB."""


def level_of(window: Window, pixels: float) -> int:
    """The finest detail at which a row that is drawn has a pixel of its own."""
    return max(0, math.ceil(math.log2(max(window.span / max(pixels, 1.0), 1.0))))


def reach(key: Key, n: int) -> tuple[float, float, float, float]:
    """Cells that a tile covers: x0, y0, x1, y1."""
    level, i, j = key
    size = TILE << level
    return j * size, i * size, min((j + 1) * size, n), min((i + 1) * size, n)


@lru_cache(maxsize=4)
def needed(window: Window, pixels: float, n: int, stride: int) -> tuple[Key, ...]:
    """The tiles under a window, from its middle out; () where the overview is as good."""
    level = level_of(window, pixels)
    if stride <= 1 << level:
        return ()
    size = TILE << level
    most = (n - 1) // size

    def span(start: float) -> range:
        return range(int(start // size), min(int((start + window.span) // size), most) + 1)

    keys = [(level, i, j) for i in span(window.y) for j in span(window.x)]
    mi, mj = (window.y + window.span / 2) / size - 0.5, (window.x + window.span / 2) / size - 0.5
    return tuple(sorted(keys, key=lambda k: (k[1] - mi) ** 2 + (k[2] - mj) ** 2))


class Kept:
    """Tiles that were made, at most :data:`MOST`; those used longest ago go first."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._tiles: OrderedDict[Key, Codes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tiles)

    def __contains__(self, key: Key) -> bool:
        return key in self._tiles

    def put(self, key: Key, codes: Codes) -> None:
        self._tiles[key] = codes
        self._tiles.move_to_end(key)
        while len(self._tiles) > self.most:
            self._tiles.popitem(last=False)

    def clear(self) -> None:
        self._tiles.clear()

    def missing(self, keys: Sequence[Key]) -> tuple[Key, ...]:
        """Those that are not there; those that are count as used."""
        for key in keys:
            if key in self._tiles:
                self._tiles.move_to_end(key)
        return tuple(key for key in keys if key not in self._tiles)

    def under(self, keys: Sequence[Key], window: Window, n: int) -> Iterator[tuple[Key, Codes]]:
        """What can be drawn: coarser tiles first, while finer ones are under way."""
        if not keys:
            return
        level = keys[0][0]
        wanted = set(keys)
        for coarse in (level + 2, level + 1) if not wanted <= self._tiles.keys() else ():
            for key, codes in self._tiles.items():
                if key[0] == coarse:
                    x0, y0, x1, y1 = reach(key, n)
                    across = x0 < window.x + window.span and window.x < x1
                    if across and y0 < window.y + window.span and window.y < y1:
                        yield key, codes
        for key in keys:
            if key in self._tiles:
                yield key, self._tiles[key]
