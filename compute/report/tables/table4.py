"""Table 4: how well a power law fits, from every start after warm-up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.analysis import published
from compute.analysis.diffusion import Exponents, RunDiffusion, Spread, after
from compute.report.contract import DataTable, Piece
from compute.report.diffusion import diffused, or_none, size_name
from compute.report.study import Study

_COLUMNS = (("size", ""), ("run", ""), ("starts", ""), ("R² of log-likelihood", ""),
            ("SD of R²", ""), ("R² of weights", ""), ("SD of weights' R²", ""))  # fmt: skip
_PAPER = (("R² of log-likelihood, paper", ""), ("SD of R², paper", ""),
          ("R² of weights, paper", ""), ("SD of weights' R², paper", ""))  # fmt: skip


def make(study: Study) -> Piece:
    """Mean and SD (ddof 0) of R² over starts.

    Raises
    ------
    Missing
        If no run is long enough for a window.
    """
    found = diffused(study, "sizes", starts=False)
    beside = any(size_name(run.run) in published.FITS for run in found.runs)
    rows = tuple(_row(run, beside=beside) for run in found.runs)
    caption = (
        "Mean and SD of R² of the fits of ln(squared distance), over all starts after warm-up "
        f"that have a complete window. {found.sentences}"
    )
    columns = _COLUMNS + (_PAPER if beside else ())
    notes = "The paper's values are of Pythia; runs are matched by size alone." if beside else ""
    table = DataTable("fits", "Quality of the fits", columns, rows, notes=notes)
    return Piece(caption, (table,), remarks=found.remarks)


def _row(run: RunDiffusion, *, beside: bool) -> tuple[object, ...]:
    q, w = Spread.of(_r2(run, run.loglik)), Spread.of(_r2(run, run.weights))
    ours = (size_name(run.run), run.run.name, q.n, *map(or_none, (q.mean, q.sd, w.mean, w.sd)))
    paper = published.FITS.get(size_name(run.run))
    if not beside:
        return ours
    if paper is None:
        return (*ours, None, None, None, None)
    return (*ours, paper.loglik, paper.loglik_sd, paper.weights, paper.weights_sd)


def _r2(run: RunDiffusion, found: Exponents | None) -> NDArray[np.float64]:
    return found.law.r2[after(found, run.after)] if found is not None else np.zeros(0)
