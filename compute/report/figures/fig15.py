"""Fig. 15: KL between the last common checkpoints of all runs of one size; outlier runs marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compute.analysis.flags import FinalKL, final_kl
from compute.analysis.members import groups_by_size, size_of
from compute.analysis.runs import Run, last_common_step, runs_of
from compute.core.errors import InputError
from compute.core.numbers import count, plain
from compute.geometry import prefix_of, select
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Missing, Piece
from compute.report.study import Study, about

FEWEST_ROWS = 4
"""Runs from which each run's KL to the others is drawn too."""
ADVICE = "Score checkpoints of several seeds, and see that size and seed of their runs are known"


def make(study: Study) -> Piece:
    """A heat map with numbers. Runs that the recipe of the seeds leaves out are in it."""
    try:
        found = study.analysis("seeds")
    except InputError as error:
        raise Missing(error.happened, advice=ADVICE) from error
    group = _group(study, found.ids)
    step = last_common_step(group)
    if step < 0:
        raise Missing("The runs of different seeds have no step in common", advice=ADVICE)
    ids = [run.ids[list(run.steps).index(step)] for run in group]
    everyone = replace(found.recipe, excluded=(), reasons=())
    rows = select(study.snapshot, everyone, ids)
    kl = final_kl(rows, [run for run, i in zip(group, ids, strict=True) if i in rows.row_of])
    if kl is None or len(kl.runs) < 2:
        raise Missing("Fewer than two runs of different seeds can be compared", advice=ADVICE)
    out = frozenset(run.name for run, i in zip(group, ids, strict=True) if i in _out(found))
    n = len(out)
    marked = (
        "No run stands out."
        if not n
        else f"{'One run stands' if n == 1 else f'{count(n)} runs stand'} out (marked): "
        + "; ".join(_how_far(kl, name) for name in sorted(out))
        + ". Numbers of the other figures are without "
        + ("it." if n == 1 else "them.")
    )
    caption = (
        f"KL between the checkpoints at step {count(kl.step)}, the last that all "
        f"{len(kl.runs)} runs of size {size_of(kl.runs[0])} have. {marked} {about(rows)}"
    )
    return Piece(caption, (_table(kl, out),), (Drawing("seeds", lambda: _draw(kl, out)),))


def _out(found: Any) -> frozenset[str]:
    return frozenset(found.recipe.excluded)


def _group(study: Study, ids: tuple[str, ...]) -> list[Run]:
    """All runs of the size whose seeds are compared, with the one of unknown seed."""
    texts = study.snapshot.texts
    runs = runs_of(e for e in study.snapshot.entries if prefix_of(e, texts))
    one = set(ids)
    groups = groups_by_size(runs).values()
    return next(group for group in groups if any(i in one for run in group for i in run.ids))


def _how_far(kl: FinalKL, name: str) -> str:
    k = [run.name for run in kl.runs].index(name)
    return f"{name}, median KL {plain(float(kl.to_others[k]))} to the others"


def _name(run: Run) -> str:
    return f"seed {run.seed}" if run.seed >= 0 else kit.brief([run.name])[run.name]


def _table(kl: FinalKL, out: frozenset[str]) -> DataTable:
    columns = (
        ("Run", ""), ("Seed", ""), *((run.name, "bits/byte") for run in kl.runs),
        ("Median to others", "bits/byte"), ("Stands out", ""),
    )  # fmt: skip
    rows = tuple(
        (
            run.name, run.seed if run.seed >= 0 else None, *map(float, kl.kl[k]),
            float(kl.to_others[k]), run.name in out,
        )
        for k, run in enumerate(kl.runs)
    )  # fmt: skip
    return DataTable("seeds", f"KL between seeds at step {count(kl.step)}", columns, rows)


def _draw(kl: FinalKL, out: frozenset[str]) -> Any:
    n = len(kl.runs)
    names = [_name(run) for run in kl.runs]
    if n < FEWEST_ROWS:
        fig, (ax,) = kit.figure(kit.SINGLE, 2.2)
        kit.kl_bar(fig, _matrix(fig, ax, kl, names, out), ax)
        return fig
    height = min(6.4, 1.15 + 0.33 * n)
    fig, (left, right) = kit.figure(kit.DOUBLE, height, (1, 2), width_ratios=(2.5, 1))
    image = _matrix(fig, left, kl, names, out)
    _rows(right, kl, names, out)
    kit.kl_bar(fig, image, left)
    return fig


def _matrix(fig: Any, ax: Any, kl: FinalKL, names: Sequence[str], out: frozenset[str]) -> Any:
    image = kit.heatmap(fig, ax, kl.kl, names, bar=False)
    kit.title(ax, f"Seeds at step {count(kl.step)}", "the last step that all runs have")
    _mark((*ax.get_xticklabels(), *ax.get_yticklabels()), kl, out)
    return image


def _rows(ax: Any, kl: FinalKL, names: Sequence[str], out: frozenset[str]) -> None:
    """Each run's KL to all others, and their median, by which a run stands out."""
    kit.title(ax, "Each run to all others", "black: the median")
    n = len(names)
    for k, run in enumerate(kl.runs):
        others = np.delete(kl.kl[k], k)
        colour = kit.LIGHT.warn if run.name in out else kit.LIGHT.control
        ax.scatter(others, np.full(n - 1, k), 9, colour, lw=0, zorder=3)
        middle = [float(kl.to_others[k])] * 2
        ax.plot(middle, [k - 0.32, k + 0.32], color=kit.LIGHT.text, lw=1.5, zorder=4,
                solid_capstyle="butt")  # fmt: skip
    ax.set_xlim(0, 1.08 * float(np.nanmax(kl.kl)))
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_yticks(range(n), names)
    ax.locator_params(axis="x", nbins=5)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x")
    kit.x_words(ax, "KL, bits/byte")
    _mark(ax.get_yticklabels(), kl, out)


def _mark(labels: Sequence[Any], kl: FinalKL, out: frozenset[str]) -> None:
    for label, run in zip(labels, (*kl.runs, *kl.runs), strict=False):
        if run.name in out:
            label.set_text(f"{label.get_text()} \u25b2")
            label.set(color=kit.LIGHT.warn, fontweight=600)
