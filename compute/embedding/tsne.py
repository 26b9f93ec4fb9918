"""t-SNE by openTSNE, 2D and 3D, with its intermediate states.

As in the paper: Euclidean on ``qs`` (the Gaussian then sees KL), PCA initialisation, learning rate
auto, fixed seed (method page, section 5). Exact neighbours and Barnes-Hut, so that 3D works too.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import MissingPart
from compute.embedding.parameters import dims_option, option
from compute.embedding.pca import principal_coordinates
from compute.embedding.protocol import Checkpoints, Fit, OnState, Rows, State

EXAGGERATION = 12.0
EXAGGERATED_ITERATIONS = 250
MOMENTUM = 0.8
_INITIAL_SPREAD = 1e-4
_JITTER = 0.01
_CHECK_EVERY = 50
"""Iterations between two checks for cancel where no states are asked for."""


@dataclass(frozen=True, slots=True)
class TsneParams:
    """Parameters of :func:`fit`. ``n_iter`` comes after 250 iterations of early exaggeration."""

    method: ClassVar[str] = "tsne"
    dims: int = dims_option()
    perplexity: float = option(
        30.0,
        title="Perplexity",
        low=1.0,
        high=500.0,
        help="How many neighbours each entry attends to; at most (entries - 1) / 3 is used.",
    )
    seed: int = option(
        42, title="Seed", low=0, high=2**31 - 1, help="Seed of the jitter on the initial positions."
    )
    n_iter: int = option(
        750,
        title="Iterations",
        low=1,
        high=10_000,
        help="Iterations after the early exaggeration.",
    )
    exaggeration: float = option(
        1.0,
        title="Exaggeration",
        low=1.0,
        high=12.0,
        help="How much stronger neighbours attract after the early phase; above 1, clusters close.",
        late=True,
    )

    def fitted_to(self, n_entries: int) -> TsneParams:
        """With perplexity ``min(asked, (n - 1) / 3)``."""
        return dataclasses.replace(self, perplexity=min(self.perplexity, (n_entries - 1) / 3))


def warm() -> None:
    """Import openTSNE, which takes seconds.

    Raises
    ------
    MissingPart
        If it is not installed.
    """
    try:
        import openTSNE  # noqa: F401
    except ImportError as e:
        raise MissingPart(
            "t-SNE needs the package openTSNE, which is not installed",
            advice="Install klscope[embed]",
        ) from e


def fit(
    rows: Rows,
    params: TsneParams,
    on_state: OnState,
    control: Checkpoints,
    *,
    every: int = 0,
    n_jobs: int = 1,
) -> Fit:
    """Optimise the map.

    Parameters
    ----------
    rows : Rows
    params : TsneParams
        As used, that is, with a perplexity that suits the number of entries.
    on_state : callable
        Gets the state of every ``every``-th iteration.
    control : Checkpoints
        Asked as often, or every 50th iteration.
    every : int
        0 = no states.
    n_jobs : int
        Threads; the coordinates do not depend on it.

    Returns
    -------
    Fit
        ``coords`` (K, dims), no unit; ``info["objective"]`` the final objective of t-SNE, in nats.

    Raises
    ------
    MissingPart
        If openTSNE is not installed.
    """
    start = initial_positions(rows.kl, params.dims, params.seed)
    phases = ((EXAGGERATED_ITERATIONS, EXAGGERATION), (params.n_iter, params.exaggeration))
    how = _How(every, n_jobs, phases)
    return _optimised(rows, params, start, on_state, control, how)


def carry_on(
    rows: Rows,
    params: TsneParams,
    start: NDArray[np.floating],
    on_state: OnState,
    control: Checkpoints,
    *,
    every: int = 0,
    n_jobs: int = 1,
) -> Fit:
    """Go on from positions that are there, with these parameters: a preview while they change.

    The result depends on ``start``; it is not *the* map of the parameters, which :func:`fit` makes.

    Parameters
    ----------
    rows, params, on_state, control, every, n_jobs
        As for :func:`fit`; ``params.n_iter`` iterations without early exaggeration.
    start : ndarray, (K, dims)
    """
    how = _How(every, n_jobs, ((params.n_iter, params.exaggeration),))
    return _optimised(rows, params, np.array(start, dtype=np.float64), on_state, control, how)


@dataclass(frozen=True, slots=True)
class _How:
    """``phases`` are pairs of iterations and exaggeration."""

    every: int
    n_jobs: int
    phases: tuple[tuple[int, float], ...]


def _optimised(
    rows: Rows,
    params: TsneParams,
    start: NDArray[np.float64],
    on_state: OnState,
    control: Checkpoints,
    how: _How,
) -> Fit:
    warm()
    from openTSNE import TSNEEmbedding

    affinities = _affinities(rows.kl, params.perplexity, how.n_jobs)
    control.checkpoint()
    embedding = TSNEEmbedding(
        start,
        affinities,
        random_state=params.seed,
        negative_gradient_method="bh",
        learning_rate="auto",
        n_jobs=how.n_jobs,
    )
    total = sum(n_iter for n_iter, _ in how.phases)
    watch = _Watch(total, on_state, control, wanted=how.every > 0)
    for n_iter, exaggeration in how.phases:
        embedding.optimize(
            n_iter,
            inplace=True,
            propagate_exception=True,
            exaggeration=exaggeration,
            momentum=MOMENTUM,
            callbacks=[watch],
            callbacks_every_iters=how.every or _CHECK_EVERY,
        )
        watch.offset += n_iter
    info = {"objective": float(embedding.kl_divergence), "n_iter": watch.offset}
    return Fit(np.array(embedding, dtype=np.float64), info)


def initial_positions(kl: NDArray[np.float64], dims: int, seed: int) -> NDArray[np.float64]:
    """PCA scaled to a spread of 1e-4, with a little jitter so that equal rows can part.

    Parameters
    ----------
    kl : ndarray, (K, K) float64, bits/byte
    dims, seed : int

    Returns
    -------
    ndarray, (K, dims) float64
    """
    coords, _ = principal_coordinates(kl, dims)
    spread = coords[:, 0].std()
    if spread > 0:
        coords *= _INITIAL_SPREAD / spread
    jitter = np.random.default_rng(seed).normal(0, _JITTER * _INITIAL_SPREAD, coords.shape)
    return np.ascontiguousarray(coords + jitter)


def nearest(kl: NDArray[np.float64], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The exact nearest neighbours by ``sqrt(KL)``, itself left out, ties in row order.

    Returns
    -------
    indices : ndarray, (K, count) int64
    distances : ndarray, (K, count) float64, sqrt(bits/byte)
    """
    indices = np.empty((len(kl), count), dtype=np.int64)
    for i, row in enumerate(kl):
        row = row.copy()
        row[i] = np.inf
        indices[i] = _smallest(row, count)
    return indices, np.sqrt(np.take_along_axis(kl, indices, axis=1))


def _smallest(row: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Indices of the ``count`` smallest in order; of equal values the first."""
    limit = np.partition(row, count - 1)[count - 1]
    near = np.flatnonzero(row <= limit)
    return np.asarray(near[np.argsort(row[near], kind="stable")][:count])


def _affinities(kl: NDArray[np.float64], perplexity: float, n_jobs: int) -> Any:
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    count = min(len(kl) - 1, math.floor(3 * perplexity + 1e-9))
    index = PrecomputedNeighbors(*nearest(kl, max(1, count)))
    return PerplexityBasedNN(knn_index=index, perplexity=perplexity, n_jobs=n_jobs)


class _Watch:
    """openTSNE's callback: asks for leave to go on, then hands out the state."""

    def __init__(
        self, n_iter: int, on_state: OnState, control: Checkpoints, *, wanted: bool
    ) -> None:
        self._n_iter, self._on_state, self._control = n_iter, on_state, control
        self._wanted = wanted
        self.offset = 0

    def __call__(self, iteration: int, error: float, coords: NDArray[np.float64]) -> bool:
        self._control.checkpoint()
        if self._wanted:
            self._on_state(State(self.offset + iteration, self._n_iter, np.asarray(coords)))
        return False
