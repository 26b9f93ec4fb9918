"""The diffusion of the runs of an analysis: what Fig. 5 and Tables 1 and 4 have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from compute.analysis.diffusion import (
    NO_WEIGHTS,
    POINTS,
    AtStart,
    RunDiffusion,
    at_start,
    diffusion_of,
    representative_start,
    text_draws,
)
from compute.analysis.runs import Run
from compute.core.numbers import count
from compute.geometry import Prepared
from compute.report.contract import Missing
from compute.report.study import Study, about

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmb])$", re.IGNORECASE)
ADD_WEIGHTS = "Weight distances come with a release that has them, or from the checkpoints' files."


@dataclass(frozen=True, eq=False)
class Diffused:
    """The runs that have at least one window.

    ``starts`` is the row of Table 1 of each run, () if they were not asked for. ``without`` has the
    names of the runs that are too short or have no regular interval.
    """

    rows: Prepared
    runs: tuple[RunDiffusion, ...]
    starts: tuple[AtStart, ...]
    without: tuple[str, ...]

    @property
    def has_weights(self) -> bool:
        return any(run.weights is not None for run in self.runs)

    @property
    def sentences(self) -> str:
        """How a caption ends: estimator of the exponents, and those of every caption."""
        return (
            "Exponents are slopes of ln(squared distance) on ln(lag), by least squares over the "
            f"checkpoints within {POINTS} intervals of the start; Brownian motion has 1. "
            f"{about(self.rows)}"
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is missing, and why."""
        short = (f"Too short for a window of {POINTS} intervals: {', '.join(self.without)}.",)
        no_weights = [run.run.name for run in self.runs if run.weights is None]
        weights = (f"No weight distances of {', '.join(no_weights)}. {ADD_WEIGHTS}",)
        return (short if self.without else ()) + (weights if no_weights else ())


def diffused(study: Study, analysis: str, *, starts: bool = True) -> Diffused:
    """Exponents of every run of an analysis.

    Parameters
    ----------
    study : Study
    analysis : str
    starts : bool
        Whether to fit the representative start with its bootstrap.

    Raises
    ------
    Missing
        If no run is long enough for one window.
    """
    rows, options = study.prepared(analysis), study.options
    every = study.once(("diffusion", analysis), lambda: _every(study, analysis))
    found = [one for one in every if len(one.loglik.steps)]
    if not found:
        raise Missing(
            f"no training run has a checkpoint with {POINTS} regular intervals after it",
            tried="Looking for windows of diffusion",
            advice="Score more checkpoints of a run, at equal steps",
        )
    draws = text_draws(rows.n_texts, options.bootstrap if starts else 0, options.seed)
    at = [
        at_start(one, rows, representative_start(one, options.start), draws)
        for one in (found if starts else [])
    ]
    names = {one.run.name for one in found}
    without = tuple(one.run.name for one in every if one.run.name not in names)
    return Diffused(rows, tuple(found), tuple(at), without)


def _every(study: Study, analysis: str) -> list[RunDiffusion]:
    rows, after = study.prepared(analysis), study.options.after
    return [
        diffusion_of(rows, run, study.weights.get(run.name), after=after)
        for run in study.runs(analysis)
    ]


def size_name(run: Run) -> str:
    """``410M`` of a run called ``410m`` or of size ``410M``: how the paper names sizes."""
    for words in (run.size, run.name):
        match = _SIZE.search(words.strip())
        if match:
            return f"{match[1]}{match[2].upper()}"
    return run.size or run.name


def start_words(starts: Iterable[int]) -> str:
    """``step 120,000`` where all runs start there, else words that refer to the table."""
    steps = {start for start in starts if start >= 0}
    return f"step {count(steps.pop())}" if len(steps) == 1 else "the start given for each run"


def or_none(value: float) -> float | None:
    """Cells of a table: None where there is no number."""
    return float(value) if np.isfinite(value) else None


def reasons(found: Diffused) -> str:
    """Sentences about numbers that Table 1 lacks, "" = none; missing weights are remarks."""
    out = []
    for run, row in zip(found.runs, found.starts, strict=True):
        if row.reason:
            out.append(f"{run.run.name}: {row.reason}.")
        if row.reason_w not in ("", NO_WEIGHTS, row.reason):
            out.append(f"{run.run.name}, weights: {row.reason_w}.")
    return " ".join(out)
