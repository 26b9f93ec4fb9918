"""Where a new point settles in a t-SNE that stands: the objective of one point, and its descent.

With ``p_j`` the affinities of the new entry to those of the map (they add up to 1) and
``q_j = 1 / (1 + |y - x_j|^2)``, the divergence of q from p is, up to a constant,
``sum_j p_j ln(1 + |y - x_j|^2) + ln sum_j q_j``, and its gradient ``2 sum_j (p_j - q_j / Z) q_j
(y - x_j)`` with ``Z = sum_j q_j``: openTSNE's partial embedding, exact instead of approximated.
The points do not see each other, so every sum runs along one row: a point's place does not depend
on how many are placed with it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_STARTS = 10
"""How many of the nearest anchors are tried as the place to start from."""
_MOST_STEPS = 300
_STILL = 1e-7
_FARTHEST = 3.0
"""Times the radius of the anchors: farther out a point has no place, but flies away."""
_BISECTIONS = 100


def affinities(kl: NDArray[np.float64], perplexity: float) -> NDArray[np.float64]:
    """Gaussian affinities of new entries to the anchors, each row with the same perplexity.

    Parameters
    ----------
    kl : ndarray, (M, K) float64, bits/byte
        KL of new entries to the anchors: the squared distance that the Gaussian sees.
    perplexity : float
        As used for the map; ``3 * perplexity`` nearest anchors take part.

    Returns
    -------
    ndarray, (M, K) float64
        Rows add up to 1.
    """
    n = kl.shape[1]
    near = min(n, max(1, math.floor(3 * perplexity + 1e-9)))
    limit = np.partition(kl, near - 1, axis=1)[:, near - 1]
    taking_part = kl <= limit[:, None]
    above = np.where(taking_part, kl - kl.min(axis=1, keepdims=True), np.inf)
    wanted = np.log(min(perplexity, near))
    low, high = np.zeros(len(kl)), np.full(len(kl), np.inf)
    scale = np.where(np.isfinite(above), above, 0.0).sum(axis=1) / near
    beta = 1 / np.where(scale > 0, scale, 1.0)
    for _ in range(_BISECTIONS):
        shares, entropy = _gaussian(above, beta)
        flat = entropy > wanted  # too many neighbours: a narrower Gaussian
        low, high = np.where(flat, beta, low), np.where(flat, high, beta)
        beta = np.where(np.isinf(high), 2 * beta, (low + high) / 2)
        beta = np.minimum(beta, 1e200)
    shares, _ = _gaussian(above, beta)
    return shares


def _gaussian(
    above: NDArray[np.float64], beta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares (M, K) and their entropy (M,) in nats."""
    with np.errstate(over="ignore"):
        exponent = np.where(np.isfinite(above), beta[:, None] * above, np.inf)
    weights = np.exp(-exponent)
    total = weights.sum(axis=1)
    finite = np.where(np.isfinite(exponent), exponent, 0.0)
    entropy = np.log(total) + (weights * finite).sum(axis=1) / total
    return weights / total[:, None], entropy


def settled(
    shares: NDArray[np.float64],
    kl: NDArray[np.float64],
    anchors: NDArray[np.float64],
    exaggeration: float,
) -> NDArray[np.float64]:
    """Where new points come to rest.

    Each starts at that of its nearest anchors where its objective is lowest and goes downhill from
    there; a step that would go up is halved. Where all anchors are alike to it, downhill leads
    away from them for ever: such a point stays where it started.

    Parameters
    ----------
    shares : ndarray, (M, K) float64
        From :func:`affinities`.
    kl : ndarray, (M, K) float64, bits/byte
    anchors : ndarray, (K, dims) float64
        Positions that stay.
    exaggeration : float
        That of the map after its early phase.

    Returns
    -------
    ndarray, (M, dims) float64
    """
    pull = shares * exaggeration
    start = _start(pull, kl, anchors)
    at = start.copy()
    value, slope = _objective(pull, at, anchors)
    step = np.ones(len(at))
    moving = np.arange(len(at))
    for _ in range(_MOST_STEPS):
        trial = at[moving] - step[moving, None] * slope[moving]
        higher, there = _objective(pull[moving], trial, anchors)
        better = higher < value[moving]
        taken = moving[better]
        at[taken], value[taken], slope[taken] = trial[better], higher[better], there[better]
        step[moving] *= np.where(better, 1.5, 0.5)
        moving = moving[(step[moving, None] * np.abs(slope[moving])).max(axis=1) > _STILL]
        if not len(moving):
            break
    return np.where(_has_flown(at, anchors)[:, None], start, at)


def _has_flown(at: NDArray[np.float64], anchors: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(M,) bool: points far outside the map."""
    centre = anchors.mean(axis=0)
    radius = float(((anchors - centre) ** 2).sum(axis=1).max())
    flown: NDArray[np.bool_] = ((at - centre) ** 2).sum(axis=1) > _FARTHEST**2 * radius
    return flown


def _start(
    pull: NDArray[np.float64], kl: NDArray[np.float64], anchors: NDArray[np.float64]
) -> NDArray[np.float64]:
    near = np.argsort(kl, axis=1, kind="stable")[:, :_STARTS]
    values = np.stack([_objective(pull, anchors[near[:, s]], anchors)[0]
                       for s in range(near.shape[1])])  # fmt: skip
    best = values.argmin(axis=0)
    return np.array(anchors[near[np.arange(len(near)), best]])


def _objective(
    pull: NDArray[np.float64], at: NDArray[np.float64], anchors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value (M,) and gradient (M, dims) at the points (M, dims)."""
    apart = [at[:, d, None] - anchors[:, d] for d in range(anchors.shape[1])]
    one = np.ones_like(pull)
    for axis in apart:
        one += axis * axis
    q = 1 / one
    total = q.sum(axis=1)
    value = (pull * np.log(one)).sum(axis=1) + np.log(total)
    force = (pull - q / total[:, None]) * q
    slope = 2 * np.stack([(force * axis).sum(axis=1) for axis in apart], axis=1)
    return value, slope
