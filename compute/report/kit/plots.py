"""Kinds of plots: bands, violins, heat maps, scatters, space."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.core.colours import LIGHT, contrast, mix, rgb
from compute.core.numbers import count, plain
from compute.report.kit.labels import Name, direct_labels
from compute.report.kit.paper import SMALL, THIN, TINY, haloed, need, png, svg
from compute.report.kit.runs import area, marker
from compute.report.kit.scale import (
    AXIS_SHARE,
    AXIS_TOP,
    COLOUR_TOP,
    clip_marks,
    kl_axis,
    kl_bar,
    kl_norm,
    position,
    ramp,
    value_at,
)

FEWEST = 12
"""Pairs from which a violin is drawn; below, only points, and no SD."""
_MOST_POINTS = 400
_WIDE_BAND = 0.3
"""Share of the width from which a ground has its name in its corner."""
_CELL, _FLAT = 0.5, 4
"""Names below cells lie flat below few, where they are no wider than so many inches."""
_GOLDEN = 0.6180339887498949


def se_band(ax: Any, x: ArrayLike, y: ArrayLike, se: ArrayLike, colour: str) -> None:
    """One standard error to both sides of a curve, in its colour at 18 %."""
    low, high = np.asarray(y) - np.asarray(se), np.asarray(y) + np.asarray(se)
    ax.fill_between(x, low, high, color=mix(LIGHT.canvas, colour, 0.18), lw=0, zorder=1)


def second(colour: str) -> dict[str, Any]:
    """How a second quantity is drawn in the colour of its run: thin, dashed, half as strong."""
    return {"color": mix(LIGHT.canvas, colour, 0.55), "lw": THIN, "dashes": (5, 4)}


def warm_up(ax: Any, step: float, words: str = "warm-up") -> None:
    """A grey ground from the left edge to ``step``; its name in its upper corner, or upright."""
    left = ax.get_xlim()[0]
    ax.axvspan(left, step, color=LIGHT.grid, lw=0, zorder=0)
    ax.set_xlim(left=left)
    start, edge, end = ax.transScale.transform([(x, 1.0) for x in (left, step, ax.get_xlim()[1])])
    if not words:
        return
    looks: dict[str, Any] = {"fontsize": TINY, "color": LIGHT.text3, "zorder": 8}
    looks["xycoords"] = ("data", "axes fraction")
    if (edge - start)[0] > _WIDE_BAND * (end - start)[0]:
        looks |= {"xytext": (4, -4), "va": "top", "ha": "left"}
        haloed(ax, words, (left, 1), LIGHT.grid, **looks)
        return
    looks |= {"xytext": (-3, 4), "va": "bottom", "ha": "right", "rotation": 90}
    haloed(ax, words, (step, 0), LIGHT.grid, **looks)


def window(ax: Any, first: float, last: float) -> None:
    """The window of a fit: accent at 10 % between two edges."""
    ax.axvspan(first, last, color=mix(LIGHT.canvas, LIGHT.accent, 0.1), lw=0, zorder=0)


def rule(ax: Any, y: float, words: str = "", *, right: bool = True) -> None:
    """A horizontal line of reference, dashed, with its name above its end."""
    ax.axhline(y, color=LIGHT.control, lw=0.8, dashes=(4, 3), zorder=1)
    if words:
        ax.annotate(
            words, (1 if right else 0, y), xycoords=("axes fraction", "data"), xytext=(0, 2),
            textcoords="offset points", ha="right" if right else "left", va="bottom",
            fontsize=TINY, color=LIGHT.text3,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Group:
    """One violin: KL of pairs, bits/byte; the published median and mean where there are any."""

    name: str
    values: NDArray[np.float64]
    colour: str
    published: tuple[float, float] | None = None


def violins(
    ax: Any, groups: Sequence[Group], *, absent: Sequence[Group] = (), top: float = AXIS_TOP
) -> None:
    """Distributions on the scale of KL, one beside the other; medians marked, all points drawn.

    Fewer than 12 pairs are points only. A hollow diamond is the published median, its bar reaches
    to the published mean. Values above ``top`` are triangles at the edge. Groups of which only the
    published median is known, ``absent``, share one place at the right; call it last then.

    >>> kit.violins(ax, [kit.Group("Another seed", values, kit.colour(2), (0.12, 0.12)), ...])
    """
    kl_axis(ax, top=top)
    for k, group in enumerate(groups):
        values = np.asarray(group.values, np.float64)
        values = values[np.isfinite(values)]
        if len(values):
            _violin(ax, k, values, group.colour, top)
        if group.published is not None:
            _published(ax, k, group.published, top)
    ax.set_xlim(-0.55, len(groups) - 0.3 + (_SHARED if absent else 0))
    ax.set_xticks(range(len(groups)))
    ax.set_xticklabels([])
    ax.tick_params(axis="x", size=0)
    for k, group in enumerate(groups):
        _below(ax, k, group)
    if absent:
        _absent(ax, len(groups) - 0.3 + _SHARED / 2, absent, top)


_NEAR = 0.015
"""Share of the axis below which the line to a published mean would lie within its diamond."""
_SHARED = 0.8
"""Width of the place of groups without pairs; a group has 1."""


def _absent(ax: Any, x: float, absent: Sequence[Group], top: float) -> None:
    known = [(g, min(g.published[0], top)) for g in absent if g.published is not None]
    _words_below(ax, x, "Not here", "published")
    ax.axvline(x - _SHARED / 2, color=LIGHT.line, lw=0.8, zorder=0)
    ax.scatter(
        [x] * len(known), [kl for _, kl in known], area("diamond", 4.4), LIGHT.canvas,
        marker=marker("diamond"), edgecolors=LIGHT.text, lw=0.8, zorder=5,
    )  # fmt: skip
    direct_labels(ax, [Name(0, kl, f"{g.name}  {plain(kl)}") for g, kl in known])


def _below(ax: Any, k: int, group: Group) -> None:
    n = int(np.isfinite(group.values).sum())
    wide = ax.get_position().width * ax.figure.get_figwidth() / (ax.get_xlim()[1] + 1) > 0.5
    pairs = f"{count(n)} pair{'s' * (n != 1)}" if wide else f"n = {count(n)}"
    pairs = pairs if n else "no pairs" if wide else "none"
    _words_below(ax, k, group.name, pairs)


def _words_below(ax: Any, k: float, name: str, more: str) -> None:
    strong = {"fontweight": 500, "color": LIGHT.text}
    for y, words, looks in ((-5, name, strong), (-15, more, {"color": LIGHT.text3})):
        ax.annotate(
            words, (k, 0), xycoords=("data", "axes fraction"), xytext=(0, y), ha="center",
            va="top", textcoords="offset points", fontsize=TINY, annotation_clip=False, **looks,
        )  # fmt: skip


def _violin(ax: Any, k: int, values: NDArray[np.float64], colour: str, top: float) -> None:
    shown = np.minimum(values, top)
    places = position(shown, AXIS_SHARE, top)
    width = np.zeros(len(places))
    if len(values) >= FEWEST:
        grid = np.linspace(places.min(), places.max(), 120)
        density = _density(places, grid)
        half = 0.34 * density / density.max()
        ax.fill_betweenx(
            value_at(grid, AXIS_SHARE, top), k - half, k + half, lw=0.9, edgecolor=colour,
            facecolor=mix(LIGHT.canvas, colour, 0.32), zorder=2, clip_on=False,
        )  # fmt: skip
        width = 0.85 * np.interp(places, grid, half)
    else:
        width = np.full(len(places), 0.14)
    kept = thinned(len(values), _MOST_POINTS)
    jitter = 2 * ((np.arange(len(values)) * _GOLDEN) % 1) - 1
    inside = kept[values[kept] <= top]
    dot = mix(colour, LIGHT.text, 0.25) if len(values) >= FEWEST else colour
    size = 2.2 if len(values) >= FEWEST else 9.0
    ax.scatter(
        k + (jitter * width)[inside], values[inside], size, dot, lw=0, zorder=3, clip_on=False
    )
    clip_marks(ax, k + 0.2 * jitter, values, colour, top=top)
    _median(ax, k, float(np.median(values)), (float(shown.min()), float(shown.max())), top)


def thinned(n: int, most: int) -> NDArray[np.int64]:
    """Indices of at most ``most`` of ``n`` values, evenly over them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def _density(places: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian kernels of Scott's width on the axis, at most 20,000 values, evenly taken."""
    used = np.sort(places)[thinned(len(places), 20_000)]
    width = max(float(used.std()) * len(used) ** -0.2, 4e-3)
    edges = np.linspace(grid[0] - 4 * width, grid[-1] + 4 * width, 1025)
    heights, _ = np.histogram(used, edges)
    middles = (edges[:-1] + edges[1:]) / 2
    kernel = np.exp(-0.5 * ((grid[:, None] - middles[None, :]) / width) ** 2)
    return np.asarray(kernel @ heights)


def _median(ax: Any, k: int, median: float, ends: tuple[float, float], top: float) -> None:
    ax.plot(
        [k - 0.22, k + 0.22], [min(median, top)] * 2, color=LIGHT.text, lw=1.5, zorder=5,
        solid_capstyle="butt", clip_on=False,
    )  # fmt: skip
    x, y, moved, across, up = _beside(k, median, ends, top)
    haloed(
        ax, plain(median), (x, y), LIGHT.canvas, xytext=moved, ha=across, va=up, fontsize=SMALL,
        fontweight=600, color=LIGHT.text,
    )  # fmt: skip


def _beside(
    k: int, median: float, ends: tuple[float, float], top: float
) -> tuple[float, float, tuple[float, float], str, str]:
    """Where the value of a median stands: above its violin, else below, else left of its bar."""
    low, high = position(ends, AXIS_SHARE, top)
    if high < 0.94:
        return k, ends[1], (0, 4), "center", "bottom"
    if low > 0.1:
        return k, ends[0], (0, -4), "center", "top"
    return k - 0.22, min(median, top), (-3, 0), "right", "center"


def _published(ax: Any, k: int, published: tuple[float, float], top: float) -> None:
    median, mean = (min(v, top) for v in published)
    x = k + 0.42
    if abs(float(np.diff(position([median, mean], AXIS_SHARE, top))[0])) > _NEAR:
        ax.plot([x, x], [median, mean], color=LIGHT.text2, lw=0.7, zorder=4)
        ax.plot([x - 0.06, x + 0.06], [mean, mean], color=LIGHT.text2, lw=0.7, zorder=4)
    ax.scatter(
        [x], [median], area("diamond", 4.4), LIGHT.canvas, marker=marker("diamond"),
        edgecolors=LIGHT.text, lw=0.8, zorder=5,
    )  # fmt: skip


def heatmap(
    fig: Any, ax: Any, kl: NDArray[np.float64], names: Sequence[str] = (), *,
    numbers: bool | None = None, bar: bool = True, ladder: bool = True, top: float = COLOUR_TOP,
) -> Any:  # fmt: skip
    """A matrix of KL as cells, never smoothed. Up to 10 rows the numbers stand in the cells.

    >>> kit.heatmap(fig, ax, kl, names)
    """
    image = ax.imshow(
        kl, cmap=ramp("kl"), norm=kl_norm(top), interpolation="nearest", aspect="equal",
        origin="upper",
    )  # fmt: skip
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(size=0)
    flat = all(len(name) * 4.2 < _CELL * 72 for name in names) and len(names) <= _FLAT
    upright = {"rotation": 90, "ha": "center", "va": "top"}
    ax.set_xticks(range(len(names)), names, **({} if flat else upright))
    ax.set_yticks(range(len(names)), names)
    if numbers if numbers is not None else len(kl) <= 10:
        _numbers(ax, kl, image)
    if bar:
        kl_bar(fig, image, ax, top=top, ladder=ladder)
    return image


def _numbers(ax: Any, kl: NDArray[np.float64], image: Any) -> None:
    for (i, j), value in np.ndenumerate(kl):
        if i == j and value == 0:
            continue
        ground = np.asarray(image.cmap(image.norm(value))[:3], np.float64)
        inks = np.array([rgb(LIGHT.text), rgb(LIGHT.canvas)])
        ink = (LIGHT.text, LIGHT.canvas)[int(np.argmax(contrast(inks, ground)))]
        size = SMALL if len(kl) <= 6 else TINY
        ax.text(j, i, plain(float(value)), ha="center", va="center", fontsize=size, color=ink)


def scatter(
    ax: Any, coords: NDArray[np.floating], *, colours: Any = None, values: ArrayLike | None = None,
    shape: str = "circle", size: float = 4.0, hollow: bool = False, **more: Any,
) -> Any:  # fmt: skip
    """Points with a thin rim of canvas; coloured by name, or by ``values`` through batlow.

    Returns matplotlib's collection, for :func:`colour_bar`.

    >>> points = kit.scatter(ax, xy, values=mean_loglik)
    >>> kit.colour_bar(fig, points, ax, "nats per byte")
    """
    xyz = np.asarray(coords, np.float64)
    looks: dict[str, Any] = {"s": area(shape, size), "marker": marker(shape), "zorder": 4, **more}
    if xyz.shape[1] == 3:
        looks["depthshade"] = False
    if values is not None:
        return ax.scatter(
            *xyz.T, c=np.asarray(values), cmap=ramp("values"), lw=0.3,
            edgecolors=LIGHT.canvas, **looks,
        )  # fmt: skip
    if hollow:
        return ax.scatter(*xyz.T, facecolors=LIGHT.canvas, edgecolors=colours, lw=0.9, **looks)
    return ax.scatter(*xyz.T, c=colours, lw=0.3, edgecolors=LIGHT.canvas, **looks)


def bare(ax: Any) -> None:
    """No numbers on the axes, equal scales: a map by t-SNE or MDS."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines[:].set_visible(True)
    ax.spines[:].set_color(LIGHT.line)
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.06)


def space(fig: Any, place: Any = 111, *, elev: float = 22.0, azim: float = -58.0) -> Any:
    """Axes in three dimensions: perspective, clean panes, no numbers.

    ``place`` is a place of a grid (``fig.add_gridspec(1, 2)[0]``) or ``121``.

    >>> fig, _ = kit.figure(kit.DOUBLE, 3.2, (0, 0))
    >>> ax = kit.space(fig, 121)
    >>> kit.run_lines(ax, xyz, steps, style)
    """
    need("mpl_toolkits.mplot3d")
    ax = fig.add_subplot(place, projection="3d")
    ax.set_proj_type("persp", focal_length=0.9)
    ax.view_init(elev, azim)
    ax.grid(visible=True)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color(LIGHT.panel)
        axis.pane.set_edgecolor(LIGHT.line)
        axis.pane.set(clip_on=False, closed=True)
        axis.line.set_color(LIGHT.line)
        axis.set_ticklabels([])
        axis.set_tick_params(size=0)
        axis._axinfo["grid"].update(color=LIGHT.line, linewidth=0.5)
        axis._axinfo["tick"].update(
            inward_factor=0.0, outward_factor=0.0, linewidth={True: 0.0, False: 0.0}
        )
    ax.set_box_aspect((1, 1, 0.8), zoom=1.18)
    return ax


def no_data(ax: Any, words: str) -> None:
    """A panel that cannot be drawn says why."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.text(
        0.5, 0.5, textwrap.fill(words, 40), transform=ax.transAxes, ha="center", va="center",
        fontsize=SMALL, color=LIGHT.text3,
    )  # fmt: skip


def as_file(fig: Any, path: Any, dpi: int = 150) -> None:
    """Write a figure as PNG or SVG by its ending: for looking at while a figure is developed."""
    data = svg(fig) if str(path).endswith("svg") else png(fig, dpi)
    with open(path, "wb") as file:
        file.write(data)
