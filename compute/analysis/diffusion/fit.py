"""The power law: least squares of ln(distance^2) on ln(lag), for many windows at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FLAT = 1e-24
"""Squares about the mean below this part of the squares: all values are the same."""


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """``distance^2 = exp(intercept) * lag^exponent`` of one window or of many.

    Attributes
    ----------
    exponent, intercept : ndarray, (...) float64
        NaN = fewer than two points, or all at one lag.
    r2 : ndarray, (...) float64
        Of ln(distance^2). NaN = fewer than three points (two always lie on a line), or the same
        distance everywhere.
    rss : ndarray, (...) float64
        Sum of squared residuals of ln(distance^2).
    n_points : ndarray, (...) int64
        Points that were fitted.
    """

    exponent: NDArray[np.float64]
    intercept: NDArray[np.float64]
    r2: NDArray[np.float64]
    rss: NDArray[np.float64]
    n_points: NDArray[np.int64]


def logs(
    lags: NDArray[np.float64], squared: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """ln(lag), ln(distance^2) and which points have both; 0 where not.

    Points whose lag or distance is not finite or not positive are dropped (method page, section 4).
    """
    lags, squared = np.broadcast_arrays(lags, squared)
    kept = np.isfinite(lags) & np.isfinite(squared) & (np.nan_to_num(lags) > 0)
    kept &= np.nan_to_num(squared) > 0
    return _log(lags, kept), _log(squared, kept), kept


def _log(values: NDArray[np.float64], kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.log(values, out=np.zeros(values.shape), where=kept)


def power_law(lags: NDArray[np.float64], squared: NDArray[np.float64]) -> PowerLaw:
    """Ordinary least squares of ln(distance^2) on ln(lag) (paper, appendix E.3).

    Parameters
    ----------
    lags, squared : ndarray, (..., P) float64
        Steps, and squared distances in any unit; broadcast. Points that are NaN, infinite, zero
        or negative leave the fit.

    Returns
    -------
    PowerLaw
        The exponent is that of the *squared* distance.
    """
    x, y, kept = logs(lags, squared)
    n = kept.sum(axis=-1)
    mean_x, dx = centred(x, kept)
    mean_y, dy = centred(y, kept)
    sxx, sxy = (dx * dx).sum(axis=-1), (dx * dy).sum(axis=-1)
    exponent = divided(sxy, sxx, (n >= 2) & (sxx > 0))
    residuals = dy - np.nan_to_num(exponent)[..., None] * dx
    rss = np.where(np.isfinite(exponent), (residuals**2).sum(axis=-1), np.nan)
    return PowerLaw(exponent, mean_y - exponent * mean_x, r_squared(rss, y, kept), rss, n)


def centred(
    values: NDArray[np.float64], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means over the kept points (last axis), and the differences from them; 0 where not kept."""
    n = np.maximum(kept.sum(axis=-1), 1)
    mean = np.where(kept, values, 0.0).sum(axis=-1) / n
    return mean, np.where(kept, values - mean[..., None], 0.0)


def r_squared(
    rss: NDArray[np.float64], y: NDArray[np.float64], kept: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share of the variance of ``y`` that a fit with two parameters explains (last axis)."""
    total = (centred(y, kept)[1] ** 2).sum(axis=-1)
    flat = total <= _FLAT * np.maximum((np.where(kept, y, 0.0) ** 2).sum(axis=-1), 1.0)
    return 1.0 - divided(rss, total, (kept.sum(axis=-1) >= 3) & ~flat)


def divided(
    above: NDArray[np.float64], below: NDArray[np.float64], defined: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """``above / below``, NaN where not defined."""
    none = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=none, where=defined))
