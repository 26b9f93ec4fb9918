"""The ladder of reference scales: its rungs, and where a KL and its name stand. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RUNGS = (
    ("next layer", 3.0),
    ("any two models", 2.2),
    ("same type", 0.95),
    ("another size", 0.48),
    ("fine-tune", 0.40),
    ("another seed", 0.12),
    ("next step, early", 0.067),
    ("next step, late", 0.011),
)
"""Median KL of pairs of models, bits/byte (look.md, section 5)."""
LOWEST, HIGHEST = 0.004, 9.0
"""The ends of the spine, bits/byte."""
DECADES = (0.01, 0.1, 1.0)


def level(kl: float, top: float, bottom: float) -> float:
    """Where a KL in bits/byte stands; logarithmic, the ends clip."""
    inside = min(max(kl, LOWEST), HIGHEST)
    share = math.log(inside / LOWEST) / math.log(HIGHEST / LOWEST)
    return bottom - share * (bottom - top)


def spread(ys: Sequence[float], gap: float, lowest: float, highest: float) -> list[float]:
    """Places at least ``gap`` apart in [``lowest``, ``highest``], moved as little as possible.

    ``ys`` ascend. Pools of places that would touch share their mean shift (isotonic regression of
    ``y - i * gap``), then the ends push inwards.
    """
    pools: list[tuple[float, int]] = []
    for i, y in enumerate(ys):
        mean, n = y - i * gap, 1
        while pools and pools[-1][0] > mean:
            other, m = pools.pop()
            mean, n = (mean * n + other * m) / (n + m), n + m
        pools.append((mean, n))
    found = [mean for mean, n in pools for _ in range(n)]
    room = max(lowest, highest - (len(found) - 1) * gap)
    return [min(max(mean, lowest), room) + i * gap for i, mean in enumerate(found)]


def between(kl: float) -> str:
    """ "between fine-tune and any two models": where a KL stands, as a sentence."""
    above = [name for name, value in RUNGS if value >= kl]
    below = [name for name, value in RUNGS if value < kl]
    if not above:
        return f"above {RUNGS[0][0]}"
    if not below:
        return f"below {RUNGS[-1][0]}"
    return f"between {below[0]} and {above[-1]}"


@dataclass(frozen=True, slots=True)
class Median:
    """The median KL of one kind of pairs in this project, bits/byte; ``which`` says of which."""

    name: str
    kl: float
    n_pairs: int
    which: str
