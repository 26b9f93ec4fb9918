"""What is known of the diffusion of every run, and what fits give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion import AtStart, PowerLaw, Trajectory
from compute.analysis.diffusion.folding import Folding
from compute.analysis.runs import Run
from explorer.plots.contract import Table

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Space:
    """Where distances are measured.

    Attributes
    ----------
    key : str
        "loglik", "weights", "exp" or "byte".
    title, unit, said : str
        Heading; unit of a squared distance; the curve's name below.
    sign : str
        What stands under the c of its exponent.
    paths : tuple of Trajectory or None, (R,)
        None = not measured for this run.
    """

    key: str
    title: str
    unit: str
    said: str
    sign: str
    paths: tuple[Trajectory | None, ...]


@dataclass(frozen=True, eq=False)
class Answer:
    """Runs and spaces of one tab.

    Attributes
    ----------
    spaces : tuple of Space
        The first one is drawn solid below, the second dashed. () on the tab of folding.
    warm_up : int
        Step at which warm-up has ended, in the run where it ends last.
    unmeasured : tuple of str
        Runs without weight distances.
    short : tuple of str
        Runs without a single window.
    regular : tuple of ndarray, (T,) bool, by run
        Checkpoints whose exponents are drawn.
    loglik : tuple of Trajectory, (R,)
        KL, whatever the spaces are.
    curves : tuple of tuple of Curve or None
        Exponents from every start with windows of the usual length, by space and run.
    """

    tab: str
    runs: tuple[Run, ...] = ()
    spaces: tuple[Space, ...] = ()
    warm_up: int = 0
    unmeasured: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    regular: tuple[NDArray[np.bool_], ...] = ()
    loglik: tuple[Trajectory, ...] = ()
    curves: tuple[tuple[Curve | None, ...], ...] = ()
    folding: Folding | None = None
    tables: tuple[Table, ...] = ()
    about: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(run.name for run in self.runs)


@dataclass(frozen=True, eq=False)
class Fits:
    """The window of every run in one space, and what is drawn beyond it.

    Attributes
    ----------
    at : ndarray, (R,) int64
        Position of the start; -1 = there is none.
    targets : ndarray, (R, P) int64
        Positions of later checkpoints.
    lags : ndarray, (R, P) float64, steps
        NaN = no such point.
    squared : ndarray, (R, P) float64
    inside : ndarray, (R, P) bool
        Whether a point is in the window: those are fitted.
    law : PowerLaw
        Arrays are (R,).
    """

    at: NDArray[np.int64]
    targets: NDArray[np.int64]
    lags: Doubles
    squared: Doubles
    inside: NDArray[np.bool_]
    law: PowerLaw


@dataclass(frozen=True, eq=False)
class Curve:
    """Exponents of one run against the start; NaN = a gap. ``at`` are positions in the run."""

    at: NDArray[np.int64]
    steps: Doubles
    values: Doubles


@dataclass(frozen=True, eq=False)
class Plan:
    """Where windows of one length can begin: worked out once, then any start is a look-up.

    Attributes
    ----------
    points : int
        Intervals in a window.
    starts : tuple of ndarray, (R,) of int64
        Positions of the checkpoints with a complete window that take part.
    """

    points: int
    starts: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, eq=False)
class Refit:
    """Everything that follows from a start and a length, without texts.

    Attributes
    ----------
    fits : tuple of Fits
        One for each space.
    law_q : PowerLaw
        Of the log-likelihoods, (R,).
    """

    points: int
    fits: tuple[Fits, ...]
    law_q: PowerLaw


@dataclass(frozen=True, eq=False)
class Boot:
    """One run with its bootstrap, and the comparison of the laws in words."""

    at: AtStart
    verdict: str
    caution: str
