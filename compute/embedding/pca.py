"""Principal components of the centred rows, from their KL matrix. numpy only.

Distances along all components together are exactly ``sqrt(KL)``; the shares are shares of mean KL
(method page, section 5).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import UsageError
from compute.embedding.parameters import dims_option, option
from compute.embedding.protocol import Checkpoints, Fit, OnState, Rows

MOST_COMPONENTS = 50
_SMALL = 400
_OVERSAMPLE, _WIDE_OVERSAMPLE = 12, 62
_MAX_ROUNDS, _PACE_ROUNDS = 60, 4
_TOLERANCE = 1e-11


@dataclass(frozen=True, slots=True)
class PcaParams:
    """Parameters of :func:`fit`."""

    method: ClassVar[str] = "pca"
    dims: int = dims_option()
    components: tuple[int, ...] = option(
        (),
        title="Components",
        low=1,
        high=MOST_COMPONENTS,
        help="Components along the axes, counted from 1; the first ones unless chosen.",
        late=True,
    )

    def fitted_to(self, n_entries: int) -> PcaParams:
        """With as many components as dimensions; () are the first ones.

        Raises
        ------
        UsageError
            If fewer components than dimensions are chosen, or one that so many entries do not have.
        """
        first = tuple(range(1, self.dims + 1))
        chosen = self.components[: self.dims] or first
        if len(chosen) < self.dims:
            raise UsageError(
                f"{len(chosen)} components are chosen for a map in {self.dims}D",
                advice=f"Choose {self.dims}",
            )
        if chosen != first and max(chosen) > n_entries - 1:
            raise UsageError(
                f"There is no component {max(chosen)}: "
                f"{n_entries} entries have {n_entries - 1} of them",
                advice="Choose the first ones",
            )
        return dataclasses.replace(self, components=() if chosen == first else chosen)


def fit(rows: Rows, params: PcaParams, on_state: OnState, control: Checkpoints) -> Fit:
    """Project the rows on their first principal components.

    Returns
    -------
    Fit
        ``coords`` (K, dims) in sqrt(bits/byte) along the chosen components; ``info["explained"]``
        the share of mean KL along each, ``info["mean_kl"]`` the mean KL over ordered
        pairs, in bits/byte.
    """
    control.checkpoint()
    chosen = [c - 1 for c in params.components or range(1, params.dims + 1)]
    coords, shares = principal_coordinates(rows.kl, max(chosen) + 1)
    coords, shares = coords[:, chosen], shares[chosen]
    info = {"explained": [float(s) for s in shares], "mean_kl": float(rows.kl.mean())}
    return Fit(coords, info)


def principal_coordinates(
    squared: NDArray[np.float64], dims: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates of points from their squared Euclidean distances.

    Parameters
    ----------
    squared : ndarray, (K, K) float64
    dims : int
        May exceed the rank: the rest is zero.

    Returns
    -------
    coords : ndarray, (K, dims) float64
        Centred. The entry farthest out along each axis is on its negative side: in a training
        run that is the first step, so that time runs from left to right.
    shares : ndarray, (dims,) float64
        Variance along each axis over total variance (0 where all points are one).
    """
    gram = gram_of(squared)
    values, vectors = _largest(gram, min(dims, len(gram)))
    values = np.maximum(values, 0.0)
    coords = np.zeros((len(gram), dims))
    coords[:, : len(values)] = _signed(vectors * np.sqrt(values))
    total = float(np.trace(gram))
    shares = np.zeros(dims)
    if total > 0:
        shares[: len(values)] = values / total
    return coords, shares


def gram_of(squared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inner products of the centred points: ``-1/2 J squared J``."""
    means = squared.mean(axis=0)
    gram: NDArray[np.float64] = squared - means
    gram -= means[:, None]
    gram += means.mean()
    gram *= -0.5
    return gram


def _signed(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    far = coords[np.argmax(np.abs(coords), axis=0), np.arange(coords.shape[1])]
    return np.asarray(coords * np.where(far > 0, -1.0, 1.0))


def _largest(
    gram: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``count`` largest eigenvalues, descending, and their eigenvectors as columns.

    Many runs of the same kind have as many nearly equal eigenvalues, between which a narrow block
    cannot decide; a wider one holds them all.
    """
    for more in (_OVERSAMPLE, _WIDE_OVERSAMPLE):
        if len(gram) > max(_SMALL, 4 * (count + more)):
            found = _subspace(gram, count, more)
            if found is not None:
                return found
    values, vectors = np.linalg.eigh(gram)
    order = np.argsort(values)[::-1][:count]
    return values[order], vectors[:, order]


def _subspace(
    gram: NDArray[np.float64], count: int, more: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The same by subspace iteration, several times faster for many rows; None = slow to converge.

    Stops once the residual of every wanted pair is below ``_TOLERANCE`` of the largest eigenvalue,
    and gives up as soon as the pace of the last rounds would take more than ``_MAX_ROUNDS``.
    """
    block = np.random.default_rng(0).normal(size=(len(gram), count + more))
    residuals: list[float] = []
    while not _hopeless(residuals):
        basis = np.linalg.qr(block)[0]
        block = gram @ basis
        values, rotation = np.linalg.eigh(basis.T @ block)
        order = np.argsort(values)[::-1][:count]
        wanted, vectors = values[order], basis @ rotation[:, order]
        residual = np.linalg.norm(block @ rotation[:, order] - vectors * wanted, axis=0)
        residuals.append(float(residual.max()) / max(float(wanted[0]), 1e-300))
        if residuals[-1] <= _TOLERANCE:
            return wanted, vectors
    return None


def _hopeless(residuals: list[float]) -> bool:
    """Whether the residuals fall too slowly to be small after ``_MAX_ROUNDS``."""
    done = len(residuals)
    if done < 2 * _PACE_ROUNDS:
        return False
    pace = math.log(residuals[-1] / residuals[-1 - _PACE_ROUNDS]) / _PACE_ROUNDS
    if done >= _MAX_ROUNDS or pace >= 0:
        return True
    return done + math.log(_TOLERANCE / residuals[-1]) / pace > _MAX_ROUNDS
