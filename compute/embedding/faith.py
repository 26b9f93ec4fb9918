"""How far a picture can be trusted, point by point. numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.embedding.mds import blocks, drawn_distances
from compute.embedding.tsne import nearest

TRUST_NEIGHBOURS, TRUE_NEIGHBOURS = 10, 5


def trustworthiness(
    kl: NDArray[np.float64], coords: NDArray[np.floating], k: int = TRUST_NEIGHBOURS
) -> NDArray[np.float32]:
    """Trustworthiness of each point: are its neighbours in the picture true ones?

    Of the ``k`` nearest points in the picture, those that are not among the ``k`` nearest by KL
    cost as much as their rank by KL exceeds ``k``. The mean over points is the measure of Venna and
    Kaski, ``sklearn.manifold.trustworthiness``.

    Parameters
    ----------
    kl : ndarray, (K, K) float64, bits/byte
    coords : ndarray, (K, dims)
    k : int
        Cut down to what K allows (below K/2).

    Returns
    -------
    ndarray, (K,) float32
        1 = every drawn neighbour is a true one, 0 = as wrong as can be. All 1 below 4 points.
    """
    n = len(kl)
    k = min(k, (n - 1) // 2)
    if k < 1 or n < 4:
        return np.ones(n, np.float32)
    out = np.empty(n)
    points = np.asarray(coords, np.float64)
    for part in blocks(n, n):
        rows = np.arange(part.start, part.stop)
        drawn = drawn_distances(points[part], points)
        drawn[rows - part.start, rows] = np.inf
        near = np.argsort(drawn, axis=1, kind="stable")[:, :k]
        out[part] = _excess(kl, rows, near).sum(axis=1)
    return (1 - out * 2 / (k * (2 * n - 3 * k - 1))).astype(np.float32)


def _excess(
    kl: NDArray[np.float64], rows: NDArray[np.int64], near: NDArray[np.int64]
) -> NDArray[np.int64]:
    """By how much the rank by KL of each drawn neighbour exceeds k; equal KL, one rank."""
    k = near.shape[1]
    part = kl[rows].copy()
    part[np.arange(len(rows)), rows] = np.inf
    values = np.sort(part, axis=1)
    ranks = np.stack(
        [np.searchsorted(v, row[n]) for v, row, n in zip(values, part, near, strict=True)]
    )
    return np.asarray(np.maximum(ranks + 1 - k, 0))


def true_neighbours(kl: NDArray[np.float64], k: int = TRUE_NEIGHBOURS) -> NDArray[np.int32]:
    """(K, k) int32: rows of the nearest entries by KL, nearest first; fewer where K is small."""
    count = min(k, len(kl) - 1)
    if count < 1:
        return np.zeros((len(kl), 0), np.int32)
    return nearest(kl, count)[0].astype(np.int32)
