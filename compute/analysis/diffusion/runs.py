"""Everything about the diffusion of one run: in both spaces, from one start and from all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion.dimension import (
    effective_dimension,
    hoelder,
    hurst,
    text_variances,
    trajectory_dimension,
)
from compute.analysis.diffusion.exponents import Exponents, exponents, exponents_from, squared_in
from compute.analysis.diffusion.fit import power_law
from compute.analysis.diffusion.laws import Comparison, compare
from compute.analysis.diffusion.resampling import interval, resampled_distances
from compute.analysis.diffusion.scales import SCALES
from compute.analysis.diffusion.trajectories import (
    in_loglikelihood,
    in_weights,
    used_rows,
)
from compute.analysis.diffusion.windows import POINTS, representative
from compute.analysis.runs import Run
from compute.core.tables import WeightDistances
from compute.geometry import Prepared

NO_WEIGHTS = "the project has no weight distances of this run"
NO_INTERVAL = "no gap between its checkpoints occurs twice, so a window has no length"
TOO_SHORT = "no checkpoint that takes part has a complete window after it"


@dataclass(frozen=True, eq=False)
class RunDiffusion:
    """One run: trajectories and exponents from every start.

    Attributes
    ----------
    run : Run
    loglik : Exponents
        Squared distance is KL, bits/byte.
    weights : Exponents or None
        None = :data:`NO_WEIGHTS`.
    points : int
        Intervals in a window.
    after : int
        First step after warm-up.
    """

    run: Run
    loglik: Exponents
    weights: Exponents | None
    points: int
    after: int


def diffusion_of(
    rows: Prepared,
    run: Run,
    weights: WeightDistances | None = None,
    *,
    points: int = POINTS,
    after: int = -1,
) -> RunDiffusion:
    """Exponents of a run from every start, in both spaces. Few milliseconds, no bootstrap.

    Parameters
    ----------
    rows : Prepared
    run : Run
    weights : WeightDistances, optional
        Of this run.
    points : int
        Intervals in a window.
    after : int
        First step after warm-up; -1 = two intervals.
    """
    path = in_loglikelihood(rows, run)
    other = in_weights(weights, run, path.reasons) if weights is not None else None
    return RunDiffusion(
        run=run,
        loglik=exponents(path, points),
        weights=exponents(other, points) if other is not None else None,
        points=points,
        after=run.after if after < 0 else after,
    )


@dataclass(frozen=True, eq=False)
class AtStart:
    """The row of Table 1: a run from one start.

    Attributes
    ----------
    start, end : int
        Steps: the start, and the last point of the window; -1 = there is no such start.
    n_points : int
        Points in the fit of the log-likelihoods.
    c_q, r2_q : float
        Exponent of the squared distance of log-likelihoods.
    c_q_interval : (float, float)
        95 % over bootstraps of the texts.
    c_w, r2_w : float
        The same of the weights.
    c_scales : tuple of float
        On each of the likelihood scales.
    alpha, hurst, dimension : float
        Hoelder exponent c_q / c_w; c_q / 2; 2 / c_q.
    effective_dimension : float
    n_texts : int
    laws : Comparison
        Power law and noise plus drift, of the log-likelihoods.
    reason, reason_w : str
        Why c_q or c_w is NaN; "" = it is not.
    """

    start: int
    end: int
    n_points: int
    c_q: float
    r2_q: float
    c_q_interval: tuple[float, float]
    c_w: float
    r2_w: float
    c_scales: tuple[float, ...]
    effective_dimension: float
    n_texts: int
    laws: Comparison
    reason: str
    reason_w: str

    @property
    def alpha(self) -> float:
        return hoelder(self.c_q, self.c_w)

    @property
    def hurst(self) -> float:
        return hurst(self.c_q)

    @property
    def dimension(self) -> float:
        return trajectory_dimension(self.c_q)


def representative_start(found: RunDiffusion, start: int = -1) -> int:
    """Position of the start that stands for the run (:func:`representative`); -1 = none."""
    return representative(found.loglik.trajectory, start, found.points)


def at_start(
    found: RunDiffusion, rows: Prepared, position: int, draws: NDArray[np.float64]
) -> AtStart:
    """A run from one start, with the bootstrap over texts.

    Parameters
    ----------
    found : RunDiffusion
    rows : Prepared
        Those it was made from.
    position : int
        Of the start among the checkpoints; -1 = there is none, and everything is NaN.
    draws : ndarray, (N, B) float64
        From :func:`compute.analysis.diffusion.resampling.text_draws`.
    """
    path = found.loglik.trajectory
    if position < 0:
        why = TOO_SHORT if math.isfinite(path.spacing) else NO_INTERVAL
        return _nothing(rows.n_texts, why, found.weights)
    starts = np.array([position], np.int64)
    one = exponents_from(path, starts, found.points)
    there = np.isfinite(one.windows.lags[0])
    lags, squared = one.windows.lags[0][there], squared_in(path, one.windows)[0][there]
    places = np.concatenate([starts, one.windows.targets[0][there]])
    window = _window_rows(rows, found.run, places)
    boots = resampled_distances(window[1:] - window[0], draws)
    c_w, r2_w, reason_w = _weights_at(found, starts)
    return AtStart(
        start=int(path.steps[position]),
        end=int(path.steps[position] + lags.max(initial=0)),
        n_points=int(one.law.n_points[0]),
        c_q=float(one.law.exponent[0]),
        r2_q=float(one.law.r2[0]),
        c_q_interval=interval(power_law(lags, boots).exponent),
        c_w=c_w,
        r2_w=r2_w,
        c_scales=_on_scales(rows, found.run, places, lags),
        effective_dimension=effective_dimension(text_variances(window)),
        n_texts=rows.n_texts,
        laws=compare(lags, squared, boots),
        reason=one.reason(0),
        reason_w=reason_w,
    )


def _window_rows(rows: Prepared, run: Run, window: NDArray[np.int64]) -> NDArray[np.float64]:
    """(1 + P, N) float64, sqrt(bits/byte): start and points; NaN = takes no part."""
    used = used_rows(rows, run)[window]
    return np.where(used[:, None] >= 0, rows.qs[used], np.nan)


def _on_scales(
    rows: Prepared, run: Run, window: NDArray[np.int64], lags: NDArray[np.float64]
) -> tuple[float, ...]:
    """Exponents of one window; ``window`` holds start and points as positions, ``lags`` (P,)."""
    used = used_rows(rows, run)[window]
    if used[0] < 0:
        return (float("nan"),) * len(SCALES)
    there = used[1:] >= 0
    return tuple(
        float(power_law(lags[there], _from_first(scale.points(rows, used[used >= 0]))).exponent)
        for scale in SCALES
    )


def _from_first(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(P,) float64: squared distances of all points but the first from it."""
    moves = points[1:] - points[0]
    return np.asarray(np.einsum("ij,ij->i", moves, moves))


def _weights_at(found: RunDiffusion, starts: NDArray[np.int64]) -> tuple[float, float, str]:
    """Exponent, R^2 and why there is none."""
    if found.weights is None:
        return float("nan"), float("nan"), NO_WEIGHTS
    one = exponents_from(found.weights.trajectory, starts, found.points)
    return float(one.law.exponent[0]), float(one.law.r2[0]), one.reason(0)


def _nothing(n_texts: int, reason: str, weights: Exponents | None) -> AtStart:
    nan = float("nan")
    return AtStart(
        start=-1, end=-1, n_points=0, c_q=nan, r2_q=nan, c_q_interval=(nan, nan), c_w=nan,
        r2_w=nan, c_scales=(nan,) * len(SCALES), effective_dimension=nan, n_texts=n_texts,
        laws=Comparison(0, nan, nan, nan, 0, nan, nan), reason=reason,
        reason_w=reason if weights is not None else NO_WEIGHTS,
    )  # fmt: skip
