"""Resampling texts: many KLs with the same draws, and the difference of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import UsageError
from compute.geometry.lean import Rows

_BLOCK_NUMBERS = 1 << 22


@dataclass(frozen=True, slots=True)
class Comparison:
    """KL of a first pair minus that of a second, both on the same texts, in bits/byte.

    ``low`` to ``high`` is the percentile interval of ``level`` over ``n_resamples`` draws of
    texts, ``se`` the standard deviation of the draws. ``p_larger`` is the share of draws in which
    the first is larger (a draw without a difference counts half).
    """

    first: float
    second: float
    difference: float
    se: float
    low: float
    high: float
    p_larger: float
    level: float
    n_resamples: int
    n_texts: int


def resamples(n_texts: int, n: int, *, seed: int = 42) -> NDArray[np.float64]:
    """How often each text is drawn when N are drawn with replacement, ``n`` times.

    Returns
    -------
    ndarray, (n, N) float64
        Every row sums to N. The same for everything with the same three numbers, so that
        quantities computed at different places are compared on the same draws.
    """
    rng = np.random.default_rng(seed)
    out = np.empty((n, n_texts))
    for row in out:
        row[:] = np.bincount(rng.integers(0, n_texts, n_texts), minlength=n_texts)
    return out


def bootstrap_kl(
    rows: Rows, pairs: Sequence[tuple[int, int]], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """KL of many pairs under the same resamples of texts: products of the draws with all pairs.

    Each draw gives half the variance of its own texts (centred on their own mean). The mean
    number of bytes stays that of all texts, as in the standard error: it is common to all pairs.

    Parameters
    ----------
    rows : Prepared or LeanPrepared
    pairs : sequence of (int, int), (P,)
        Rows.
    weights : ndarray, (B, N) float64
        From :func:`resamples`.

    Returns
    -------
    ndarray, (B, P) float64, bits/byte
    """
    at = np.asarray(pairs, dtype=np.intp).reshape(-1, 2)
    n_texts = weights.shape[1]
    out = np.empty((len(weights), len(at)))
    step = max(1, _BLOCK_NUMBERS // max(n_texts, 1))
    for first in range(0, len(at), step):
        part = slice(first, first + step)
        d = rows.part(at[part, 0]) - rows.part(at[part, 1])
        means = weights @ d.T
        np.multiply(d, d, out=d)
        out[:, part] = weights @ d.T - means**2 / n_texts
    return np.maximum(out, 0.0, out=out)


def compare(
    rows: Rows,
    first: tuple[int, int],
    second: tuple[int, int],
    *,
    n: int = 1000,
    seed: int = 42,
    level: float = 0.95,
) -> Comparison:
    """Whether one KL is larger than another, by a paired bootstrap over texts.

    The two share the texts, so their errors are correlated and cannot be added up (method page,
    section 8).

    Parameters
    ----------
    rows : Prepared or LeanPrepared
    first, second : (int, int)
        Rows of the two pairs.
    n : int
        Draws, at least 2.
    level : float
        Of the interval, between 0 and 1.

    Raises
    ------
    UsageError
        If ``n`` or ``level`` makes no sense.
    """
    if n < 2 or not 0 < level < 1:
        raise UsageError(
            "A bootstrap needs at least 2 resamples and a level between 0 and 1",
            tried=f"Comparing two KLs with {n} resamples at level {level:g}",
        )
    pairs = np.array([first, second], dtype=np.intp)
    d = rows.part(pairs[:, 0]) - rows.part(pairs[:, 1])
    kl = np.einsum("ij,ij->i", d, d)
    drawn = bootstrap_kl(rows, (first, second), resamples(rows.n_texts, n, seed=seed))
    differences = drawn[:, 0] - drawn[:, 1]
    low, high = np.quantile(differences, [(1 - level) / 2, (1 + level) / 2])
    larger = np.mean((differences > 0) + 0.5 * (differences == 0))
    return Comparison(
        float(kl[0]), float(kl[1]), float(kl[0] - kl[1]), float(differences.std(ddof=1)),
        float(low), float(high), float(larger), level, n, rows.n_texts,
    )  # fmt: skip
