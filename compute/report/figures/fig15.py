"""Fig. 15: KL between the last common checkpoints of all runs of one size; outlier runs marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compute.analysis.flags import FinalKL, final_kl
from compute.analysis.members import groups_by_size, size_of
from compute.analysis.runs import Run, last_common_step, runs_of
from compute.core.errors import InputError
from compute.core.numbers import count, plain
from compute.geometry import prefix_of, select
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Missing, Piece
from compute.report.study import Study, about

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
    return f"seed {run.seed}" if run.seed >= 0 else run.name


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
    side = min(5.2, max(2.6, 0.9 + 0.38 * n))
    fig, (ax,) = kit.figure(side + 1.3, side, (1, 1))
    names = [_name(run) + (" (outlier)" if run.name in out else "") for run in kl.runs]
    kit.heatmap(fig, ax, kl.kl, names)
    kit.title(ax, f"Seeds at step {count(kl.step)}", "KL, bits/byte")
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        for label, run in zip(labels, kl.runs, strict=True):
            if run.name in out:
                label.set_color(kit.LIGHT.warn)
                label.set_fontweight(600)
    return fig
