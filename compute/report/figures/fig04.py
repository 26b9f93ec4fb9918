"""Fig. 4: KL between consecutive checkpoints, over all steps and after warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.analysis.pairs import early, kl_of, later, windows
from compute.analysis.pretraining import Consecutive, along, bits_per_byte, consecutive_of
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Piece
from compute.report.figures.trajectories import Panel, name_curves, panel, step_axis
from compute.report.study import Study

LABELS = 14
"""Names that find room beside the right panel."""


@dataclass(frozen=True, eq=False)
class _Found:
    panel: Panel
    curves: tuple[Consecutive, ...]


def make(study: Study) -> Piece:
    """Runs of different size; all runs where there is only one size."""
    shown = panel(study, "sizes", "pretraining")
    found = _Found(shown, consecutive_of(shown.rows, shown.runs))
    caption = (
        "KL between each saved checkpoint and the next, at the step of the first. Left: all "
        "steps, on the scale of KL. Right: checkpoints one interval apart "
        f"({intervals(found.curves)}) from step {count(shown.after)} on, where warm-up is over. "
        f"{_close(found)}"
        "No value bridges a missing checkpoint or one that is not in use: there the line breaks. "
        + shown.about
    )
    tables = (
        curve_table(found.curves),
        group_table(study, shown),
        code_length_table(shown),
    )
    return Piece(caption, tables, (Drawing("consecutive", lambda: _draw(found)),))


def _close(found: _Found) -> str:
    """What makes dips in the left panel, where there are any."""
    after = found.panel.after
    closer = any(
        ((c.stop - c.start < c.run.interval / 2) & (c.start >= after)).any() for c in found.curves
    )
    return "Dips on the left are checkpoints saved a few steps apart. " if closer else ""


def intervals(curves: Sequence[Consecutive]) -> str:
    """The regular intervals of the runs, in words."""
    each = sorted({c.run.interval for c in curves if c.run.interval})
    return f"{', '.join(count(i) for i in each)} steps" if each else "the runs have none"


def curve_table(curves: Sequence[Consecutive]) -> DataTable:
    """Every interval of every run."""
    rows = [
        (c.run.name, int(a), int(b), float(kl), float(se), "yes" if on else "no", why)
        for c in curves
        for a, b, kl, se, on, why in zip(
            c.start, c.stop, c.kl, c.se, c.regular, c.reasons, strict=True
        )
    ]
    columns = (
        ("Run", ""), ("Step", ""), ("Next step", ""), ("KL", "bits/byte"), ("SE", "bits/byte"),
        ("One interval apart", ""), ("Why there is none", ""),
    )  # fmt: skip
    return DataTable("consecutive", "KL between consecutive checkpoints", columns, tuple(rows))


def group_table(study: Study, shown: Panel) -> DataTable:
    """The groups early and later of each run."""
    rows = []
    for run in shown.runs:
        both = zip(("early", "later"), windows(run, study.options.after, shown.rows.row_of),
                   (early, later), strict=True)  # fmt: skip
        for name, window, pick in both:
            pairs = pick(run, shown.rows.row_of, study.options.after)
            kl, _ = kl_of(shown.rows, pairs)
            numbers = (np.median(kl), kl.mean(), kl.std()) if len(kl) else (np.nan,) * 3
            rows.append(
                (run.name, name, window.first, window.last, window.n_slots, len(kl),
                 *map(float, numbers))
            )  # fmt: skip
    columns = (
        ("Run", ""), ("Group", ""), ("First step", ""), ("Last step", ""), ("Intervals", ""),
        ("Pairs", ""), ("Median", "bits/byte"), ("Mean", "bits/byte"), ("SD", "bits/byte"),
    )  # fmt: skip
    notes = (
        "Early are the first 50 pairs in use after warm-up, later the last 50; half of the pairs "
        "each where a run has fewer than 100. No pair bridges a checkpoint that is missing or not "
        "in use. SD with ddof 0."
    )
    return DataTable("groups", "Early and later intervals", columns, tuple(rows), notes)


def code_length_table(shown: Panel) -> DataTable:
    """Mean code length along each run."""
    values = bits_per_byte(shown.rows)
    rows = [
        (run.name, int(step), float(value))
        for run in shown.runs
        for step, value in zip(run.steps, along(shown.rows, run, values), strict=True)
    ]
    columns = (("Run", ""), ("Step", ""), ("Code length", "bits/byte"))
    notes = "Mean over the texts in use, before clipping."
    return DataTable("code-length", "Mean code length", columns, tuple(rows), notes)


def _draw(found: _Found) -> Any:
    fig, (left, right) = kit.figure(kit.DOUBLE, 2.7, (1, 2), width_ratios=(1, 1.15))
    _all_steps(left, found)
    _after(right, found)
    return fig


def _all_steps(ax: Any, found: _Found) -> None:
    kit.title(ax, "All saved checkpoints", "KL to the next, bits/byte")
    kit.kl_axis(ax, shade=False)
    for n, curve in enumerate(found.curves):
        look = found.panel.styles[curve.run.name]
        ax.plot(curve.start, curve.kl, color=look.colour, lw=kit.THIN, zorder=3 - n / 1000)
        kit.clip_marks(ax, curve.start, curve.kl, look.colour)
    step_axis(ax, max(int(c.run.steps[-1]) for c in found.curves))
    if found.panel.after > 0:
        kit.warm_up(ax, found.panel.after)
    kit.x_words(ax, "step")


def _after(ax: Any, found: _Found) -> None:
    kit.title(ax, "After warm-up", "KL to the checkpoint one interval later, bits/byte")
    names = []
    for n, curve in enumerate(found.curves):
        grid, look = curve.on_grid(found.panel.after), found.panel.styles[curve.run.name]
        there = grid.kl[np.isfinite(grid.kl)]
        if len(there):
            ax.plot(grid.start, grid.kl, color=look.colour, lw=kit.THIN, zorder=3 - n / 1000)
            names.append(kit.Name(0, float(there[-1]), look.name, look))
    if not names:
        kit.no_data(ax, "No two checkpoints lie one\ninterval apart after warm-up.")
        return
    ax.set_ylim(bottom=0)
    kit.thousands(ax.xaxis)
    kit.x_words(ax, "step")
    name_curves(ax, names, LABELS)
