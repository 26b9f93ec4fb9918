"""The silhouette of the strip, and what the axes say about themselves. Pure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from explorer.state.course import Course

Doubles = NDArray[np.float64]
KL_LEAST = 0.004
TIPS = {
    "step": "By training step",
    "log": "By the logarithm of the training step",
    "tokens": "By tokens seen",
    "loss": "By the lowest mean bits/byte that each run has reached so far",
}


def silhouette(
    along: Course, run: str, steps: Doubles, kl: Doubles
) -> tuple[tuple[float, float], ...]:
    """(position, share of the height) along the axis; ``steps`` are the later ends, NaN = a gap."""
    place = {
        e.step: float(at)
        for e, at in zip(along.entries, along.places, strict=True)
        if (e.run or e.label) == run
    }
    found = [(place.get(int(s), math.nan), v) for s, v in zip(steps, kl, strict=True)]
    known = [(at, float(v)) for at, v in found if math.isfinite(at) and math.isfinite(v)]
    most = max((v for _, v in known), default=0.0)
    return tuple((at, height(v, most)) for at, v in known)


def height(kl: float, most: float) -> float:
    """Share of the silhouette's height for a KL in bits/byte; logarithmic."""
    if not math.isfinite(kl) or kl <= 0:
        return 0.0
    top = math.log(max(most, 10 * KL_LEAST) / KL_LEAST)
    return min(max(math.log(kl / KL_LEAST) / top, 0.04), 1.0)
