"""How a folding map slows a path: a Takagi-Landsberg function of Brownian motion (appendix B).

    f(w) = v * sum_k 2^(-alpha k) saw(2^k <u, w>),   saw = distance to the nearest integer

is alpha-Hoelder for alpha < 1, so a path with exponent c_w comes out with about alpha * c_w.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion.fit import PowerLaw, power_law

TERMS = 30
"""Terms of the sum: the finest tooth is far below one step of the path."""
_STEP = 0.001
"""Standard deviation of one step along u, in periods of the saw: all lags stay within a tooth."""
_LARGEST_LAG = 100


def saw(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance to the nearest integer."""
    return np.asarray(np.abs(x - np.round(x)))


def takagi(x: NDArray[np.float64], alpha: float, terms: int = TERMS) -> NDArray[np.float64]:
    """``sum_{k < terms} 2^(-alpha k) saw(2^k x)``."""
    total = np.zeros_like(x)
    for k in range(terms):
        total += 2.0 ** (-alpha * k) * saw(2.0**k * x)
    return total


def folded(
    w: NDArray[np.float64],
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    alpha: float,
    terms: int = TERMS,
) -> NDArray[np.float64]:
    """``f(w)`` of each point.

    Parameters
    ----------
    w : ndarray, (T, m) float64
    u : ndarray, (m,) float64
    v : ndarray, (n,) float64

    Returns
    -------
    ndarray, (T, n) float64
    """
    return takagi(w @ u, alpha, terms)[:, None] * v


def mean_squared_displacement(
    path: NDArray[np.float64], lags: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(L,) float64: squared distance at each lag, averaged over all starts of a path (T, m)."""
    return np.array([((path[lag:] - path[:-lag]) ** 2).sum(axis=1).mean() for lag in lags.tolist()])


@dataclass(frozen=True, eq=False)
class Folding:
    """A Brownian path and what the map makes of it.

    Attributes
    ----------
    alpha : float
    along : ndarray, (T,) float64
        ``<u, w(t)>``, in periods of the saw.
    height : ndarray, (T,) float64
        ``<v, f(w(t))>`` for a ``v`` of length 1: all there is of ``f``.
    lags : ndarray, (L,) int64, steps
    squared_w, squared_f : ndarray, (L,) float64
        Squared distance at each lag, averaged over all starts.
    law_w, law_f : PowerLaw
        Of those; scalars.
    """

    alpha: float
    along: NDArray[np.float64]
    height: NDArray[np.float64]
    lags: NDArray[np.int64]
    squared_w: NDArray[np.float64]
    squared_f: NDArray[np.float64]
    law_w: PowerLaw
    law_f: PowerLaw


def folding(alpha: float, *, dims: int = 8, n_steps: int = 60_000, seed: int = 42) -> Folding:
    """Fold a Brownian path of ``dims`` dimensions and fit both.

    Parameters
    ----------
    alpha : float
        Between 0 and 1. Near 1 the exponent of ``f`` stays a little below ``alpha``: the Takagi
        function (alpha = 1) is itself not quite Lipschitz.
    dims, n_steps : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    u = rng.normal(size=dims)
    u /= np.linalg.norm(u)
    w = rng.random() * u + np.cumsum(rng.normal(0.0, _STEP, (n_steps, dims)), axis=0)
    f = folded(w, u, np.ones(1), alpha)
    lags = np.unique(np.geomspace(1, _LARGEST_LAG, 13).round().astype(np.int64))
    squared_w, squared_f = (mean_squared_displacement(path, lags) for path in (w, f))
    x = lags.astype(np.float64)
    return Folding(
        alpha, w @ u, f[:, 0], lags, squared_w, squared_f,
        power_law(x, squared_w), power_law(x, squared_f),
    )  # fmt: skip
