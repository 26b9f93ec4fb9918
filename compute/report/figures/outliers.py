"""What the figures about outliers share: the texts of an analysis and their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.making import Work, work_of
from compute.analysis.members import CHOOSING
from compute.core.errors import InputError
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import Missing
from compute.report.figures.trajectories import HOW_TO_ADD
from compute.report.study import Study

WIDE = 10.0
"""Largest value over the median from which an axis is logarithmic."""


@dataclass(frozen=True, eq=False)
class Texts:
    """The scored texts of one analysis of pretraining.

    ``work`` is the rows before outlier texts are dropped, ``dropped`` (N,) bool says which of
    them the recipe drops.
    """

    work: Work
    dropped: NDArray[np.bool_]
    after: str

    @property
    def made_from(self) -> str:
        """Texts and recipe in words: the end of a caption."""
        rows = self.work.rows
        state = ", provisional" if rows.provisional else ""
        return (
            f"N = {count(rows.n_texts)} texts of {rows.mean_bytes:.0f} bytes on average before "
            f"any is dropped; recipe {rows.recipe.name}{state}."
        )


def wide(values: NDArray[np.float64]) -> bool:
    """Whether values span so much that only a logarithmic axis shows them all."""
    positive = values[np.isfinite(values) & (values > 0)]
    return bool(len(positive)) and float(positive.max()) > WIDE * float(np.median(positive))


def few_decades(axis: Any) -> None:
    """Ticks of a logarithmic axis in a small panel: powers of ten, as 1,000 or 100k."""
    ticker = kit.need("matplotlib.ticker")
    axis.set_major_locator(ticker.LogLocator(base=10, subs=(1.0,), numticks=5))
    axis.set_minor_locator(ticker.NullLocator())
    kit.thousands(axis)


def texts_of(study: Study) -> Texts:
    """Those of the sizes, as in the paper; of all runs where no size is known.

    Raises
    ------
    Missing
        If no run has two neighbouring checkpoints after its warm-up.
    """
    problem: InputError | None = None
    for name in ("sizes", "pretraining"):
        try:
            recipe = study.analysis(name).recipe
            work = work_of(study.snapshot, name, recipe, after=study.options.after)
        except InputError as error:
            problem = problem or (error if not error.tried.startswith(CHOOSING) else None)
            continue
        if work.scores.n_pairs:
            names = np.array(study.snapshot.texts.ids, dtype=object)[work.scores.texts]
            dropped = np.isin(names.astype(str), np.array(recipe.dropped_texts, dtype=str))
            return Texts(work, dropped, _after(work, study.options.after))
    if problem is not None:
        raise Missing(problem.happened, advice=problem.advice) from problem
    raise Missing("No run has two neighbouring checkpoints after its warm-up", advice=HOW_TO_ADD)


def _after(work: Work, after: int) -> str:
    firsts = {run.after if after < 0 else after for run in work.runs}
    return f"step {firsts.pop():,}" if len(firsts) == 1 else "two regular intervals of each run"
