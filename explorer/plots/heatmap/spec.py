"""What the heat map shows, and how a KL becomes a colour. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.plots.contract import Option, PlotKind, Table
from explorer.plots.scales import Scale
from explorer.state.ladder import RUNGS, spread
from explorer.state.reading import flag, number, one_of

Doubles = NDArray[np.float64]
Codes = NDArray[np.uint8]
ORDERS = {"run": "Run and step", "clusters": "Clusters"}
LINKAGES = {"ward": "Ward", "average": "Average"}
STEPS = {
    "auto": "automatic", "1": "all", "2": "every 2nd", "5": "every 5th", "10": "every 10th",
    "20": "every 20th", "50": "every 50th",
}  # fmt: skip
AUTOMATIC = (1, 2, 5, 10, 20, 50)
FEW = 256
"""Rows that "automatic" aims at: cells that can be seen one by one."""
MOST_CLUSTERED = 2_000
"""Rows up to which a tree is offered: its leaves are put into optimal order, the cube of them."""
OVERVIEW, TILE = 512, 256
SYMLOG = Scale("symlog", 10.0, 0.25)
TOP_CODE, BELOW = 254, 255
"""The code of 10 bits/byte and more, and that of what is below the noise floor."""
BINS = 40


def _part(value: Any) -> list[float]:
    """[] or [x, y, span], shares of the whole: the part that is looked at."""
    if not isinstance(value, list):
        raise TypeError(value)
    if len(value) not in (0, 3):
        raise ValueError(value)
    return [number(0.0, 1.0)(v) for v in value]


KIND = PlotKind(
    id="heatmap",
    title="KL heat map",
    icon="squares-four",
    tip="the KL of all pairs of models",
    ask="explorer.plots.heatmap.ask:answer",
    view="explorer.plots.heatmap.view:HeatMap",
    options=(
        Option("order", "Order", "clusters", one_of(ORDERS), "segments", ORDERS,
               "Rows by run and step, or so that near models stand together"),
        Option("linkage", "Tree", "ward", one_of(LINKAGES), "menu", LINKAGES,
               "How clusters are joined"),
        Option("steps", "Steps", "auto", one_of(STEPS), "menu", STEPS,
               "Which checkpoints of each run; the last one always"),
        Option("hatch", "Hatch below noise", True, flag, "check",
               tip="Pairs closer than the measured noise floor get a hatch instead of a colour",
               asks=False),
        Option("window", "Part looked at", [], _part, asks=False),
    ),
    help=(
        "Every cell is the KL of two models: dark is near, light is far. Colours are linear up to "
        "0.1 bits/byte and logarithmic above; the bar at the right carries the reference rungs and "
        "a histogram of the pairs shown. Strips beside the cells have the colours of the runs, "
        "dim for early checkpoints. Pairs below the noise floor are hatched.",
        "In the order of clusters, near models stand together. A branch has the colour of a run "
        "for as long as it holds nothing else, and lengths are square roots. The cophenetic "
        "correlation says how well the tree keeps the distances: near 1 it does, below 0.7 trust "
        "the cells and not the tree.",
        "Press a cell to select its two models in every view, a strip for one row, a branch for a "
        "cluster; Ctrl toggles, Shift adds. The wheel zooms, dragging moves, R shows everything; "
        "arrow keys go from cell to cell and Enter selects. More cells are computed as you look "
        "closer.",
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Branches:
    """A tree over rows as they are shown: leaf k is row k.

    ``merges`` (M, 2) int64: what each joins, by ascending height; below K a leaf, K + m merge m.
    ``heights`` (M,) float64.
    """

    merges: NDArray[np.int64]
    heights: Doubles


@dataclass(frozen=True, eq=False)
class Block:
    """A sample of the matrix: every ``stride``-th of ``n_rows`` rows.

    ``values`` (n, n) float64, bits/byte; ``codes`` (n, n) uint8, with what is below the noise floor
    marked; ``plain`` the same without. ``shares`` (BINS,) is a histogram of different pairs over
    even places of the scale; ``table`` are those pairs as numbers.
    """

    n_rows: int
    stride: int
    values: Doubles
    codes: Codes
    plain: Codes
    shares: Doubles
    table: Table

    @property
    def n_pairs(self) -> int:
        """Pairs of different rows in the sample."""
        n = len(self.values)
        return n * (n - 1) // 2


@dataclass(frozen=True, slots=True)
class Median:
    """The median KL of some pairs, bits/byte."""

    words: str
    n: int
    kl: float


@dataclass(frozen=True, eq=False)
class Answer:
    """Rows in the order they are shown in. ``rows`` (K,) are theirs in the prepared table, and
    ``floors`` (K,) their noise floors in bits/byte, NaN = unknown."""

    entries: tuple[Entry, ...]
    rows: NDArray[np.intp]
    floors: Doubles
    every: int
    tree: Branches | None
    cophenetic: float
    block: Block
    medians: tuple[Median, ...]
    after: int
    note: str = ""
    about: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.block.table,)


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell: its rows as shown, KL and SE in bits/byte, and its noise floor."""

    i: int
    j: int
    kl: float
    se: float
    floor: float


def codes_of(values: Doubles, floor: Doubles | float = np.nan, same: Any = False) -> Codes:
    """KL as 0 to 254 along the scale, 255 = below the floor. ``same``: an entry with itself."""
    places = np.nan_to_num(SYMLOG.places(values), nan=1.0)
    codes = np.rint(places * TOP_CODE).astype(np.uint8)
    with np.errstate(invalid="ignore"):
        codes[(values < floor) & ~np.asarray(same)] = BELOW
    return codes


def histogram(values: Doubles) -> Doubles:
    """Shares of the pairs of different rows over even places of the scale; the fullest is 1."""
    above = values[np.triu_indices(len(values), 1)]
    found, _ = np.histogram(SYMLOG.places(above), BINS, (0.0, 1.0))
    return found / max(found.max(), 1)


def kept(steps: Sequence[int], every: int) -> list[int]:
    """Positions of every n-th of ascending steps, and of the last one."""
    n = len(steps)
    return sorted({*range(0, n, every), n - 1}) if n else []


def automatic(lengths: Sequence[int], others: int) -> int:
    """The smallest interval with which runs of these lengths, and others, make few rows."""
    for every in AUTOMATIC:
        if sum(-(-n // every) for n in lengths) + others <= FEW:
            return every
    return AUTOMATIC[-1]


def pairs_words(n: int) -> str:
    """ "110 × 110 = 12,100 pairs"."""
    return f"{count(n)} × {count(n)} = {count(n * n)} pairs"


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung beside the colour bar: ``at`` where it belongs, ``y`` where its words stand."""

    name: str
    kl: float
    at: float
    y: float


@dataclass(frozen=True)
class BarLayout:
    """The colour bar, in pixels: from ``top`` (10 or more) to ``bottom`` (0)."""

    top: float
    bottom: float
    rungs: tuple[Rung, ...] = field(default=())

    def y_of(self, kl: float) -> float:
        return self.bottom - float(SYMLOG.places(kl)) * (self.bottom - self.top)


def bar_layout(top: float, bottom: float, gap: float = 16.0) -> BarLayout:
    """Rungs of the ladder on the axis of the colours, their words ``gap`` apart."""
    bar = BarLayout(top, bottom)
    named = [("10 or more", 10.0), *RUNGS, ("identical", 0.0)]
    at = [bar.y_of(kl) for _, kl in named]
    ys = spread(at, gap, top, bottom)
    rungs = tuple(Rung(n, kl, a, y) for (n, kl), a, y in zip(named, at, ys, strict=True))
    return BarLayout(top, bottom, rungs)
