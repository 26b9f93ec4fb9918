"""Words of a picture as rectangles, and what is painted with them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.plots.chart.spec import stacked
from explorer.plots.diffusion.axes import Axes, Rect
from explorer.plots.diffusion.ink import Sheet
from explorer.theme.tokens import Tokens

Measure = Callable[[str, int, int], float]
"""(words, px, weight) -> width in px."""
HIGH = 1.36
"""Height of a line of words, in its size."""
DOTS = "..."


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a rectangle. ``align`` is "left", "right" or "centre"; ``turned`` reads upwards;
    ``clear``: on a ground of their own, as they lie on lines."""

    rect: Rect
    words: str
    size: int
    token: str = "text3"
    weight: int = 400
    align: str = "left"
    turned: bool = False
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A thin line beside the data, px; ``dash`` () = whole."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: str
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """The mark of a run beside its words."""

    x: float
    y: float
    shape: str
    colour: str
    radius: float = 4.0


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the lower plot that is fitted, px."""

    left: float
    right: float
    rect: Rect


@dataclass(frozen=True, eq=False)
class Spots:
    """Points that the pointer finds: px, the run and the position of the checkpoint in it."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    run: NDArray[np.int64]
    at: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that is drawn. Sheets from the lowest up: what moves with the window lies under
    and over the curves, which stay. ``empty``: where a button stands in place of weights."""

    under: Sheet
    curves: Sheet
    live: Sheet
    texts: tuple[Text, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    signs: tuple[Sign, ...] = ()
    spots: tuple[Spots, ...] = ()
    window: Window | None = None
    lower: Axes | None = None
    empty: Rect | None = None


class Writer:
    """Collects words and what is painted with them."""

    def __init__(self, tokens: Tokens, measure: Measure) -> None:
        self.tokens, self.measure = tokens, measure
        self.tick, self.small = min(tokens.tick, 13), min(tokens.small, 14)
        self.label = min(tokens.label, 15)
        self.texts: list[Text] = []
        self.strokes: list[Stroke] = []
        self.signs: list[Sign] = []

    def text(
        self, x: float, y: float, words: str, size: int, token: str = "text3", *,
        weight: int = 400, align: str = "left", most: float = 1e9, clear: bool = False,
    ) -> Rect:  # fmt: skip
        """Words on the line whose middle is ``y``; ``x`` is their left, right or middle."""
        words = self.shortened(words, size, weight, most)
        wide, high = self.measure(words, size, weight), size * HIGH
        left = {"left": x, "right": x - wide, "centre": x - wide / 2}[align]
        rect = Rect(left, y - high / 2, left + wide, y + high / 2)
        if words:
            self.texts.append(Text(rect, words, size, token, weight, align, clear=clear))
        return rect

    def shortened(self, words: str, size: int, weight: int, most: float) -> str:
        """Words that are at most so wide, with dots where something is missing."""
        if self.measure(words, size, weight) <= most:
            return words
        while words and self.measure(words + DOTS, size, weight) > most:
            words = words[:-1]
        return words.rstrip() + DOTS if words else ""

    def heading(self, rect: Rect, left: float, title: str, subtitle: str, most: float) -> None:
        """Title and subtitle over a plot."""
        self.text(left, rect.top - 34, title, 15, "text", weight=600, most=most)
        self.text(left, rect.top - 15, subtitle, self.small, "text3", most=most)

    def ticks(self, axes: Axes, words: str) -> None:
        """Numbers along both axes, the line of the lower one, and its words."""
        k, rect, tick = self.tokens, axes.rect, self.tick
        last = -1e9
        for place, said in axes.x_ticks():
            x = axes.x_px(place)
            half = self.measure(said, tick, 400) / 2
            if x - half > last:
                self.text(x, rect.bottom + 13, said, tick, align="centre")
                last = x + half + 8
            self.strokes.append(Stroke(x, rect.bottom, x, rect.bottom + 3, k.control))
        above = 1e9
        for place, said in axes.y_ticks():
            y = axes.y_px(place)
            if above - y > tick * HIGH:
                self.text(rect.left - 8, y, said, tick, align="right")
                above = y
        self.strokes.append(Stroke(rect.left, rect.bottom, rect.right, rect.bottom, k.control, 1.5))
        self.text(rect.right, rect.bottom + 29, words, tick, align="right", most=rect.width + 40)

    def ends(
        self, rect: Rect, ys: Sequence[float], words: Sequence[str], shapes: Sequence[str],
        colours: Sequence[str], room: float,
    ) -> None:  # fmt: skip
        """Marks and words right of a plot, at the ends of lines, with bent leaders."""
        placed = stacked(ys, rect.top + 6, rect.bottom - 6, 16.0)
        size, pale = self.label, self.tokens.line
        for y, at, said, shape, colour in zip(ys, placed, words, shapes, colours, strict=True):
            x = rect.right
            inside = min(max(y, rect.top), rect.bottom)
            self.strokes.append(Stroke(x + 2, inside, x + 8, at, pale))
            self.strokes.append(Stroke(x + 8, at, x + 11, at, pale))
            self.signs.append(Sign(x + 18, at, shape, colour, 4.2))
            self.text(x + 26, at, said, size, "text", weight=600, most=room - 26)


def most_ends(rect: Rect) -> int:
    """Labels for which there is room beside a plot."""
    return max(1, int((rect.height - 12) / 15.0) + 1)
