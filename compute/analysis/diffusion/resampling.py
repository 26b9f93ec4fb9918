"""Bootstrap over texts of the squared distances of one window: one matrix product for a start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def text_draws(n_texts: int, n_bootstraps: int, seed: int) -> NDArray[np.float64]:
    """How often each text is drawn in each bootstrap, with replacement.

    Returns
    -------
    ndarray, (N, B) float64
        Each column sums to N.
    """
    rng = np.random.default_rng(seed)
    draws = np.empty((n_texts, n_bootstraps))
    for b in range(n_bootstraps):
        draws[:, b] = np.bincount(rng.integers(0, n_texts, n_texts), minlength=n_texts)
    return draws


def resampled_distances(
    moves: NDArray[np.float64], draws: NDArray[np.float64], *, row_centred: bool = True
) -> NDArray[np.float64]:
    """Squared distances over resampled texts.

    Parameters
    ----------
    moves : ndarray, (P, N) float64
        Each point of the window minus the start.
    draws : ndarray, (N, B) float64
        From :func:`text_draws`, the same for every run and law: comparisons are then paired.
    row_centred : bool
        Whether the rows are centred over the texts in use, as log-likelihoods are: then the mean of
        the resampled texts is taken away again. Bbar of the resampled texts would change all
        distances of a bootstrap by one factor, hence no exponent; it is left alone.

    Returns
    -------
    ndarray, (B, P) float64
        In the unit of ``moves`` squared. NaN stays NaN.
    """
    squared = (moves * moves) @ draws
    if row_centred:
        squared -= (moves @ draws) ** 2 / len(draws)
    return np.asarray(np.maximum(squared, 0.0).T)


def interval(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """The central interval of bootstrap values; NaN where any of them is NaN."""
    if not len(values) or not np.isfinite(values).all():
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
