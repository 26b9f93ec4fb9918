"""Fig. 11: squared distance between the weights of neighbouring checkpoints; what stands out."""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.analysis.flags import WeightSteps, weight_steps
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Missing, Piece
from compute.report.figures.outliers import few_decades, wide
from compute.report.study import Study

ADVICE = "Measure them with `klscope weights PROJECT.h5 --run RUN`, or import a release with them"


def make(study: Study) -> Piece:
    """One panel for each run whose weight distances are known."""
    after = study.options.after
    order = {run.name: k for k, run in enumerate(study.every_run)}
    names = sorted(study.weights, key=lambda name: order.get(name, len(order)))
    found = [weight_steps(study.weights[name], after=after) for name in names]
    found = [one for one in found if np.isfinite(one.squared).any()]
    if not found:
        raise Missing(
            "The project has no distances between the weights of neighbouring checkpoints",
            advice=ADVICE,
        )
    n = sum(len(one.spikes) for one in found)
    stands_out = "None stands" if not n else "One stands" if n == 1 else f"{count(n)} stand"
    caption = (
        "Squared Euclidean distance between the weights of checkpoints one regular "
        "interval apart, at the step of the first, in squared units of the parameters "
        f"(logarithmic where they span much). {stands_out} out"
        f"{' (triangles)' if n else ''}: farther than five times the median around it from both "
        "neighbours, while these are close to each other. No texts and no recipe enter."
    )
    return Piece(caption, (_table(found),), (Drawing("weights", lambda: _draw(found, study)),))


def _table(found: list[WeightSteps]) -> DataTable:
    rows = [
        (one.run, int(step), int(step) + one.interval, float(value), _word(one, int(step)))
        for one in found
        for step, value in zip(one.steps, one.squared, strict=True)
    ]
    columns = (
        ("Run", ""), ("Step", ""), ("Next step", ""),
        ("Squared distance", "squared units of the parameters"), ("Stands out", ""),
    )  # fmt: skip
    return DataTable("weights", "Weights of neighbouring checkpoints", columns, tuple(rows))


def _word(one: WeightSteps, step: int) -> str:
    ends = {step: "first", step + one.interval: "second"}
    return ", ".join(word for at, word in ends.items() if at in one.spikes)


def _draw(found: list[WeightSteps], study: Study) -> Any:
    made = kit.panels(
        len(found), 1.4, "Weights of neighbouring checkpoints",
        "squared distance to the checkpoint one interval later, squared units of the parameters",
    )  # fmt: skip
    styles = kit.run_style(study.every_run)
    for ax, one in zip(made.axes, found, strict=True):
        look = styles.get(one.run, kit.RunStyle(kit.brief([one.run])[one.run]))
        kit.panel_name(ax, look)
        at = one.squared > 0
        ax.plot(one.steps, np.where(at, one.squared, np.nan), color=look.colour, lw=kit.THIN)
        if wide(one.squared):
            ax.set_yscale("log")
            few_decades(ax.yaxis)
        else:
            ax.set_ylim(0, 1.08 * np.nanmax(one.squared) or 1)
            ax.locator_params(axis="y", nbins=4)
            kit.thousands(ax.yaxis)
        _mark(ax, one)
        ax.locator_params(axis="x", nbins=5)
        kit.thousands(ax.xaxis)
    for ax in made.lowest:
        kit.x_words(ax, "step")
    return made.figure


def _mark(ax: Any, one: WeightSteps) -> None:
    """The two distances that touch a checkpoint that stands out, and its step in words."""
    for step in one.spikes:
        touched = np.isin(one.steps, (step - one.interval, step))
        ax.scatter(
            one.steps[touched], one.squared[touched], 16, kit.LIGHT.warn, marker="^", lw=0,
            zorder=6,
        )  # fmt: skip
        place = (step - one.interval, one.squared[touched].max())
        ax.annotate(
            f"step {count(step)}", place, xytext=(-5, 0), textcoords="offset points",
            fontsize=kit.TINY, color=kit.LIGHT.text2, ha="right", va="center",
        )  # fmt: skip
