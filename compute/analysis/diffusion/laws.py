"""Noise plus drift, ``distance^2 = a + b t``, beside the power law, on the same scale.

Constant noise plus drift imitates subdiffusion: a power law fitted to it gives c = 0.75, 0.41,
0.27, 0.16 for a/b = 1, 5, 10, 20 with R^2 of 0.99 to 0.93 (method page, section 4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from compute.analysis.diffusion.fit import centred, logs, power_law, r_squared
from compute.core.numbers import THIN

WINNER = 0.95
"""Share of bootstraps in which a law must fit better to be named."""
GOOD = 0.9
"""R^2 below which the exponent of a winning power law is to be read with care."""
_GRID = np.linspace(-14.0, 14.0, 57)
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
_ROUNDS = 40
_SAME = 1e-12
"""Sums of squared residuals of logarithms that differ by less are equal."""


@dataclass(frozen=True, eq=False)
class NoiseDrift:
    """``distance^2 = noise + drift * lag``, both at least 0, of one window or of many.

    Attributes
    ----------
    noise, drift : ndarray, (...) float64
        Unit of the squared distance, and that per step. NaN = fewer than two points.
    r2, rss : ndarray, (...) float64
        Of ln(distance^2), as in :class:`PowerLaw`.
    """

    noise: NDArray[np.float64]
    drift: NDArray[np.float64]
    r2: NDArray[np.float64]
    rss: NDArray[np.float64]


def noise_plus_drift(lags: NDArray[np.float64], squared: NDArray[np.float64]) -> NoiseDrift:
    """Least squares of ln(distance^2) on ln(noise + drift * lag) (method page, section 4).

    The scale is that of the power law, so that the residuals of the two can be compared. For a
    given share of drift the best size is a mean; the share is searched on a grid of its logit, then
    by golden section, and compared with its two ends, noise alone and drift alone.

    Parameters
    ----------
    lags, squared : ndarray, (..., P) float64
        As for :func:`compute.analysis.diffusion.fit.power_law`.
    """
    x, y, kept = logs(lags, squared)
    middle, x = centred(x, kept)
    growth = np.exp(x)
    share = _best_share(growth, y, kept)
    size, rss = _fitted(share, growth, y, kept)
    none = kept.sum(axis=-1) < 2
    noise, drift = np.exp(size) * (1.0 - share), np.exp(size - middle) * share
    noise, drift, rss = (np.where(none, np.nan, part) for part in (noise, drift, rss))
    return NoiseDrift(noise, drift, r_squared(rss, y, kept), rss)


def _fitted(
    share: NDArray[np.float64],
    growth: NDArray[np.float64],
    y: NDArray[np.float64],
    kept: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """ln of the distance^2 at the middle lag, and the squared residuals, for shares of drift there.

    ``growth`` is lag / middle lag, (..., P); ``share`` is (...).
    """
    curve = np.log1p(share[..., None] * (growth - 1.0))
    size, residuals = centred(y - curve, kept)
    return size, (residuals**2).sum(axis=-1)


def _best_share(
    growth: NDArray[np.float64], y: NDArray[np.float64], kept: NDArray[np.bool_]
) -> NDArray[np.float64]:
    def rss(logit: NDArray[np.float64]) -> NDArray[np.float64]:
        return _fitted(expit(logit), growth, y, kept)[1]

    shape = y.shape[:-1]
    found = np.stack([rss(np.full(shape, logit)) for logit in _GRID])
    middle = _GRID[np.argmin(found, axis=0)]
    step = _GRID[1] - _GRID[0]
    logit = _golden(rss, middle - step, middle + step)
    choices = np.stack([np.full(shape, -np.inf), np.full(shape, np.inf), logit])
    errors = np.stack([rss(choice) for choice in choices]) + _SAME * np.array([0, 0, 1]).reshape(
        -1, *(1,) * len(shape)
    )
    best = np.argmin(errors, axis=0)[None]
    return np.asarray(expit(np.take_along_axis(choices, best, axis=0)[0]))


def _golden(
    error: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The lowest point between ``low`` and ``high``, each element on its own."""
    for _ in range(_ROUNDS):
        width = _GOLDEN * (high - low)
        left = error(high - width) < error(low + width)
        low, high = np.where(left, low, high - width), np.where(left, low + width, high)
    return 0.5 * (low + high)


@dataclass(frozen=True)
class Comparison:
    """The two laws on the same points and the same bootstraps.

    Attributes
    ----------
    n_points : int
    r2_power, r2_drift : float
        Of ln(distance^2).
    wins : float
        Share of bootstraps in which the power law has the smaller squared residuals, equal ones
        counted half; NaN = not compared.
    n_bootstraps : int
    noise, drift : float
        Of noise plus drift: unit of the squared distance, and that per step.
    """

    n_points: int
    r2_power: float
    r2_drift: float
    wins: float
    n_bootstraps: int
    noise: float
    drift: float

    @property
    def winner(self) -> str:
        """ "power law", "noise plus drift", or "" = too close to call, or not compared."""
        if self.wins >= WINNER:
            return "power law"
        return "noise plus drift" if self.wins <= 1.0 - WINNER else ""


def compare(
    lags: NDArray[np.float64], squared: NDArray[np.float64], resampled: NDArray[np.float64]
) -> Comparison:
    """Which law fits better, on the texts as they are and in each bootstrap.

    Parameters
    ----------
    lags, squared : ndarray, (P,) float64
    resampled : ndarray, (B, P) float64
        Squared distances over resampled texts.
    """
    power, drift = power_law(lags, squared), noise_plus_drift(lags, squared)
    return Comparison(
        n_points=int(power.n_points),
        r2_power=float(power.r2),
        r2_drift=float(drift.r2),
        wins=_share_won(lags, resampled) if int(power.n_points) >= 3 else float("nan"),
        n_bootstraps=len(resampled),
        noise=float(drift.noise),
        drift=float(drift.drift),
    )


def _share_won(lags: NDArray[np.float64], resampled: NDArray[np.float64]) -> float:
    power, drift = power_law(lags, resampled), noise_plus_drift(lags, resampled)
    lead = drift.rss - power.rss
    if not len(resampled) or not np.isfinite(lead).all():
        return float("nan")
    return float((lead > _SAME).mean() + (np.abs(lead) <= _SAME).mean() / 2)


def verdict(compared: Comparison, exponent: float, name: str = "c") -> str:
    """The comparison in plain words (look.md, sections 7 and 12); ``name`` is the exponent's."""
    n = compared.n_bootstraps
    if not np.isfinite(compared.wins):
        return "Not compared: two laws need at least three points and a bootstrap over texts."
    value = f"{name} = {exponent:.2f}"
    kind = "subdiffusion" if exponent < 1 else "superdiffusion"
    if compared.winner == "power law":
        return f"The power law fits better in {_share(compared.wins)} of {n} bootstraps." + (
            f" With R² {compared.r2_power:.2f} and {compared.n_points} points, read {value} "
            "with care."
            if compared.r2_power < GOOD
            else ""
        )
    if compared.winner:
        return (
            f"Noise plus drift fits better in {_share(1 - compared.wins)} of {n} bootstraps. "
            f"Do not read {value} as {kind}."
        )
    law, wins = max(
        ("The power law", compared.wins), ("Noise plus drift", 1 - compared.wins),
        key=lambda pair: pair[1],
    )  # fmt: skip
    return (
        f"Too close to call. {law} wins in {_share(wins)} of {n} bootstraps. "
        f"Do not read {value} as {kind} on its own."
    )


def _share(value: float) -> str:
    """Rounded down, so that 94.9 % does not read as the 95 % that a winner needs."""
    return f"{int(100 * value + 1e-9)}{THIN}%"
