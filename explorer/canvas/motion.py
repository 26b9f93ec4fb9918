"""Movement as pure functions of time: positions between frames, easing, newborn entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MORPH_S, CAMERA_S, BIRTH_S = 0.26, 0.32, 0.4
FRAME_MIN_S, FRAME_MAX_S = 0.03, 0.4


def ease(share: float) -> float:
    """Smooth from 0 to 1 with no speed at both ends."""
    s = min(max(share, 0.0), 1.0)
    return s * s * (3 - 2 * s)


@dataclass(frozen=True, eq=False)
class Flight:
    """Positions (K, 3) float32 on their way from ``a`` to ``b``; ``linear`` for live frames."""

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    start: float
    duration: float
    linear: bool = False

    def at(self, now: float) -> NDArray[np.float32]:
        share = 1.0 if self.duration <= 0 else (now - self.start) / self.duration
        if share >= 1:
            return self.b
        share = max(share, 0.0) if self.linear else ease(share)
        return self.a + (self.b - self.a) * np.float32(share)

    def done(self, now: float) -> bool:
        return now >= self.start + self.duration


@dataclass(frozen=True, slots=True)
class Slide:
    """A number or vector that eases from ``a`` to ``b``."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    start: float = 0.0
    duration: float = 0.0

    def at(self, now: float) -> NDArray[np.float64]:
        share = 1.0 if self.duration <= 0 else ease((now - self.start) / self.duration)
        return self.a + (self.b - self.a) * share

    def done(self, now: float) -> bool:
        return now >= self.start + self.duration


def carried(
    old_ids: Sequence[str],
    shown: NDArray[np.float32],
    new_ids: Sequence[str],
    target: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where each new row starts, (K, 3), and which rows are new, (K,) bool.

    Entries that were shown start where they are; new ones start where they will be.
    """
    row_of = {entry_id: k for k, entry_id in enumerate(old_ids)}
    rows = np.array([row_of.get(entry_id, -1) for entry_id in new_ids], np.int64)
    start = target.copy()
    known = rows >= 0
    start[known] = shown[rows[known]]
    return start, ~known


@dataclass(frozen=True, eq=False)
class Births:
    """When rows appeared. ``since`` (K,) float64 seconds, -inf = long ago."""

    since: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def grown(self, now: float) -> NDArray[np.float32]:
        """(K,) in [0, 1]: share of the final size."""
        share = np.clip((now - self.since) / BIRTH_S, 0.0, 1.0)
        return (share * share * (3 - 2 * share)).astype(np.float32)

    def done(self, now: float) -> bool:
        return not len(self.since) or bool(now >= self.since.max() + BIRTH_S)
