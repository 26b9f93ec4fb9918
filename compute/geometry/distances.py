"""Squared Euclidean distances between rows, exact also where the Gram matrix loses its digits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

CLOSE = 1e-6
"""A squared distance below this part of the squared norms is computed from the difference."""

_LARGE = 2e9
"""Multiplications from which the product is worked out in two threads."""

_BLOCK_NUMBERS = 1 << 15
"""Numbers per block: the block and its square stay in the processor's cache."""


def squared_distances(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """All pairwise squared distances.

    Parameters
    ----------
    rows : ndarray, (K, N) float64
        Centred rows: the closer to the origin, the fewer digits the Gram matrix loses.

    Returns
    -------
    ndarray, (K, K) float64
        Symmetric, no negatives, zero diagonal; in the unit of ``rows`` squared.
    """
    out = _gram(rows)
    norms = out.diagonal().copy()
    close: list[NDArray[np.int64]] = []
    for i in range(len(out)):
        sums = norms[i] + norms
        np.multiply(out[i], -2.0, out=out[i])
        out[i] += sums
        near = np.flatnonzero(out[i, i + 1 :] < CLOSE * sums[i + 1 :]) + i + 1
        if near.size:
            close.append(np.stack([np.full_like(near, i), near]))
    np.maximum(out, 0.0, out=out)
    np.fill_diagonal(out, 0.0)
    if close:
        _replace_close(out, rows, np.concatenate(close, axis=1))
    return out


def _gram(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """``rows @ rows.T``; where it is large, as two halves that two threads work out at once.

    The work is split by the shape alone, so the bits do not depend on how many cores there are.
    """
    k = len(rows)
    if k * k * rows.shape[1] < _LARGE:
        return np.asarray(rows @ rows.T)
    out = np.empty((k, k))
    first, second = slice(0, k // 2), slice(k // 2, k)

    def corners() -> None:
        for part in (first, second):
            np.matmul(rows[part], rows[part].T, out=out[part, part])

    def side() -> None:
        np.matmul(rows[first], rows[second].T, out=out[first, second])

    with ThreadPoolExecutor(2) as pool:
        for done in (pool.submit(corners), pool.submit(side)):
            done.result()
    out[second, first] = out[first, second].T
    return out


def _replace_close(
    out: NDArray[np.float64], rows: NDArray[np.float64], pairs: NDArray[np.int64]
) -> None:
    step = _block_rows(rows.shape[1])
    for at in range(0, pairs.shape[1], step):
        i, j = pairs[:, at : at + step]
        difference = rows[i] - rows[j]
        out[i, j] = out[j, i] = np.einsum("ij,ij->i", difference, difference)


def squared_distances_to(
    rows: NDArray[np.float64], target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Squared distances of all rows to one, from the differences, with their standard errors.

    The squared distance is a sum over texts of ``u_s``; its standard error over texts is
    ``sqrt(sum_s (u_s - mean u)^2)``.

    Parameters
    ----------
    rows : ndarray, (K, N) float64
    target : ndarray, (N,) float64

    Returns
    -------
    distance, se : ndarray, (K,) float64
        In the unit of ``rows`` squared.
    """
    n_rows, n = rows.shape
    total, squares = np.empty(n_rows), np.empty(n_rows)
    step = _block_rows(n)
    buffer = np.empty((min(step, n_rows), n))
    for at in range(0, n_rows, step):
        part = slice(at, min(at + step, n_rows))
        u = buffer[: part.stop - at]
        np.subtract(rows[part], target, out=u)
        np.multiply(u, u, out=u)
        np.einsum("ij->i", u, out=total[part])
        np.einsum("ij,ij->i", u, u, out=squares[part])
    return total, np.sqrt(np.maximum(squares - total**2 / n, 0.0))


def _block_rows(n: int) -> int:
    return max(1, _BLOCK_NUMBERS // max(n, 1))
