"""Groups of pairs on the scale of KL: what is shown, and where it stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.plots.contract import Option, PlotKind, Table
from explorer.plots.scales import Scale
from explorer.state.reading import flag, text, words

Doubles = NDArray[np.float64]
LEAST_VIOLIN = 12
"""Fewer pairs than these are points: no violin, and no SD is claimed."""
MOST_POINTS, GRID = 240, 96
AXIS = Scale("symlog")
LEFT, RIGHT, TOP, FOOT = 52.0, 16.0, 28.0, 46.0


def _own(value: Any) -> list[dict[str, str]]:
    """Groups of one's own, as they are kept."""
    if not isinstance(value, list):
        raise TypeError(value)
    return [{"title": text(each["title"]), "rule": text(each["rule"])} for each in value]


KIND = PlotKind(
    id="scale",
    title="Scale",
    icon="ruler",
    tip="how far apart models are, by what they have in common",
    ask="explorer.plots.scale.ask:answer",
    view="explorer.plots.scale.view:ScaleView",
    options=(
        Option("published", "Published values", True, flag, "check",
               tip="The paper's median as a diamond, a line to its mean", asks=False),
        Option("null", "Null control", True, flag, "check",
               tip="The unmodified model through the pipeline of its variants", asks=False),
        Option("hidden", "Groups left out", [], lambda value: sorted(words(value)), asks=False),
        Option("own", "Own groups", [], _own),
        Option("shown", "Group in the read-out", "", text, asks=False),
    ),
    help=(
        "Every violin is the KL of pairs that have something in common: a step apart, another "
        "seed, another size, a quantized variant, a fine-tuned model. The bar is the median; "
        "points are pairs. Fewer than twelve pairs are points alone. The axis is linear up to 0.1 "
        "bits/byte and logarithmic above.",
        "Diamonds are the medians that the paper published, with a line to their mean. They come "
        "from other models and other texts: compare orders of magnitude, and the order of the "
        "groups. Quantized models have no published null control, so theirs cannot be trusted.",
        "Press a group to read its numbers and its rule, press a point to select its two models in "
        "every view. A new group takes a rule such as: size = same, seed differs, step >= 700.",
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Row:
    """One group. KL and SE in bits/byte, (P,); ``ids`` are pairs of entries.

    ``density`` (GRID,) belongs to even places of the axis from ``low`` to ``high`` and is 1 where
    it is widest; empty for small groups.
    """

    id: str
    title: str
    words: str
    rule: str
    kl: Doubles
    se: Doubles
    ids: tuple[tuple[str, str], ...]
    median: float
    mean: float
    sd: float
    interval: tuple[float, float]
    published: tuple[float, float] | None
    density: Doubles
    low: float
    high: float
    notes: tuple[str, ...] = ()
    reason: str = ""
    recipe: str = ""
    own: bool = False

    @property
    def n(self) -> int:
        return len(self.kl)


@dataclass(frozen=True, eq=False)
class Answer:
    """Every group, those without pairs among them."""

    rows: tuple[Row, ...]
    tables: tuple[Table, ...]
    about: tuple[str, ...]


def density_of(kl: Doubles) -> tuple[Doubles, float, float]:
    """A smoothed histogram along the axis, Silverman's width; places of its ends.

    Empty for fewer than :data:`LEAST_VIOLIN` pairs, or where all of them are one.
    """
    places = AXIS.places(kl[np.isfinite(kl)])
    none = np.zeros(0)
    if len(places) < LEAST_VIOLIN:
        return none, 0.0, 0.0
    spread = min(places.std(), float(np.subtract(*np.percentile(places, [75, 25]))) / 1.34)
    width = 0.9 * (spread or places.std()) * len(places) ** -0.2
    if width < 1e-4:
        return none, 0.0, 0.0
    low = max(0.0, float(places.min()) - width)
    high = min(1.0, float(places.max()) + width)
    grid = np.linspace(low, high, GRID)
    near = np.exp(-0.5 * ((grid[:, None] - places[None, :]) / width) ** 2).sum(axis=1)
    return near / near.max(), low, high


def shown_rows(rows: Sequence[Row], hidden: Sequence[str], *, null: bool) -> tuple[Row, ...]:
    """Groups with pairs first, in their order, then those without."""
    some = [r for r in rows if r.id not in hidden and (null or r.id != "null")]
    return tuple(sorted(some, key=lambda r: r.n == 0))


@dataclass(frozen=True, eq=False)
class Column:
    """Where one group is drawn: ``x`` is its middle, ``half`` half of its room, in pixels.

    ``points`` (n, 2) are places of pairs, ``pairs`` their rows; ``above`` are clipped at the top.
    """

    row: Row
    x: float
    half: float
    points: Doubles
    pairs: NDArray[np.intp]
    above: NDArray[np.bool_]
    median: float
    text_y: float


def y_of(places: Doubles | float, height: float) -> Doubles:
    """Pixels from the top of places on the axis."""
    span = height - TOP - FOOT
    return np.asarray(TOP + (1.0 - np.asarray(places, np.float64)) * span)


def columns(rows: Sequence[Row], width: float, height: float) -> tuple[Column, ...]:
    """The layout: even columns, points spread by how many are near."""
    if not rows:
        return ()
    room = (width - LEFT - RIGHT) / len(rows)
    return tuple(
        _column(row, LEFT + room * (k + 0.5), room / 2, height) for k, row in enumerate(rows)
    )


def _column(row: Row, x: float, half: float, height: float) -> Column:
    every = np.flatnonzero(np.isfinite(row.kl))
    step = max(1, -(-len(every) // MOST_POINTS))
    pairs = every[::step]
    places = AXIS.places(row.kl[pairs])
    share = np.full(len(pairs), 0.55)
    if len(row.density):
        share = np.interp(places, np.linspace(row.low, row.high, GRID), row.density)
    at = ((np.arange(len(pairs)) * 0.618034) % 1.0 - 0.5) * (len(pairs) > 1)
    wide = min(0.62 * half, 46.0)
    points = np.column_stack([x + 1.7 * at * share * wide, y_of(places, height)])
    median = float(y_of(AXIS.places(row.median), height)) if row.n else float("nan")
    top = float(points[:, 1].min()) if len(points) else height - FOOT
    if len(row.density):
        top = min(top, float(y_of(row.high, height)))
    return Column(row, x, half, points, pairs, row.kl[pairs] > AXIS.top, median, max(top - 8, 15.0))


def near_point(found: Sequence[Column], x: float, y: float) -> tuple[str, int]:
    """(group id, row of the pair) under a place, -1 = the group alone; ("", -1) = neither."""
    for column in found:
        if abs(x - column.x) > column.half:
            continue
        if len(column.points):
            far = np.hypot(column.points[:, 0] - x, column.points[:, 1] - y)
            if far.min() <= 7.0:
                return column.row.id, int(column.pairs[int(far.argmin())])
        return column.row.id, -1
    return "", -1
