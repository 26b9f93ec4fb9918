"""What the figures of training runs share: which runs, in which rows, how they look."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.members import CHOOSING
from compute.analysis.pretraining import warm_up_end
from compute.analysis.projections import Components, EvenSeries, components, second_half
from compute.analysis.runs import Run
from compute.core.errors import InputError
from compute.core.numbers import count
from compute.geometry import Prepared
from compute.report import kit
from compute.report.contract import DataTable, MapRequest, Missing
from compute.report.study import Drawn, Study, about

HOW_TO_ADD = (
    "Add the checkpoints of a training run as entries with run and step: score a folder of "
    "checkpoints, or import a table with the columns run and step"
)


FEWEST = 10
"""Checkpoints that the later part of a run must have."""


SHOWN = 6
"""Principal components that are drawn."""
COLOURED = 8
"""Runs with a colour of their own."""


@dataclass(frozen=True, eq=False)
class Panel:
    """The runs of one analysis and their rows. ``runs`` are those with a checkpoint in use."""

    name: str
    rows: Prepared
    runs: tuple[Run, ...]
    styles: Mapping[str, kit.RunStyle]
    after: int

    @property
    def about(self) -> str:
        """The end of every caption, with what is not in use."""
        n = sum(name not in self.rows.row_of for run in self.runs for name in run.ids)
        left_out = f" {count(n)} checkpoints of these runs are not in use." if n > 1 else ""
        left_out = " One checkpoint of these runs is not in use." if n == 1 else left_out
        return about(self.rows) + left_out


def components_of(study: Study, found: Panel) -> Components:
    """The principal components of a panel's rows, worked out once."""
    return study.once(("components", found.name), lambda: components(found.rows, SHOWN))


def panel(study: Study, *names: str, at_least: int = 2) -> Panel:
    """The first of the analyses that has two runs of at least so many checkpoints in use.

    The last of them may have one run. What else than a lack of entries stands in the way of their
    rows (a recipe that leaves nothing) is said instead.

    Raises
    ------
    Missing
        If none has.
    """
    problem: InputError | None = None
    for name in names:
        try:
            rows = study.prepared(name)
        except InputError as error:
            problem = problem or (error if not error.tried.startswith(CHOOSING) else None)
            continue
        runs = [run for run in study.runs(name) if _n_in_use(rows, run) >= at_least]
        if len(runs) > 1 or (runs and name == names[-1]):
            after = warm_up_end(runs, study.options.after)
            return Panel(name, rows, tuple(runs), kit.run_style(study.every_run), after)
    if problem is not None:
        raise Missing(problem.happened, advice=problem.advice) from problem
    raise Missing(f"No training run has {at_least} checkpoints that can be used", advice=HOW_TO_ADD)


def _n_in_use(rows: Prepared, run: Run) -> int:
    return sum(name in rows.row_of for name in run.ids)


def whole_map(study: Study, name: str, dims: int = 2, perplexity: float = math.nan) -> MapRequest:
    """The t-SNE map of all rows of an analysis, at the perplexity of the report unless given."""
    used = study.options.perplexity if math.isnan(perplexity) else perplexity
    return MapRequest(name, "tsne", dims, used)


def places(drawn: Drawn, names: Sequence[str]) -> NDArray[np.float64]:
    """Coordinates of entries, (T, dims) float64; NaN = not on the map."""
    row_of = {name: k for k, name in enumerate(drawn.ids)}
    out = np.full((len(names), drawn.coords.shape[1]), np.nan)
    for t, name in enumerate(names):
        if name in row_of:
            out[t] = drawn.coords[row_of[name]]
    return out


def to_last(coords: NDArray[np.float64]) -> slice:
    """Up to the last point that is there."""
    there = np.flatnonzero(np.isfinite(coords).all(axis=1))
    return slice(0, int(there[-1]) + 1 if len(there) else 0)


def map_height(coords: NDArray[np.float64], width: float, least: float, most: float) -> float:
    """Height in inches of a picture ``width`` wide in which a flat map leaves little room."""
    there = coords[np.isfinite(coords).all(axis=1), :2]
    if not len(there):
        return least
    x, y = np.ptp(there, axis=0)
    return float(np.clip(0.5 + width * 1.1 * y / x, least, most)) if x > 0 else most


def map_table(name: str, title: str, runs: Sequence[Run], drawn: Drawn) -> DataTable:
    """Coordinates of every checkpoint that is on a map."""
    axes = ("x", "y", "z")[: drawn.coords.shape[1]]
    rows = [
        (run.name, int(step), *(float(v) for v in point))
        for run in runs
        for step, point in zip(run.steps, places(drawn, run.ids), strict=True)
        if np.isfinite(point).all()
    ]
    columns = (("Run", ""), ("Step", ""), *((axis, "no unit") for axis in axes))
    return DataTable(name, title, columns, tuple(rows), notes=made_with(drawn))


def made_with(drawn: Drawn) -> str:
    """What the map says about itself, in a sentence; "" = nothing worth it."""
    note = str(drawn.info.get("note", ""))
    objective = drawn.info.get("objective")
    if isinstance(objective, float):
        note = f"{note} Final objective of t-SNE {objective:.3f} nats.".strip()
    return note


def how_mapped(study: Study, drawn: Drawn, perplexity: float) -> str:
    """The part of a caption about a t-SNE map."""
    note = str(drawn.info.get("note", ""))
    if "PCA" in note:
        return f"{note} Rows jointly centred."
    used = perplexity_of(drawn, perplexity)
    return (
        f"t-SNE on √KL, jointly centred, perplexity {used:.3g}, seed {study.options.seed}, "
        "PCA initialisation; axes have no unit, and far distances mean little."
    )


def perplexity_of(drawn: Drawn, asked: float) -> float:
    """The perplexity that was used, which few entries cut down."""
    params = drawn.info.get("params", {})
    used = params.get("perplexity", asked) if isinstance(params, Mapping) else asked
    return float(used)


def later_part(found: Panel) -> tuple[Run, EvenSeries]:
    """The second half after warm-up of the largest run that has one.

    Raises
    ------
    Missing
        If no run has ten checkpoints at its interval there.
    """
    for run in sorted(found.runs, key=lambda run: -run.n_params):
        series = second_half(run, found.rows.row_of, found.after)
        if sum(map(bool, series.ids)) >= FEWEST:
            return run, series
    raise Missing(
        f"No run has {FEWEST} checkpoints at its interval in the second half after warm-up",
        advice=HOW_TO_ADD,
    )


def span(series: EvenSeries) -> str:
    """First and last step of a series, in words."""
    return f"steps {count(int(series.steps[0]))} to {count(int(series.steps[-1]))}"


def name_curves(ax: Any, names: Sequence[kit.Name], most: int, *, settled: bool = False) -> None:
    """Names at the ends of curves; of more than ``most`` the coloured ones, and how many others."""
    if len(names) <= most:
        kit.direct_labels(ax, names, settled=settled)
        return
    styles = [n.style for n in names[:COLOURED] if n.style is not None]
    more = len(names) - len(styles)
    kit.legend(ax, styles, n_others=more, loc="center left", bbox_to_anchor=(1.01, 0.5))


def step_axis(ax: Any, last: int) -> None:
    """Steps from 0 on a symmetric logarithmic axis, with few ticks."""
    top = max(last, 2)
    ax.set_xscale("symlog", linthresh=1.0, linscale=0.4)
    ax.set_xlim(-0.15, top * 1.15)
    ticks = [0, *(10**k for k in range(int(math.log10(top)) + 1))]
    ax.set_xticks(ticks)
    ax.minorticks_off()
    kit.thousands(ax.xaxis)
