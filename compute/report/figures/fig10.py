"""Fig. 10: training runs in weight space, each on a map of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis.projections import turned
from compute.core.errors import InputError
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, MapRequest, Missing, Piece
from compute.report.figures.trajectories import made_with, perplexity_of
from compute.report.study import Drawn, Study

FROM = 100_000
"""The first step that is shown, where a run has enough after it (paper, appendix D.4)."""
ENOUGH = 20
FEWEST = 4
MOST_RUNS = 12
FLATTEST = 0.4
"""Least height of a panel, as a part of its width."""


@dataclass(frozen=True, eq=False)
class _Run:
    """``steps`` (T,) ascending and ``xy`` (T, 2), centred, no unit."""

    name: str
    steps: NDArray[np.int64]
    xy: NDArray[np.float64]
    drawn: Drawn


def maps(study: Study) -> tuple[MapRequest, ...]:
    """One map for each run that has weight distances.

    Raises
    ------
    Missing
        If none has.
    """
    found = tuple(_request(study, run) for run in _shown(study))
    found = tuple(request for request in found if len(request.ids) >= FEWEST)
    if not found and study.weights:
        raise Missing(
            f"No run has weight distances of {FEWEST} checkpoints in the part that is drawn, steps "
            f"from {count(FROM)} on or the last third of the run",
            advice="Save more checkpoints of a run, and measure them with klscope weights",
        )
    if not found:
        raise Missing(
            "No run has distances between the weights of its checkpoints",
            advice="Measure them with klscope weights, or import a released folder that has them",
        )
    return found


def _shown(study: Study) -> list[str]:
    """Runs with weight distances, in the order of the project."""
    known = [run.name for run in study.every_run if run.name in study.weights]
    return [*known, *(run for run in study.weights if run not in known)][:MOST_RUNS]


def _request(study: Study, run: str) -> MapRequest:
    steps = shown_steps(study, run)
    perplexity = min(study.options.perplexity, math.ceil(len(steps) / 3) - 1)
    return MapRequest(
        f"weights:{run}", "tsne", 2, float(max(perplexity, 1)), tuple(str(s) for s in steps)
    )


def shown_steps(study: Study, run: str) -> list[int]:
    """Steps from 100,000 on, or in the last third of the run where these are fewer than 20."""
    steps = study.weights[run].steps
    late = steps[steps >= FROM]
    if len(late) < ENOUGH:
        late = steps[steps >= steps[-1] * 2 / 3]
    out = _excluded(study, run)
    return [s for s in late.tolist() if s not in out]


def _excluded(study: Study, run: str) -> set[int]:
    """Steps of a run that the recipe of pretraining excludes."""
    try:
        recipe = study.analysis("pretraining").recipe
    except InputError:
        return set()
    entries = (study.entries[name] for name in recipe.excluded if name in study.entries)
    return {entry.step for entry in entries if entry.run == run}


def make(study: Study) -> Piece:
    """A panel for each run, all on the same scale."""
    runs = [_placed(request, study.map(request)) for request in maps(study)]
    used = [
        (run.name, f"{perplexity_of(run.drawn, request.perplexity):.3g}")
        for run, request in zip(runs, maps(study), strict=True)
    ]
    caption = (
        "Checkpoints of each run by the Euclidean distance of all its weights, "
        f"{_steps(runs)}, by t-SNE from the matrix of distances ({_perplexity(used)}, seed "
        f"{study.options.seed}), centred and turned so that training goes from left to right. Each "
        "run has a map of its own: distances between weights of different runs mean nothing, so no "
        "map holds several, and the panels must not be compared. Weights need no texts, so there "
        "is no N, and nothing of a recipe but the checkpoints that it excludes."
    )
    rows = [
        (run.name, int(step), *map(float, point))
        for run in runs
        for step, point in zip(run.steps, run.xy, strict=True)
    ]
    columns = (("Run", ""), ("Step", ""), ("x", "no unit"), ("y", "no unit"))
    notes = " ".join(filter(None, dict.fromkeys(made_with(run.drawn) for run in runs)))
    table = DataTable("maps", "Places in weight space", columns, tuple(rows), notes)
    styles = kit.run_style(study.every_run)
    looks = [styles.get(run.name, kit.RunStyle(kit.brief([run.name])[run.name])) for run in runs]
    more = len(study.weights) - MOST_RUNS
    remarks = (f"{count(more)} more runs have weight distances and no panel.",) if more > 0 else ()
    return Piece(caption, (table,), (Drawing("weights", lambda: _draw(runs, looks)),), remarks)


def _placed(request: MapRequest, drawn: Drawn) -> _Run:
    steps = np.array([int(name) for name in drawn.ids], np.int64)
    return _Run(request.analysis.partition(":")[2], steps, turned(drawn.coords), drawn)


def _perplexity(used: list[tuple[str, str]]) -> str:
    """One number where all maps have the same."""
    values = {value for _, value in used}
    each = ", ".join(f"{name} {value}" for name, value in used)
    return f"perplexity {values.pop()}" if len(values) == 1 else f"perplexity: {each}"


def _steps(runs: list[_Run]) -> str:
    firsts = {int(run.steps[0]) for run in runs}
    if len(firsts) == 1:
        return f"from step {count(firsts.pop())} on"
    return f"from steps {count(min(firsts))} to {count(max(firsts))} on"


def _draw(runs: list[_Run], looks: list[kit.RunStyle]) -> Any:
    reach, high = (max(float(np.abs(r.xy[:, k]).max()) for r in runs) * 1.15 for k in (0, 1))
    high = max(high, FLATTEST * reach) or 1.0
    reach = max(reach, high)
    made = kit.panels(
        len(runs), 0.28, "Training runs in weight space",
        "t-SNE of the distance of all weights, no unit; each run on a map of its own",
        flat=high / reach,
    )  # fmt: skip
    for ax, run, look in zip(made.axes, runs, looks, strict=True):
        kit.panel_name(ax, look)
        kit.run_lines(ax, run.xy, run.steps - run.steps[0], look)
        kit.bare(ax)
        ax.set_aspect("equal", adjustable="box")
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-high, high)
        first, last = (f"{int(s):,}" for s in run.steps[[0, -1]])
        ax.annotate(
            f"steps {first} – {last}", (1, 1), xycoords="axes fraction", xytext=(0, 5),
            textcoords="offset points", fontsize=kit.SMALL, color=kit.LIGHT.text3, ha="right",
            va="baseline", annotation_clip=False,
        ).set_in_layout(False)  # fmt: skip
    return made.figure
