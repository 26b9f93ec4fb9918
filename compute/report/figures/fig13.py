"""Fig. 13: KL between consecutive checkpoints without the texts that stand out most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from compute.analysis.outliers import DropCurves, curve_counts, drop_curves
from compute.analysis.pretraining import from_step
from compute.analysis.runs import Run
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Missing, Piece
from compute.report.figures.outliers import Texts, texts_of, wide
from compute.report.figures.trajectories import HOW_TO_ADD
from compute.report.study import Study

FIRST = 10_000
"""The first step that is shown, where runs are long enough (paper, appendix E.1)."""


def make(study: Study) -> Piece:
    """One panel for each run, one curve for each number of dropped texts."""
    found = texts_of(study)
    n_drop = int(found.dropped.sum())
    counts = tuple(sorted({*curve_counts(len(found.dropped)), n_drop}))
    first = from_step(found.work.runs, FIRST, study.options.after)
    curves = [_of(study, found, run, counts, first) for run in found.work.runs]
    curves = [one for one in curves if len(one.steps)]
    if not curves:
        raise Missing(
            "No run has two checkpoints one interval apart after warm-up", advice=HOW_TO_ADD
        )
    styles = kit.run_style(study.every_run)
    caption = (
        "KL between checkpoints one interval apart, at the step of the first, from step "
        f"{count(first)} on, with the top "
        f"{', '.join(count(n) for n in counts if n)} texts by outlier score dropped; each with N "
        f"and mean length of the texts that are left. Dark: the {count(n_drop)} that the recipe "
        f"drops. KL is half the variance over texts of log-likelihood differences, bits/byte; "
        f"{found.made_from}"
    )
    return Piece(
        caption, (_table(curves),), (Drawing("dropped", lambda: _draw(curves, n_drop, styles)),)
    )


def _of(study: Study, found: Texts, run: Run, counts: tuple[int, ...], first: int) -> DropCurves:
    n_bytes = study.snapshot.texts.n_bytes
    work = found.work
    return drop_curves(work.rows, run, work.scores, n_bytes, n_dropped=counts, first=first)


def _table(curves: list[DropCurves]) -> DataTable:
    rows = tuple(
        (one.run, n, int(step), float(value))
        for one in curves
        for n, line in zip(one.n_dropped, one.kl, strict=True)
        for step, value in zip(one.steps, line, strict=True)
    )
    columns = (("Run", ""), ("Texts dropped", ""), ("Step", ""), ("KL", "bits/byte"))
    return DataTable("dropped", "Consecutive KL without outlier texts", columns, rows)


def _draw(curves: list[DropCurves], n_drop: int, styles: Mapping[str, kit.RunStyle]) -> Any:
    log = wide(np.concatenate([one.kl.ravel() for one in curves]))
    made = kit.panels(
        len(curves), 1.5, "Consecutive KL without the texts that stand out",
        f"bits/byte{', logarithmic' * log}; black: {count(n_drop)} texts dropped, as the recipe "
        "does", sharex=True, sharey=True,
    )  # fmt: skip
    counts = curves[0].n_dropped
    norm = kit.need("matplotlib.colors").Normalize(0, len(counts) - 1)
    ramp = kit.ramp("values")
    for ax, one in zip(made.axes, curves, strict=True):
        kit.panel_name(ax, styles[one.run])
        for c, (n, line) in enumerate(zip(one.n_dropped, one.kl, strict=True)):
            x, y = _broken(one.steps, line)
            chosen = n == n_drop
            colour = kit.LIGHT.text if chosen else ramp(norm(c))
            ax.plot(x, y, color=colour, lw=1.2 if chosen else 0.6, zorder=4 if chosen else 3)
    first = made.axes[0]
    if log:
        first.set_yscale("log")
        first.autoscale_view()
        kit.plain_log(first.yaxis)
    else:
        first.set_ylim(bottom=0)
        first.locator_params(axis="y", nbins=4)
    first.locator_params(axis="x", nbins=5)
    for ax in made.axes:
        kit.thousands(ax.xaxis)
    for ax in made.lowest:
        kit.x_words(ax, "step")
    points = kit.need("matplotlib.cm").ScalarMappable(norm, ramp)
    bar = kit.colour_bar(made.figure, points, list(made.axes), "texts dropped")
    shown = [c for c in range(len(counts)) if c % max(1, round(len(counts) / 5)) == 0]
    bar.set_ticks(shown, labels=[count(counts[c]) for c in shown])
    return made.figure


def _broken(steps: Any, values: Any) -> tuple[Any, Any]:
    """The curve with a break where a checkpoint is missing or left out, which costs two pairs.

    One pair alone is lost where a further checkpoint was saved within an interval.
    """
    gaps = np.diff(steps)
    usual = int(np.median(gaps)) if len(gaps) else 0
    at = np.flatnonzero(gaps > 2 * usual) + 1
    return np.insert(steps.astype(float), at, np.nan), np.insert(values, at, np.nan)
