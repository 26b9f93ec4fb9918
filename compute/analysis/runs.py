"""Training runs of a project and their regular intervals (paper, section 3.1 and appendix E)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry, frozen

GROUP_INTERVALS = 50
"""Intervals in each of the groups "early" and "later" (paper, section 3.1)."""


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
    def after(self) -> int:
        """First step that counts as after warm-up unless one is given: two regular intervals.

        For Pythia (checkpoints every 1,000 steps, warm-up over at 1,430) that is 2,000, as in the
        paper.
        """
        return 2 * self.interval

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Positions of checkpoints one regular interval apart, in order: gaps are skipped."""
        return tuple(
            (t, t + 1)
            for t, (a, b) in enumerate(itertools.pairwise(self.steps.tolist()))
            if b - a == self.interval
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
