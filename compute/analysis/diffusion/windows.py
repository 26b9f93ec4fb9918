"""From which start to which checkpoints: the windows of the fits (paper, appendix E.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion.trajectories import Trajectory
from compute.analysis.runs import LIKE_INTERVAL

POINTS = 10
"""Intervals in a window: 10,000 steps for Pythia."""
REPRESENTATIVE = 120 / 143
"""Where in a run the paper's panel starts: step 120,000 of 143,000."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Starts and the checkpoints that are fitted from each.

    Attributes
    ----------
    starts : ndarray, (S,) int64
        Positions among the checkpoints of the run.
    targets : ndarray, (S, P) int64
        Positions; P is the most that a window has. Where a window has fewer, any position.
    lags : ndarray, (S, P) float64, steps
        NaN = the window has no such point.
    """

    starts: NDArray[np.int64]
    targets: NDArray[np.int64]
    lags: NDArray[np.float64]


def windows_of(trajectory: Trajectory, points: int = POINTS) -> Windows:
    """Every start with a complete window, excluded ones among them.

    A window holds the saved checkpoints up to ``points`` intervals after its start, also those
    between the regular ones; it is complete if the run goes on that long. A twentieth of an
    interval is allowed for rounded steps. No start where the run has no regular interval.
    """
    steps = trajectory.steps
    nominal = steps + (points - LIKE_INTERVAL) * trajectory.spacing
    return windows_from(trajectory, np.flatnonzero(nominal <= steps[-1:]), points)


def windows_from(
    trajectory: Trajectory, starts: NDArray[np.int64], points: int = POINTS
) -> Windows:
    """The windows of some starts, complete or not.

    Parameters
    ----------
    starts : ndarray, (S,) int64
        Positions among the checkpoints of the run.
    """
    steps = trajectory.steps
    reach = steps[starts] + (points + LIKE_INTERVAL) * trajectory.spacing
    n = np.searchsorted(steps, reach, side="right") - starts - 1
    n = np.where(np.isfinite(reach), n, 0)
    after = np.arange(1, 1 + n.max(initial=0))
    targets = np.minimum(starts[:, None] + after, len(steps) - 1)
    lags = (steps[targets] - steps[starts][:, None]).astype(np.float64)
    return Windows(starts, targets, np.where(after <= n[:, None], lags, np.nan))


def representative(trajectory: Trajectory, start: int = -1, points: int = POINTS) -> int:
    """Position of the start to show: the one nearest to 120/143 of the last step.

    Only starts with a complete window that take part are asked.

    Parameters
    ----------
    start : int
        Another step to be near to; -1 = 120/143 of the last.

    Returns
    -------
    int
        -1 = the run has no such start.
    """
    starts = windows_of(trajectory, points).starts
    starts = starts[trajectory.usable[starts]]
    if not len(starts):
        return -1
    wanted = start if start >= 0 else REPRESENTATIVE * int(trajectory.steps[-1])
    return int(starts[np.argmin(np.abs(trajectory.steps[starts] - wanted))])


def regular(trajectory: Trajectory) -> NDArray[np.bool_]:
    """(T,) bool: the last checkpoint, and those whole numbers of intervals before it.

    Checkpoints between them (1, 2, 4, ..., 512) have points at very short lags in their windows,
    which the exponent leans on; pictures of exponents leave them out.
    """
    steps, spacing = trajectory.steps, trajectory.spacing
    found = np.zeros(len(steps), bool)
    found[-1:] = True
    last = float(steps[-1]) if len(steps) and np.isfinite(spacing) else -1.0
    n = 1
    while last - n * spacing > -spacing / 2:
        at = trajectory.position(last - n * spacing)
        near = abs(steps[at] - (last - n * spacing)) <= n * LIKE_INTERVAL * spacing
        n += 1
        if near:
            found[at], last, n = True, float(steps[at]), 1
    return found
