"""Fig. 14: KL between consecutive checkpoints with its standard error, run by run."""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.analysis.pretraining import Consecutive, consecutive_of, from_step
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import Drawing, Missing, Piece
from compute.report.figures.fig04 import curve_table
from compute.report.figures.trajectories import HOW_TO_ADD, Panel, panel
from compute.report.study import Study

FIRST = 10_000
"""The first step that is shown, where runs are long enough (paper, appendix E.2)."""

MOST_PANELS = 18


def make(study: Study) -> Piece:
    """One panel for each run that has checkpoints one interval apart."""
    found = panel(study, "pretraining")
    first = from_step(found.runs, FIRST, study.options.after)
    curves = [c.on_grid(first) for c in consecutive_of(found.rows, found.runs)]
    curves = [c for c in curves if np.isfinite(c.kl).any()]
    if not curves:
        raise Missing(
            "No run has two checkpoints one interval apart after warm-up", advice=HOW_TO_ADD
        )
    caption = (
        "KL between checkpoints one interval apart, at the step of the first, from step "
        f"{count(first)} on ({_why(first, found)}); the band is one standard error over texts to "
        "both sides. The line breaks at a checkpoint that is missing or not in use. " + found.about
    )
    more = len(curves) - MOST_PANELS
    remarks = (f"{count(more)} more runs are in the table and have no panel.",) if more > 0 else ()
    drawing = Drawing("standard-error", lambda: _draw(curves[:MOST_PANELS], found))
    return Piece(caption, (curve_table(curves),), (drawing,), remarks)


def _why(first: int, found: Panel) -> str:
    if first == FIRST:
        return "as in the paper"
    return f"the end of warm-up: the runs are too short to begin at {count(FIRST)}"


def _draw(curves: list[Consecutive], found: Panel) -> Any:
    made = kit.panels(
        len(curves), 1.25, "KL to the checkpoint one interval later",
        "bits/byte; the band is one standard error over texts", sharex=True, sharey=True,
    )  # fmt: skip
    for ax, curve in zip(made.axes, curves, strict=True):
        look = found.styles[curve.run.name]
        kit.panel_name(ax, look)
        kit.se_band(ax, curve.start, curve.kl, curve.se, look.colour)
        ax.plot(curve.start, curve.kl, color=look.colour, lw=kit.THIN)
        kit.thousands(ax.xaxis)
    for ax in made.lowest:
        kit.x_words(ax, "step")
    first = made.axes[0]
    first.set_ylim(bottom=0)
    first.locator_params(axis="y", nbins=4)
    first.locator_params(axis="x", nbins=5)
    return made.figure
