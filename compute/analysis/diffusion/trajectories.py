"""Squared distances between all checkpoints of one run, in one space: what every fit starts from.

They are worked out once for a run (one Gram matrix); fits from any start then only read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.runs import Run
from compute.core.tables import WeightDistances, frozen
from compute.geometry import Prepared
from compute.geometry.distances import squared_distances


@dataclass(frozen=True, eq=False)
class Trajectory:
    """One run in one space.

    Attributes
    ----------
    run : str
    steps : ndarray, (T,) int64
        All checkpoints, ascending, those that take no part among them.
    squared : ndarray, (T, T) float64, ``unit``
        Squared distances; NaN = one of the two takes no part.
    spacing : float
        Steps between regular checkpoints, on average; NaN = no gap occurs twice.
    unit : str
    reasons : tuple of str, (T,)
        Why a checkpoint takes no part; "" = it does.
    """

    run: str
    steps: NDArray[np.int64]
    squared: NDArray[np.float64]
    spacing: float
    unit: str
    reasons: tuple[str, ...]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(T,) bool."""
        return np.array([not reason for reason in self.reasons], bool)

    def position(self, step: float) -> int:
        """The checkpoint nearest to a step, the earlier of two."""
        return int(np.argmin(np.abs(self.steps - step)))


def spacing_of(run: Run) -> float:
    """The mean of the gaps that are about one interval long; NaN = no gap occurs twice.

    Exactly the interval where steps are exact multiples of it. Where they are rounded to whole
    numbers (25 and 26 in turn) it is what they were rounded from, so that ten intervals reach the
    tenth checkpoint.
    """
    return run.spacing


def in_loglikelihood(rows: Prepared, run: Run) -> Trajectory:
    """The run in log-likelihood space: KL between its checkpoints, bits/byte (paper, section 4.2).

    Parameters
    ----------
    rows : Prepared
        Rows after the recipe. Checkpoints that it left out take no part.
    run : Run
    """
    used = used_rows(rows, run)
    return from_rows(rows.qs[used[used >= 0]], run, reasons_of(rows, run), "bits/byte")


def used_rows(rows: Prepared, run: Run) -> NDArray[np.int64]:
    """(T,) int64: the row of each checkpoint, -1 = it takes no part."""
    return np.array([rows.row_of.get(name, -1) for name in run.ids], np.int64)


def reasons_of(rows: Prepared, run: Run) -> tuple[str, ...]:
    """(T,) why each checkpoint takes no part, "" = it does."""
    why: Mapping[str, str] = dict(rows.left_out)
    absent = "it is not among the entries of the analysis"
    return tuple("" if name in rows.row_of else why.get(name, absent) for name in run.ids)


def from_rows(
    points: NDArray[np.float64], run: Run, reasons: tuple[str, ...], unit: str
) -> Trajectory:
    """A trajectory through points.

    Parameters
    ----------
    points : ndarray, (used, N) float64
        Of the checkpoints that have no reason, in order. They are centred here, which changes no
        distance and keeps digits.
    """
    used = np.flatnonzero([not reason for reason in reasons])
    squared = np.full((len(run.steps), len(run.steps)), np.nan)
    if len(used):
        squared[np.ix_(used, used)] = squared_distances(points - points.mean(axis=0))
    return Trajectory(run.name, run.steps, frozen(squared), spacing_of(run), unit, reasons)


def in_weights(weights: WeightDistances, run: Run, reasons: tuple[str, ...] = ()) -> Trajectory:
    """The run in weight space (paper, section 4.2).

    Parameters
    ----------
    weights : WeightDistances
        Steps that the run does not have are passed by.
    run : Run
    reasons : tuple of str, (T,)
        Of the same run in log-likelihood space: a checkpoint that is excluded there is excluded
        here. () = none is.
    """
    place = {step: k for k, step in enumerate(weights.steps.tolist())}
    found = np.array([place.get(step, -1) for step in run.steps.tolist()], np.int64)
    absent = "its weight distances are not in the project"
    why = tuple(
        reason or ("" if at >= 0 else absent)
        for reason, at in zip(reasons or ("",) * len(found), found.tolist(), strict=True)
    )
    squared = weights.squared[np.ix_(found, found)]
    out = np.array([bool(reason) for reason in why], bool)
    squared[out] = np.nan
    squared[:, out] = np.nan
    return Trajectory(
        run.name, run.steps, frozen(squared), spacing_of(run), "squared units of weight", why
    )
