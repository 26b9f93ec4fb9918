"""What an exponent says of a fractional Brownian motion, and when to doubt it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count

RELIABLE = 30
"""Effective dimensions below which an exponent is not reliable (method page, section 4)."""


def hurst(exponent: float) -> float:
    """H = c / 2 (paper, section 4.2)."""
    return exponent / 2


def trajectory_dimension(exponent: float) -> float:
    """D = 2 / c, the fractal dimension of the trajectory (paper, appendix B); NaN unless c > 0."""
    return 2 / exponent if exponent > 0 else float("nan")


def hoelder(c_q: float, c_w: float) -> float:
    """alpha = c_q / c_w, the effective Hoelder exponent of weights to log-likelihoods
    (paper, section 4.2); NaN unless c_w > 0."""
    return c_q / c_w if c_w > 0 else float("nan")


def embedding_dimension(dimension: float) -> int:
    """The fewest dimensions m > 2 D in which almost every map keeps the trajectory one-to-one
    (paper, appendix B); -1 = D is not defined."""
    return math.floor(2 * dimension) + 1 if math.isfinite(dimension) else -1


def text_variances(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each text moves in a window: the mean square of its steps, ``v_s``.

    Parameters
    ----------
    rows : ndarray, (P, N) float64
        Start and points of the window in order. A row of NaN takes no part, and no step bridges it.

    Returns
    -------
    ndarray, (N,) float64
        In the unit of ``rows`` squared; NaN = no two neighbouring rows.
    """
    steps = np.diff(rows, axis=0)
    steps = steps[np.isfinite(steps).all(axis=1)]
    return (steps**2).mean(axis=0) if len(steps) else np.full(rows.shape[1], np.nan)


def effective_dimension(variances: NDArray[np.float64]) -> float:
    """``(sum v_s)^2 / sum v_s^2``: how many texts that move alike would move as unevenly.

    A squared distance over texts that move independently with variances ``v_s`` has the relative
    variance 2 / (effective dimension), which is why few dimensions make an exponent unreliable.
    From n steps of isotropic noise it comes to n / (n + 2) of N, as ``v_s`` is itself estimated.

    Parameters
    ----------
    variances : ndarray, (N,) float64
        At least 0.

    Returns
    -------
    float
        Between 1 and N; NaN = nothing moves.
    """
    largest = float(np.max(variances, initial=0.0))
    if not largest > 0 or not math.isfinite(largest):
        return float("nan")
    v = variances / largest
    return float(v.sum() ** 2 / (v**2).sum())


def caution(dimension: float, n_texts: int) -> str:
    """A sentence where the effective dimension is too low; "" = it is not."""
    if not dimension < RELIABLE:
        return ""
    return (
        f"Effective dimension {dimension:.0f} of {count(n_texts)} texts: "
        f"below about {RELIABLE} the exponent is unreliable."
    )
