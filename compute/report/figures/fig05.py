"""Fig. 5: squared distance against lag from one start, and exponents against the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion import Exponents, exponents_from
from compute.analysis.diffusion.windows import regular, representative
from compute.core.numbers import minus
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Missing, Piece
from compute.report.diffusion import Diffused, diffused, or_none, start_words
from compute.report.study import Study

_BEYOND = 2
"""The panels of distances go on to so many windows; the fit is only of the first."""
_FEW_DECADES = 12.0
"""A logarithmic axis whose ends are closer than this factor gets more ticks."""
_NARROW = 0.05
"""Share of the axis below which a strip does not hold its name."""
_DISTANCES = (("run", ""), ("space", ""), ("start", "step"), ("lag", "steps"),
              ("squared distance", "unit of the space"), ("in the fit", ""),
              ("power law", "unit of the space"))  # fmt: skip
_EXPONENTS = (("run", ""), ("space", ""), ("start", "step"), ("exponent", ""), ("R²", ""),
              ("points", ""), ("reason", ""))  # fmt: skip
LOGLIK, WEIGHTS = "log-likelihood", "weights"


@dataclass(frozen=True, eq=False)
class Curve:
    """Squared distances of one run from one start.

    Attributes
    ----------
    lags, squared : ndarray, (M,) float64
        Steps, and the unit of the space; only points above zero.
    fitted : ndarray, (M,) bool
        Points of the window.
    law : ndarray, (M,) float64
        The power law at the lags.
    exponent : float
    """

    name: str
    start: int
    lags: NDArray[np.float64]
    squared: NDArray[np.float64]
    fitted: NDArray[np.bool_]
    law: NDArray[np.float64]
    exponent: float


def make(study: Study) -> Piece:
    """Raises
    ------
    Missing
        If no run is long enough for a window, or none moves.
    """
    found = diffused(study, "sizes", starts=False)
    styles = kit.run_style(study.every_run)
    spaces = {LOGLIK: curves(found, LOGLIK, study.options.start)}
    if not spaces[LOGLIK]:
        raise Missing(
            "No run moves: every squared distance from the start of the window is zero",
            advice="Look whether its checkpoints were saved anew, and the texts scored apart",
        )
    if found.has_weights:
        spaces[WEIGHTS] = curves(found, WEIGHTS, study.options.start)
    picture = Drawing("diffusion", partial(_draw, found, spaces, styles))
    starts = start_words(curve.start for curve in spaces[LOGLIK])
    return Piece(_caption(found, starts), (_distances(spaces), _every_exponent(found)), (picture,),
                 remarks=found.remarks)  # fmt: skip


def _caption(found: Diffused, starts: str) -> str:
    weights = " and of weights (dashed at the right)" if found.has_weights else ""
    return (
        f"Left: squared distance of log-likelihoods{' and of weights' if weights else ''} from "
        f"{starts}, both axes logarithmic; filled points are fitted. Right: "
        f"exponent of log-likelihoods{weights} against the start, from checkpoints one regular "
        f"interval apart; excluded starts are gaps. {found.sentences}"
    )


def _space(found: Diffused, space: str) -> list[tuple[str, Exponents]]:
    sides = [(one.run.name, one.loglik if space == LOGLIK else one.weights) for one in found.runs]
    return [(name, side) for name, side in sides if side is not None]


def curves(found: Diffused, space: str, start: int) -> tuple[Curve, ...]:
    """One for each run that has a start and points in this space."""
    by_name = {one.run.name: one for one in found.runs}
    made = []
    for name, side in _space(found, space):
        one = by_name[name]
        at = representative(one.loglik.trajectory, start, one.points)
        if at >= 0:
            curve = _curve(name, side, at, one.points)
            made += [curve] if len(curve.lags) else []
    return tuple(made)


def _curve(name: str, side: Exponents, at: int, points: int) -> Curve:
    path = side.trajectory
    starts = np.array([at], np.int64)
    fit = exponents_from(path, starts, points)
    wide = exponents_from(path, starts, _BEYOND * points).windows
    lags, squared = wide.lags[0], path.squared[at, wide.targets[0]]
    shown = np.isfinite(lags) & np.isfinite(squared) & (np.nan_to_num(squared) > 0)
    last = float(np.nanmax(fit.windows.lags[0], initial=0.0))
    exponent, intercept = float(fit.law.exponent[0]), float(fit.law.intercept[0])
    lags, squared = lags[shown], squared[shown]
    return Curve(
        name, int(path.steps[at]), lags, squared, lags <= last,
        np.exp(intercept + exponent * np.log(lags)), exponent,
    )  # fmt: skip


def _distances(spaces: Mapping[str, tuple[Curve, ...]]) -> DataTable:
    rows = [
        (c.name, space, c.start, float(lag), float(d2), bool(fitted), or_none(law))
        for space, found in spaces.items()
        for c in found
        for lag, d2, fitted, law in zip(c.lags, c.squared, c.fitted, c.law, strict=True)
    ]
    notes = "Log-likelihood: KL in bits/byte. Weights: squared units of the parameters."
    return DataTable("distances", "Squared distances", _DISTANCES, tuple(rows), notes=notes)


def _every_exponent(found: Diffused) -> DataTable:
    rows = [
        (
            name, space, int(side.steps[k]), or_none(side.law.exponent[k]),
            or_none(side.law.r2[k]), int(side.law.n_points[k]), side.reason(k),
        )
        for space in (LOGLIK, WEIGHTS)
        for name, side in _space(found, space)
        for k in range(len(side.steps))
    ]  # fmt: skip
    return DataTable(
        "exponents", "Exponents from every start", _EXPONENTS, tuple(rows),
        notes="Starts between regular checkpoints have points at very short lags, which the "
        "exponent leans on; the picture leaves them out.",
    )  # fmt: skip


# ---------------------------------------------------------------- the picture


def _draw(
    found: Diffused,
    spaces: Mapping[str, tuple[Curve, ...]],
    styles: Mapping[str, kit.RunStyle],
) -> Any:
    both = len(spaces) > 1
    fig, _ = kit.figure(kit.DOUBLE, 4.3 if both else 2.9, (0, 0))
    grid = fig.add_gridspec(len(spaces), 2, width_ratios=(1.0, 1.25))
    right = fig.add_subplot(grid[:, 1])
    names = _against_start(right, found, spaces, styles)
    units = {
        LOGLIK: "squared distance, bits/byte; exponents",
        WEIGHTS: "squared distance, all parameters; exponents",
    }
    lefts = [fig.add_subplot(grid[k, 0]) for k in range(len(spaces))]
    for ax, (space, curves_) in zip(lefts, spaces.items(), strict=True):
        kit.title(ax, space.capitalize(), units[space])
        _against_lag(ax, curves_, styles)
    for ax, curves_ in zip(lefts, spaces.values(), strict=True):
        _label(ax, curves_, styles)
    kit.direct_labels(right, names)
    return fig


def _against_lag(ax: Any, curves_: tuple[Curve, ...], styles: Mapping[str, kit.RunStyle]) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.grid(visible=True, axis="both")
    for curve in curves_:
        _points(ax, curve, styles[curve.name])
    window = [c.lags[c.fitted] for c in curves_ if c.fitted.any()]
    if window:
        first, last = min(x[0] for x in window), max(x[-1] for x in window)
        kit.window(ax, first / 1.12, last * 1.06)
    kit.plain_log(ax.yaxis)
    low, high = ax.get_ylim()
    if high < _FEW_DECADES * low:
        ax.yaxis.get_major_locator().set_params(subs=(1, 1.5, 2, 3, 4, 5, 7))
    kit.plain_log(ax.xaxis)
    kit.thousands(ax.xaxis)
    starts = {c.start for c in curves_}
    kit.x_words(ax, "lag, steps" + (f" after {starts.pop():,}" if len(starts) == 1 else ""))


def _points(ax: Any, curve: Curve, look: kit.RunStyle) -> None:
    inside, mark = curve.fitted, kit.marker(look.shape)
    size = kit.area(look.shape, 3.2)
    ax.scatter(
        curve.lags[inside], curve.squared[inside], size, look.colour, marker=mark, lw=0, zorder=4
    )
    ax.scatter(
        curve.lags[~inside], curve.squared[~inside], size, kit.LIGHT.canvas, marker=mark, lw=0.7,
        edgecolors=kit.mix(kit.LIGHT.canvas, look.colour, 0.7), zorder=3,
    )  # fmt: skip
    if np.isfinite(curve.exponent):
        ax.plot(curve.lags[inside], curve.law[inside], color=look.colour, lw=kit.CURVE, zorder=5)
        after = np.flatnonzero(inside)[-1:].tolist() + np.flatnonzero(~inside).tolist()
        ax.plot(
            curve.lags[after], curve.law[after], color=look.colour, lw=kit.THIN, dashes=(1, 2),
            zorder=3,
        )  # fmt: skip


def _label(ax: Any, curves_: tuple[Curve, ...], styles: Mapping[str, kit.RunStyle]) -> None:
    """The exponent at the end of each line."""
    kit.direct_labels(
        ax,
        [
            kit.Name(0, float(c.law[-1]), minus(f"{c.exponent:.2f}"), styles[c.name])
            for c in curves_
            if np.isfinite(c.exponent)
        ],
    )


def _against_start(
    ax: Any,
    found: Diffused,
    spaces: Mapping[str, tuple[Curve, ...]],
    styles: Mapping[str, kit.RunStyle],
) -> list[kit.Name]:
    """Draws the panel, and gives the names at its right edge for when its place is known."""
    names = [kit.Name(0, 1.0, "Brownian")]
    ends = [0.0, 1.2]
    for space in spaces:
        for name, side in _space(found, space):
            x, y = shown(side)
            look = styles[name]
            line = {"color": look.colour} if space == LOGLIK else kit.second(look.colour)
            ax.plot(x, y, **line, zorder=3 if space == LOGLIK else 2)
            finite = y[np.isfinite(y)].tolist()
            ends += finite
            if space == LOGLIK and finite:
                names.append(kit.Name(0, finite[-1], look.name, look))
    ax.set_ylim(np.floor(min(ends) / 0.2) * 0.2, np.ceil(max(ends) / 0.2) * 0.2)
    _start_marks(ax, spaces[LOGLIK], styles)
    ax.set_xlim(left=0)
    _warm_up(ax, max(one.after for one in found.runs))
    kit.rule(ax, 1.0)
    kit.thousands(ax.xaxis)
    kit.x_words(ax, "start, step")
    dashed = "solid: log-likelihood, dashed: weights"
    kit.title(ax, "Exponent against start", dashed if WEIGHTS in spaces else "log-likelihood")
    return names


def shown(side: Exponents) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Starts and exponents of the curve: regular starts after step 0; NaN is a gap."""
    chosen = regular(side.trajectory)[side.windows.starts] & (side.steps > 0)
    return side.steps[chosen], side.law.exponent[chosen]


def _warm_up(ax: Any, step: float) -> None:
    if step >= _NARROW * ax.get_xlim()[1]:
        kit.warm_up(ax, step)
        return
    kit.warm_up(ax, step, "")
    kit.haloed(
        ax, "warm-up", (step, 0.54), kit.LIGHT.canvas, xycoords=("data", "axes fraction"),
        xytext=(2, 0), rotation=90, fontsize=kit.TINY, color=kit.LIGHT.text3, va="center",
        ha="left", zorder=8,
    )  # fmt: skip


def _start_marks(ax: Any, curves_: tuple[Curve, ...], styles: Mapping[str, kit.RunStyle]) -> None:
    """Where the lines of the left panels stand among the others, and their window."""
    for curve in curves_:
        look = styles[curve.name]
        ax.scatter(
            [curve.start], [curve.exponent], kit.area(look.shape, 4.6), look.colour, lw=0.6,
            marker=kit.marker(look.shape), edgecolors=kit.LIGHT.canvas, zorder=6,
        )  # fmt: skip
    windows = {(c.start, c.start + c.lags[c.fitted].max(initial=0.0)) for c in curves_}
    if len(windows) == 1:
        first, last = windows.pop()
        kit.window(ax, first, last)
        ax.annotate(
            "window", ((first + last) / 2, 1), xycoords=("data", "axes fraction"), ha="center",
            xytext=(0, -3), textcoords="offset points", va="top", fontsize=kit.TINY,
            color=kit.LIGHT.accent,
        )  # fmt: skip
