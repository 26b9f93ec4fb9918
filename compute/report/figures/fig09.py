"""Fig. 9: principal components against the step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compute.analysis.pretraining import along
from compute.analysis.projections import Components
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import Drawing, Piece
from compute.report.figures.fig08 import axis_words, component_table, share_table
from compute.report.figures.trajectories import COLOURED, Panel, components_of, panel, step_axis
from compute.report.study import Study

UNIT = ", √(bits/byte)"
LABELS = 6
"""Runs up to which each curve has its name; more are named once, below."""


def make(study: Study) -> Piece:
    """The first components of runs of different size, over all steps and after warm-up."""
    found = panel(study, "sizes", "pretraining")
    parts = components_of(study, found)
    shown = int((parts.shares > 1e-6).sum()) or 1
    caption = (
        "Principal components of all runs together against the training step, one row each. Left: "
        f"all steps; right: from step {count(found.after)} on, where warm-up is over, each on a "
        "scale of its own. Signs are chosen so that the checkpoint farthest out is negative. "
        + found.about
    )
    tables = (share_table(parts), component_table(found, parts))
    return Piece(caption, tables, (Drawing("steps", lambda: _draw(found, parts, shown)),))


def _draw(found: Panel, parts: Components, shown: int) -> Any:
    fig, axes = kit.figure(
        kit.DOUBLE, 0.6 + 1.0 * shown, (shown, 2), sharex="col", width_ratios=(1, 1.15)
    )
    names = [_row(found, parts, k, axes[2 * k : 2 * k + 2]) for k in range(shown)]
    for ax in axes[-2:]:
        kit.x_words(ax, "step")
    if len(found.runs) <= LABELS:
        for k in range(shown):
            kit.direct_labels(axes[2 * k + 1], names[k], settled=k > 0)
    if len(found.runs) > LABELS:
        styles = [found.styles[run.name] for run in found.runs[:COLOURED]]
        more = len(found.runs) - len(styles)
        kit.legend(fig, styles, n_others=more, loc="outside right upper")
    return fig


def _row(found: Panel, parts: Components, k: int, pair: Sequence[Any]) -> list[kit.Name]:
    """One component over all steps and after warm-up; the names of the curves at their ends."""
    left, right = pair
    kit.title(left, "All steps" if k == 0 else "", f"{axis_words(parts, k)}{UNIT * (k == 0)}")
    kit.title(right, "After warm-up" if k == 0 else "", " " if k == 0 else "")
    names = []
    for n, run in enumerate(found.runs):
        above = 3 - n / 1000  # runs with a colour lie on those without
        values = along(found.rows, run, parts.coords[:, k])
        look, late = found.styles[run.name], run.steps >= found.after
        left.plot(run.steps, values, color=look.colour, lw=kit.THIN, zorder=above)
        right.plot(run.steps[late], values[late], color=look.colour, lw=kit.THIN, zorder=above)
        there = values[late & np.isfinite(values)]
        if len(there):
            names.append(kit.Name(0, float(there[-1]), look.name, look))
    for ax in pair:
        ax.locator_params(axis="y", nbins=4)
    kit.thousands(right.xaxis)
    step_axis(left, max(int(run.steps[-1]) for run in found.runs))
    if found.after > 0:
        kit.warm_up(left, found.after, "warm-up" if k == 0 else "")
    return names
