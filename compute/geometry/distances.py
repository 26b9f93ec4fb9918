"""Squared Euclidean distances between rows, exact also where the Gram matrix loses its digits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

CLOSE = 1e-6
"""A squared distance below this part of the squared norms is computed from the difference."""

_LARGE = 2e9
"""Multiplications from which two threads are worth it."""

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
    for p, q in close_blocks(close, rows.shape[1]):
        difference = rows[p] - rows[q]
        out[p, q] = out[q, p] = np.einsum("ij,ij->i", difference, difference)
    return out


def _gram(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """``rows @ rows.T``; where it is large, always on two cores if there are two.

    Where numpy's products have one thread (as in the window), two threads of ours work out two
    corners and a side; the work is split by the shape alone, so the bits do not depend on how many
    cores there are. Products that have threads of their own take it whole: in parts side by side
    they were twice as slow, and one after the other slower still while the cores are busy. Between
    the two ways the last bits may differ.
    """
    k = len(rows)
    if k * k * rows.shape[1] < _LARGE or not _products_have_one_thread():
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


def _products_have_one_thread() -> bool:
    return any(os.environ.get(f"{name}_NUM_THREADS") == "1" for name in ("OPENBLAS", "OMP", "MKL"))


def squared_distances_between(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared distances of the rows of one table to those of another.

    Parameters
    ----------
    a : ndarray, (I, N) float64
    b : ndarray, (J, N) float64
        Centred together with ``a``; may be the same.

    Returns
    -------
    ndarray, (I, J) float64
        No negatives, in the unit of the rows squared; close pairs come from the difference.
    """
    if a is b:
        return squared_distances(a)
    out = a @ b.T
    norms = np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    close: list[NDArray[np.int64]] = []
    for i in range(len(out)):
        sums = norms[0][i] + norms[1]
        np.multiply(out[i], -2.0, out=out[i])
        out[i] += sums
        near = np.flatnonzero(out[i] < CLOSE * sums)
        if near.size:
            close.append(np.stack([np.full_like(near, i), near]))
    np.maximum(out, 0.0, out=out)
    for p, q in close_blocks(close, a.shape[1]):
        difference = a[p] - b[q]
        out[p, q] = np.einsum("ij,ij->i", difference, difference)
    return out


def close_blocks(
    pairs: Sequence[NDArray[np.int64]], n: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs, given as (2, n_pairs) tables, in blocks whose rows of ``n`` stay in the cache."""
    if not pairs:
        return
    joined, step = np.concatenate(pairs, axis=1), _block_rows(n)
    for at in range(0, joined.shape[1], step):
        i, j = joined[:, at : at + step]
        yield i, j


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
