"""Training runs by step: KL between neighbouring checkpoints, and code length (paper, section 4.1).

A value belongs to the step at which its interval starts, as in the paper: the one at 10,000 is the
KL between the checkpoints 10,000 and 11,000 (appendix E.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.pairs import kl_between, why_not
from compute.analysis.runs import Run
from compute.core.tables import frozen
from compute.core.units import LN2
from compute.geometry import Prepared


@dataclass(frozen=True, eq=False)
class Consecutive:
    """KL between each checkpoint of a run and the next.

    Attributes
    ----------
    run : Run
    start, stop : ndarray, (T - 1,) int64
        Steps of the two checkpoints.
    kl, se : ndarray, (T - 1,) float64, bits/byte
        NaN where :attr:`reasons` says why.
    reasons : tuple of str, (T - 1,)
        "" = the KL is there; else a checkpoint that is not in use, or a gap: more steps than the
        regular interval, in which a checkpoint is missing.
    """

    run: Run
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    kl: NDArray[np.float64]
    se: NDArray[np.float64]
    reasons: tuple[str, ...]

    @property
    def regular(self) -> NDArray[np.bool_]:
        """(T - 1,) bool: pairs one regular interval apart."""
        return self.run.is_regular(self.stop - self.start)

    @property
    def broken(self) -> NDArray[np.bool_]:
        """(T - 1,) bool: intervals without a KL, which no line may cross."""
        return np.array([bool(reason) for reason in self.reasons], bool)

    def part(self, wanted: NDArray[np.bool_]) -> Consecutive:
        """The same for some of the intervals, (T - 1,) bool."""
        return Consecutive(
            self.run,
            frozen(self.start[wanted]),
            frozen(self.stop[wanted]),
            frozen(self.kl[wanted]),
            frozen(self.se[wanted]),
            tuple(r for r, keep in zip(self.reasons, wanted, strict=True) if keep),
        )

    def on_grid(self, first: int = 0) -> Consecutive:
        """The pairs one interval apart from step ``first`` on, and the broken intervals.

        What lies between saved checkpoints closer than the interval takes no part.
        """
        return self.part((self.regular | self.broken) & (self.start >= first))


def consecutive(rows: Prepared, run: Run) -> Consecutive:
    """KL with standard error between neighbouring checkpoints of a run, never across a gap.

    Parameters
    ----------
    rows : Prepared
        The analysis; a checkpoint that is not among its rows is not in use.
    run : Run
        All checkpoints, those that are excluded among them.
    """
    n = max(len(run.ids) - 1, 0)
    reasons = tuple(why_not(run, t, rows.row_of) for t in range(n))
    at = np.array([rows.row_of.get(name, -1) for name in run.ids], np.intp)
    good = np.array([t for t in range(n) if not reasons[t]], np.intp)
    kl, se = np.full(n, np.nan), np.full(n, np.nan)
    kl[good], se[good] = kl_between(rows.qs, at[good], at[good + 1])
    steps = run.steps
    return Consecutive(
        run, frozen(steps[:-1].copy()), frozen(steps[1:].copy()), frozen(kl), frozen(se), reasons
    )


def consecutive_of(rows: Prepared, runs: Sequence[Run]) -> tuple[Consecutive, ...]:
    """:func:`consecutive` for each run."""
    return tuple(consecutive(rows, run) for run in runs)


def warm_up_end(runs: Sequence[Run], after: int = -1) -> int:
    """First step that counts as after warm-up in a picture of several runs: the latest of theirs.

    ``after`` -1 = by the intervals of the runs. 0 where no run has a regular interval.
    """
    return after if after >= 0 else max((run.after for run in runs), default=0)


def from_step(runs: Sequence[Run], wanted: int, after: int = -1) -> int:
    """``wanted`` where every run has more than half of its steps after it, else after warm-up.

    The paper shows some curves from step 10,000 on, which a shorter run does not have.
    """
    lasts = [int(run.steps[-1]) for run in runs if len(run.steps)]
    enough = bool(lasts) and min(lasts) >= 2 * wanted
    return max(wanted, warm_up_end(runs, after)) if enough else warm_up_end(runs, after)


def bits_per_byte(rows: Prepared) -> NDArray[np.float64]:
    """Mean code length on the texts in use, before clipping: (K,) float64, bits/byte.

    ``-mean_s l_s / (Bbar ln 2)``; its minimum is an upper bound of the entropy of the texts
    (appendix C).
    """
    nats = rows.raw.mean(axis=1, dtype=np.float64)
    return np.asarray(-nats / (rows.mean_bytes * LN2))


def along(rows: Prepared, run: Run, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of the rows, (K, ...) float64, at the checkpoints of a run, (T, ...) float64.

    NaN where a checkpoint is not in use.
    """
    at = np.array([rows.row_of.get(name, -1) for name in run.ids], np.intp)
    out = np.full((len(at), *values.shape[1:]), np.nan)
    out[at >= 0] = values[at[at >= 0]]
    return out
