"""Exponents of one trajectory from every start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion.fit import PowerLaw, power_law
from compute.analysis.diffusion.trajectories import Trajectory
from compute.analysis.diffusion.windows import POINTS, Windows, windows_from, windows_of
from compute.analysis.runs import GROUP_INTERVALS


@dataclass(frozen=True, eq=False)
class Exponents:
    """Attributes
    ----------
    trajectory : Trajectory
    windows : Windows
        S starts.
    law : PowerLaw
        Arrays are (S,). NaN = a gap; :meth:`reason` says why.
    """

    trajectory: Trajectory
    windows: Windows
    law: PowerLaw

    @property
    def steps(self) -> NDArray[np.int64]:
        """(S,) int64: the starts."""
        return self.trajectory.steps[self.windows.starts]

    def reason(self, k: int) -> str:
        """Why start ``k`` has no exponent; "" = it has one."""
        if np.isfinite(self.law.exponent[k]):
            return ""
        why = self.trajectory.reasons[int(self.windows.starts[k])]
        if why:
            return f"the start takes no part: {why}"
        n, saved = int(self.law.n_points[k]), int(np.isfinite(self.windows.lags[k]).sum())
        return f"only {n} of {saved} points has a distance above zero; a fit needs two"


def exponents(trajectory: Trajectory, points: int = POINTS) -> Exponents:
    """The power law from every start with a complete window (paper, section 4.2, appendix E.3)."""
    return _fitted(trajectory, windows_of(trajectory, points))


def exponents_from(
    trajectory: Trajectory, starts: NDArray[np.int64], points: int = POINTS
) -> Exponents:
    """The power law from some starts, given as positions among the checkpoints."""
    return _fitted(trajectory, windows_from(trajectory, starts, points))


def _fitted(trajectory: Trajectory, windows: Windows) -> Exponents:
    squared = squared_in(trajectory, windows)
    return Exponents(trajectory, windows, power_law(windows.lags, squared))


def squared_in(trajectory: Trajectory, windows: Windows) -> NDArray[np.float64]:
    """(S, P) float64: squared distance of each point of each window from its start."""
    return trajectory.squared[windows.starts[:, None], windows.targets]


@dataclass(frozen=True)
class Spread:
    """Median, quartiles, mean and SD (ddof 0) over starts; NaN = there is none."""

    median: float
    low: float
    high: float
    mean: float
    sd: float
    n: int

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Spread:
        """NaN takes no part."""
        found = values[np.isfinite(values)]
        nan = float("nan")
        if not len(found):
            return cls(nan, nan, nan, nan, nan, 0)
        low, median, high = np.quantile(found, [0.25, 0.5, 0.75])
        mean, sd = float(found.mean()), float(found.std())
        return cls(float(median), float(low), float(high), mean, sd, len(found))


def after(found: Exponents, step: int) -> NDArray[np.bool_]:
    """(S,) bool: starts from ``step`` on, those after warm-up."""
    return np.asarray(found.steps >= step)


def late(found: Exponents, step: int) -> NDArray[np.bool_]:
    """(S,) bool: the last 50 starts, or the last half of those from ``step`` on if fewer.

    The rule of the group "later" (paper, section 3.1), applied to starts.
    """
    chosen = np.flatnonzero(after(found, step))
    n = min(GROUP_INTERVALS, (len(chosen) + 1) // 2)
    mask = np.zeros(len(found.steps), bool)
    mask[chosen[len(chosen) - n :]] = True
    return mask
