"""Training runs of a project and their regular intervals (paper, section 3.1 and appendix E)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry, frozen

GROUP_INTERVALS = 50
"""Intervals in each of the groups "early" and "later" (paper, section 3.1)."""
LIKE_INTERVAL = 0.05
"""Steps that were rounded may be off by this part of the regular interval."""
_PASSES = 8
_ROUNDED = 10
"""From this interval on, steps may also be off by one."""


@dataclass(frozen=True, eq=False)
class Run:
    """One training run: its checkpoints by step.

    Attributes
    ----------
    name : str
    ids : tuple of str, (T,)
        Entry ids, by step.
    steps : ndarray, (T,) int64
        Ascending, each once.
    family, size : str
        "" = unknown.
    n_params, seed : int
        -1 = unknown.
    """

    name: str
    ids: tuple[str, ...]
    steps: NDArray[np.int64]
    family: str = ""
    size: str = ""
    n_params: int = -1
    seed: int = -1

    @property
    def interval(self) -> int:
        """The step between checkpoints that occurs most often (the largest of equals); 0 = none."""
        gaps = Counter(np.diff(self.steps).tolist())
        most = max(gaps.values(), default=0)
        return max((gap for gap, n in gaps.items() if n == most), default=0) if most > 1 else 0

    @property
    def tolerance(self) -> float:
        """How far rounded steps may be off, in steps."""
        return max(LIKE_INTERVAL * self.interval, 1.0 if self.interval >= _ROUNDED else 0.0)

    def is_regular(self, gaps: NDArray[np.int64] | int) -> NDArray[np.bool_]:
        """Whether steps so far apart are one regular interval apart, but for rounding."""
        off = np.abs(np.asarray(gaps) - self.interval)
        return np.asarray((off <= self.tolerance) & (self.interval > 0))

    @cached_property
    def spacing(self) -> float:
        """What the regular intervals were rounded from, in steps; NaN = there is none.

        The mean of the gaps that are about one interval long, then the best fit of multiples of it
        to the steps that are near one.
        """
        gaps = np.diff(self.steps)
        like = self.is_regular(gaps)
        if not like.any():
            return float("nan")
        found = float(gaps[like].mean())
        for _ in range(_PASSES):
            whole = np.rint(self.steps / found)
            near = (np.abs(self.steps - whole * found) <= self.tolerance) & (whole > 0)
            if not near.any():
                break
            found = float(self.steps[near] @ whole[near]) / float(whole[near] @ whole[near])
        return found

    @property
    def after(self) -> int:
        """First step that counts as after warm-up unless one is given: two regular intervals.

        For Pythia (checkpoints every 1,000 steps, warm-up over at 1,430) that is 2,000, as in the
        paper. Where steps were rounded it is that of the second checkpoint of the grid, so that
        every rule begins at the same one.
        """
        if not self.interval:
            return 0
        steps = self.steps[self.on_grid]
        second = steps[np.rint(steps / self.spacing) == 2]
        return int(second[0]) if len(second) else 2 * self.interval

    @cached_property
    def on_grid(self) -> NDArray[np.int64]:
        """(G,) int64: positions of the checkpoints at multiples of the regular interval.

        The nearest to each multiple, but for rounding. The others were saved between them: powers
        of two.
        """
        if not self.interval:
            return frozen(np.empty(0, np.int64))
        whole = np.rint(self.steps / self.spacing)
        off = np.abs(self.steps - whole * self.spacing)
        nearest = np.lexsort((off, whole))
        _, first = np.unique(whole[nearest], return_index=True)
        kept = nearest[first]
        return frozen(np.sort(kept[off[kept] <= self.tolerance]))

    @property
    def grid(self) -> Run:
        """The checkpoints at multiples of the regular interval as a run of their own."""
        ids = tuple(self.ids[t] for t in self.on_grid)
        return replace(self, ids=ids, steps=frozen(self.steps[self.on_grid]))

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Positions of checkpoints one regular interval apart, in order: gaps are skipped.

        What was saved between two of them does not part them.
        """
        return tuple(
            (int(a), int(b))
            for a, b in itertools.pairwise(self.on_grid)
            if self.is_regular(self.steps[b] - self.steps[a])
        )


def runs_of(entries: Iterable[Entry], *, at_least: int = 1) -> tuple[Run, ...]:
    """The runs, in order of first appearance, with at least so many checkpoints.

    Variants and layers of a checkpoint take no part. Of several entries of one step the first
    counts.
    """
    found: dict[str, dict[int, Entry]] = {}
    for entry in entries:
        if entry.is_checkpoint:
            found.setdefault(entry.run, {}).setdefault(entry.step, entry)
    return tuple(_run(name, by_step) for name, by_step in found.items() if len(by_step) >= at_least)


def _run(name: str, by_step: dict[int, Entry]) -> Run:
    steps = sorted(by_step)
    members = [by_step[step] for step in steps]
    return Run(
        name,
        tuple(e.id for e in members),
        frozen(np.array(steps, np.int64)),
        family=_first(e.family for e in members),
        size=_first(e.size for e in members),
        n_params=next((e.n_params for e in members if e.n_params >= 0), -1),
        seed=next((e.seed for e in members if e.seed >= 0), -1),
    )


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def last_common_step(runs: Sequence[Run]) -> int:
    """The last step that every run has; -1 = none."""
    common = set.intersection(*(set(run.steps.tolist()) for run in runs)) if runs else set()
    return max(common, default=-1)
