"""Principal components of all rows together, and the spiral of a 3D map (paper, appendix D)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import eigsh

from compute.analysis.runs import Run
from compute.core.numbers import count
from compute.core.tables import frozen
from compute.geometry import Prepared

_DIRECT = 600
"""Rows up to which all components are worked out; of more rows only those asked for."""

_NOTHING = 1e-20
"""Mean KL in bits/byte below which all rows count as one: what rounding leaves is far below."""

_FLAT = 1e-12
"""Share of variance below which a component of drawn points is rounding."""


@dataclass(frozen=True, eq=False)
class Components:
    """Principal components of an analysis.

    Attributes
    ----------
    ids : tuple of str, (K,)
    coords : ndarray, (K, d) float64, sqrt(bits/byte)
        Centred; distances along all components together are sqrt(KL).
    shares : ndarray, (d,) float64
        Variance along each over total variance: its share of mean KL. 0 where all rows are one.
    mean_kl : float
        Mean KL over all K^2 ordered pairs, an entry with itself among them, in bits/byte: twice
        the total variance, exactly.
    """

    ids: tuple[str, ...]
    coords: NDArray[np.float64]
    shares: NDArray[np.float64]
    mean_kl: float


def components(rows: Prepared, n: int) -> Components:
    """The first ``n`` principal components of all rows, centred and unscaled.

    From the K x K inner products, never the N x N covariance. The row farthest out along a
    component is on its negative side: in training runs that is the first step, so that time runs
    from left to right.
    """
    gram = _gram(rows.qs)
    total, k = float(np.trace(gram)), len(gram)
    mean_kl = 2 * total / max(k, 1)
    coords, shares, found = np.zeros((k, n)), np.zeros(n), min(n, k)
    if mean_kl > _NOTHING:
        values, vectors = _largest(gram, found)
        coords[:, :found] = _signed(vectors * np.sqrt(values))
        shares[:found] = values / total
    return Components(rows.ids, frozen(coords), frozen(shares), mean_kl)


def _gram(qs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inner products of the rows about their mean, whatever the rows are centred on."""
    gram = np.asarray(qs @ qs.T)
    means = gram.mean(axis=0)
    gram -= means
    gram -= means[:, None]
    gram += means.mean()
    return gram


def _largest(gram: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``n`` largest eigenvalues, descending and not negative, and their vectors as columns."""
    if len(gram) > max(_DIRECT, 4 * n):
        start = np.random.default_rng(0).normal(size=len(gram))
        values, vectors = eigsh(gram, k=n, which="LA", v0=start)
    else:
        values, vectors = np.linalg.eigh(gram)
    order = np.argsort(values)[::-1][:n]
    return np.maximum(values[order], 0.0), np.asarray(vectors[:, order])


def _signed(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(coords):
        return coords
    far = coords[np.argmax(np.abs(coords), axis=0), np.arange(coords.shape[1])]
    return np.asarray(coords * np.where(far > 0, -1.0, 1.0))


@dataclass(frozen=True, eq=False)
class EvenSeries:
    """Checkpoints of a run at even spacing.

    Attributes
    ----------
    steps : ndarray, (T,) int64
        A step that is missing or not in use keeps its place.
    ids : tuple of str, (T,)
        "" = no checkpoint in use there.
    interval : int
    """

    steps: NDArray[np.int64]
    ids: tuple[str, ...]
    interval: int


def second_half(run: Run, in_use: Collection[str], after: int = -1) -> EvenSeries:
    """The later part of a run: the second half of its steps after warm-up, at the interval.

    From the last checkpoint backwards, one interval each; a checkpoint counts where it is at most
    a tenth of an interval off (rounded intervals), what was saved between takes no part.
    """
    interval = run.interval
    if not interval or not len(run.steps):
        return EvenSeries(np.empty(0, np.int64), (), interval)
    last = int(run.steps[-1])
    first = ((run.after if after < 0 else after) + last) / 2
    steps: list[int] = [last]
    at: list[int] = [len(run.steps) - 1]
    while steps[-1] - interval >= first - interval / 10:
        wanted = steps[-1] - interval
        k = int(np.argmin(np.abs(run.steps - wanted)))
        near = abs(int(run.steps[k]) - wanted) <= interval / 10
        steps.append(int(run.steps[k]) if near else wanted)
        at.append(k if near else -1)
    ids = tuple(run.ids[k] if k >= 0 and run.ids[k] in in_use else "" for k in reversed(at))
    return EvenSeries(frozen(np.array(steps[::-1], np.int64)), ids, interval)


@dataclass(frozen=True, eq=False)
class Spiral:
    """What looks like a spiral in the 3D map of a later part of a run (appendix D.1).

    Attributes
    ----------
    series : EvenSeries
    points : ndarray, (T, 3) float64
        Principal components of the points of the map, in units of the map; NaN = no checkpoint.
    shares : ndarray, (3,) float64
        Of the variance of the points.
    autocorrelation : ndarray, (T,) float64
        Of the third component by lag in checkpoints.
    crossings : tuple of float
        Lags at which it crosses zero, interpolated.
    period : float
        In checkpoints; NaN where ``reason`` says why.
    reason : str
    """

    series: EvenSeries
    points: NDArray[np.float64]
    shares: NDArray[np.float64]
    autocorrelation: NDArray[np.float64]
    crossings: tuple[float, ...]
    period: float
    reason: str = ""

    @property
    def period_steps(self) -> float:
        """The period in training steps."""
        return self.period * self.series.interval


def spiral(series: EvenSeries, coords: NDArray[np.float64]) -> Spiral:
    """PCA of the points of a map along an even series, and the period of the third component.

    Parameters
    ----------
    series : EvenSeries
    coords : ndarray, (T, 3) float64
        Points of a 3D map at the steps of the series, NaN where it has no checkpoint.
    """
    points, shares = _principal(coords)
    acf = autocorrelation(points[:, 2])
    period, reason = period_of(acf)
    return Spiral(
        series, frozen(points), frozen(shares), frozen(acf), zero_crossings(acf), period, reason
    )


def _principal(coords: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    there = np.isfinite(coords).all(axis=1)
    points = np.full((len(coords), 3), np.nan)
    if not there.any():
        return points, np.zeros(3)
    centred = coords[there] - coords[there].mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=True)
    points[there] = _signed(centred @ axes.T)
    shares = np.zeros(3)
    if sizes.any():
        shares[: len(sizes)] = sizes**2 / (sizes**2).sum()
    points[:, shares < _FLAT] *= 0
    return points, shares


def turned(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a map, (T, 2), centred and turned so that time runs from left to right.

    The direction of largest variance lies along the first axis, the last point on its right half
    relative to the first. A turn, never a mirror image: distances and the sense of rotation stay.
    """
    if not len(coords):
        return coords
    centred = coords - coords.mean(axis=0)
    axis = np.linalg.svd(centred, full_matrices=True)[2][0]
    if (centred[-1] - centred[0]) @ axis < 0:
        axis = -axis
    x, y = axis
    return np.asarray(centred @ np.array([[x, -y], [y, x]]))


def autocorrelation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean-centred, biased, divided by lag 0: ``sum_t x_t x_{t+k} / sum_t x_t^2``.

    Parameters
    ----------
    values : ndarray, (T,) float64
        At even spacing; NaN = not there, and takes no part in any product.

    Returns
    -------
    ndarray, (T,) float64
        By lag in samples; NaN throughout where fewer than two values are there or all are equal.
    """
    there = np.isfinite(values)
    if there.sum() < 2 or np.ptp(values[there]) == 0:
        return np.full(len(values), np.nan)
    x = np.where(there, values - values[there].mean(), 0.0)
    x /= np.abs(x).max()
    sums = np.correlate(x, x, mode="full")[len(x) - 1 :]
    return np.asarray(sums / sums[0])


def zero_crossings(acf: NDArray[np.float64]) -> tuple[float, ...]:
    """Lags at which the sign changes, interpolated; a value of exactly 0 is a crossing itself if
    the signs before and after it differ."""
    lags = np.flatnonzero(np.nan_to_num(acf))
    out = []
    for a, b in itertools.pairwise(lags):
        if acf[a] * acf[b] < 0:
            weight = acf[a] / (acf[a] - acf[b])
            out.append(float(a + weight * (b - a)) if b == a + 1 else float(a + b) / 2)
    return tuple(out)


def period_of(acf: NDArray[np.float64]) -> tuple[float, str]:
    """The lag of the maximum between the second and the third zero crossing, in samples.

    Returns
    -------
    period : float
        NaN = there are fewer than three crossings.
    reason : str
        Why it is NaN; "" = it is not.
    """
    if not np.isfinite(acf).any():
        return math.nan, "the third component does not vary over the checkpoints"
    crossings = zero_crossings(acf)
    if len(crossings) < 3:
        times = {0: "never", 1: "once", 2: "twice"}[len(crossings)]
        return math.nan, (
            f"the autocorrelation crosses zero {times} within {count(len(acf))} checkpoints, "
            "a period needs three crossings"
        )
    low, high = math.ceil(crossings[1]), math.floor(crossings[2])
    return float(low + np.argmax(acf[low : high + 1])), ""
