"""Fits from a start, and from all of them. They read distances and take logarithms, so they are
quick enough for the GUI thread while the window is dragged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion import Trajectory
from compute.analysis.diffusion.fit import power_law
from compute.analysis.diffusion.windows import (
    REPRESENTATIVE,
    Windows,
    windows_from,
    windows_of,
)
from compute.analysis.runs import LIKE_INTERVAL
from explorer.plots.diffusion.answers import Answer, Curve, Fits, Plan, Refit
from explorer.plots.diffusion.spec import FEWEST_POINTS, REACH


def plan(found: Answer, points: int) -> Plan:
    """Where windows of so many intervals can begin."""
    starts = (windows_of(path, points).starts for path in found.loglik)
    return Plan(points, tuple(
        at[path.usable[at]] for path, at in zip(found.loglik, starts, strict=True)
    ))  # fmt: skip


def most_points(found: Answer) -> int:
    """The longest window that any run has, in intervals."""
    spans = [
        (path.steps[-1] - path.steps[0]) / path.spacing
        for path in found.loglik
        if math.isfinite(path.spacing)
    ]
    return max(FEWEST_POINTS, int(max(spans, default=0.0) + LIKE_INTERVAL))


def starts_of(found: Answer, planned: Plan, start: int) -> NDArray[np.int64]:
    """(R,) int64: the start of each run, the one nearest to a step; -1 = there is none."""
    at = np.full(len(found.loglik), -1, np.int64)
    for r, (path, starts) in enumerate(zip(found.loglik, planned.starts, strict=True)):
        if len(starts):
            wanted = start if start >= 0 else REPRESENTATIVE * int(path.steps[-1])
            at[r] = starts[np.argmin(np.abs(path.steps[starts] - wanted))]
    return at


def refit(found: Answer, planned: Plan, start: int) -> Refit:
    """The power law of every run from one start, in every space."""
    at, points = starts_of(found, planned, start), planned.points
    wide = math.ceil(points * REACH)
    windows = [
        windows_from(path, at[r : r + 1], wide) if at[r] >= 0 else None
        for r, path in enumerate(found.loglik)
    ]
    fits = tuple(_fits(space.paths, windows, at, points) for space in found.spaces)
    if found.spaces[0].key == "loglik":
        return Refit(points, fits, fits[0].law)
    return Refit(points, fits, _fits(found.loglik, windows, at, points).law)


def _fits(
    paths: Sequence[Trajectory | None], windows: Sequence[Windows | None], at: NDArray[np.int64],
    points: int,
) -> Fits:  # fmt: skip
    width = max((w.lags.shape[1] for w in windows if w is not None), default=0)
    shape = (len(paths), width)
    targets, inside = np.zeros(shape, np.int64), np.zeros(shape, bool)
    lags, squared = np.full(shape, np.nan), np.full(shape, np.nan)
    for r, (path, window) in enumerate(zip(paths, windows, strict=True)):
        if path is None or window is None:
            continue
        n = window.lags.shape[1]
        targets[r, :n], lags[r, :n] = window.targets[0], window.lags[0]
        squared[r, :n] = path.squared[at[r], window.targets[0]]
        inside[r, :n] = window.lags[0] <= (points + LIKE_INTERVAL) * path.spacing
    law = power_law(lags, np.where(inside, squared, np.nan))
    return Fits(at, targets, lags, squared, inside, law)


def curves(found: Answer, points: int) -> tuple[tuple[Curve | None, ...], ...]:
    """Exponents against the start, by space and run: regular starts after step 0."""
    windows = [_drawn(path, found, r, points) for r, path in enumerate(found.loglik)]
    return tuple(_curves(space.paths, windows) for space in found.spaces)


def _drawn(path: Trajectory, found: Answer, r: int, points: int) -> Windows:
    """The windows whose exponents are drawn."""
    every = windows_of(path, points)
    shown = found.regular[r][every.starts] & (path.steps[every.starts] > 0)
    return Windows(every.starts[shown], every.targets[shown], every.lags[shown])


def _curves(
    paths: Sequence[Trajectory | None], windows: Sequence[Windows]
) -> tuple[Curve | None, ...]:
    """One fit for all runs at once."""
    width = max((w.lags.shape[1] for w in windows), default=0)
    each = [(p, w) for p, w in zip(paths, windows, strict=True) if p is not None]
    if not each:
        return (None,) * len(paths)
    n = sum(len(w.starts) for _, w in each)
    lags, squared = np.full((n, width), np.nan), np.full((n, width), np.nan)
    cuts = np.cumsum([0, *(len(w.starts) for _, w in each)])
    for (path, w), a, b in zip(each, cuts[:-1], cuts[1:], strict=True):
        wide = w.lags.shape[1]
        lags[a:b, :wide] = w.lags
        squared[a:b, :wide] = path.squared[w.starts[:, None], w.targets]
    values = iter(np.split(power_law(lags, squared).exponent, cuts[1:-1]))
    return tuple(
        Curve(w.starts, p.steps[w.starts].astype(np.float64), next(values))
        if p is not None
        else None
        for p, w in zip(paths, windows, strict=True)
    )
