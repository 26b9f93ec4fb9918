"""Classical and metric scaling of ``sqrt(KL)``, the distances between the rows. numpy only.

Classical scaling of these distances *is* PCA of the rows, because KL is a squared Euclidean
distance here: same coordinates, no negative eigenvalue. It is offered under its own name with what
scaling is judged by. Metric scaling moves the points from there until the drawn distances
themselves are as close to ``sqrt(KL)`` as they can be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compute.embedding.parameters import dims_option, option
from compute.embedding.pca import gram_of, principal_coordinates
from compute.embedding.protocol import Checkpoints, Fit, OnState, Rows, State

_MOST_FOR_SPECTRUM = 3_000
"""With more rows the share of negative eigenvalues is not computed: it would take minutes."""
_ENOUGH = 1e-7
"""Metric scaling ends when an iteration lowers the squared stress by less than this share."""
_BLOCK_NUMBERS = 1 << 17
_CHECK_EVERY = 5


@dataclass(frozen=True, slots=True)
class MdsParams:
    """Parameters of :func:`fit_classical`."""

    method: ClassVar[str] = "mds"
    dims: int = dims_option()

    def fitted_to(self, n_entries: int) -> MdsParams:
        """Any number of entries will do."""
        return self


@dataclass(frozen=True, slots=True)
class SmacofParams:
    """Parameters of :func:`fit_metric`. It ends before ``n_iter`` where nothing is gained."""

    method: ClassVar[str] = "smacof"
    dims: int = dims_option()
    n_iter: int = option(750, title="Iterations", low=1, high=10_000, help="Iterations at most.")

    def fitted_to(self, n_entries: int) -> SmacofParams:
        """Any number of entries will do."""
        return self


def fit_classical(rows: Rows, params: MdsParams, on_state: OnState, control: Checkpoints) -> Fit:
    """Classical scaling (Torgerson) of ``sqrt(KL)``.

    Returns
    -------
    Fit
        ``coords`` (K, dims) in sqrt(bits/byte), those of PCA. ``info``: ``explained`` and
        ``mean_kl`` as for PCA, ``stress`` see :func:`stress`, ``negative_share`` the share of
        negative eigenvalues in the sum of all sizes: 0 up to rounding, as KL is Euclidean; None =
        not computed.
    """
    control.checkpoint()
    coords, shares = principal_coordinates(rows.kl, params.dims)
    info = {
        "explained": [float(s) for s in shares],
        "mean_kl": float(rows.kl.mean()),
        "stress": stress(rows.kl, coords),
        "negative_share": _negative_share(rows.kl),
    }
    return Fit(coords, info)


def fit_metric(
    rows: Rows,
    params: SmacofParams,
    on_state: OnState,
    control: Checkpoints,
    *,
    every: int = 0,
    n_jobs: int = 1,
) -> Fit:
    """Metric scaling by stress majorisation (SMACOF), from the classical solution.

    Parameters
    ----------
    rows : Rows
    params : SmacofParams
    on_state : callable
        Gets the state of every ``every``-th iteration.
    control : Checkpoints
        Asked before every fifth iteration.
    every : int
        0 = no states.
    n_jobs : int
        Has no effect: one thread.

    Returns
    -------
    Fit
        ``coords`` (K, dims) in sqrt(bits/byte). ``info``: ``stress``, that of the classical start
        in ``start_stress``, ``n_iter`` as done.
    """
    coords, _ = principal_coordinates(rows.kl, params.dims)
    wanted = np.sqrt(rows.kl)
    total = float((wanted**2).sum())
    start = last = stress(rows.kl, coords)
    done = 0
    while done < params.n_iter:
        if done % _CHECK_EVERY == 0:
            control.checkpoint()
        moved, squared = _majorised(wanted, coords)
        now = (squared / total) ** 0.5 if total else 0.0
        gain = last**2 - now**2 if done else np.inf
        if gain <= _ENOUGH * last**2:
            break
        coords, last, done = moved, now, done + 1
        if every and done % every == 0:
            on_state(State(done, params.n_iter, coords))
    info = {"stress": stress(rows.kl, coords), "start_stress": start, "n_iter": done}
    return Fit(coords, info)


def stress(kl: NDArray[np.float64], coords: NDArray[np.float64]) -> float:
    """Kruskal's stress-1: root of the squared errors of drawn distances over squared distances.

    Parameters
    ----------
    kl : ndarray, (K, K) float64, bits/byte
    coords : ndarray, (K, dims) float64, sqrt(bits/byte)
    """
    errors = total = 0.0
    for part in blocks(len(kl), len(kl)):
        wanted = kl[part]
        errors += float(((np.sqrt(wanted) - drawn_distances(coords[part], coords)) ** 2).sum())
        total += float(wanted.sum())
    return (errors / total) ** 0.5 if total else 0.0


def drawn_distances(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(M, K) float64: distances of points (M, dims) to others (K, dims), axis by axis."""
    squared = np.zeros((len(points), len(others)))
    for a, b in zip(points.T, others.T, strict=True):
        squared += (a[:, None] - b) ** 2
    return np.sqrt(squared)


def blocks(n_rows: int, n_columns: int) -> list[slice]:
    """Parts of the rows that fit into the processor's cache."""
    step = max(1, _BLOCK_NUMBERS // max(n_columns, 1))
    return [slice(at, min(at + step, n_rows)) for at in range(0, n_rows, step)]


def _majorised(
    wanted: NDArray[np.float64], coords: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """One Guttman transform of the points, and their squared errors before it."""
    out = np.empty_like(coords)
    errors = 0.0
    for part in blocks(len(coords), len(coords)):
        drawn = drawn_distances(coords[part], coords)
        errors += float(((wanted[part] - drawn) ** 2).sum())
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(drawn > 0, wanted[part] / drawn, 0.0)
        for d in range(coords.shape[1]):
            axis = coords[:, d]
            out[part, d] = (axis[part] * ratio.sum(axis=1) - ratio @ axis) / len(coords)
    return out, errors


def _negative_share(kl: NDArray[np.float64]) -> float | None:
    if len(kl) > _MOST_FOR_SPECTRUM:
        return None
    values = np.linalg.eigvalsh(gram_of(kl))
    sizes = float(np.abs(values).sum())
    return float(-np.minimum(values, 0.0).sum() / sizes) if sizes else 0.0
