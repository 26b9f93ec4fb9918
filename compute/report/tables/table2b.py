"""Table 2(b): one run's steps, its seeds and the other sizes, on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from compute.analysis import published
from compute.analysis.groups import Members
from compute.analysis.runs import Run, last_common_step, runs_of
from compute.analysis.scale import example_steps, mean_kl
from compute.core.numbers import count
from compute.geometry import Prepared
from compute.report.contract import DataTable, Missing, Piece
from compute.report.settings import members, rows_of
from compute.report.study import Study, about

Row = tuple[str, str, str, int, float, float, float | None, float | None]


def make(study: Study) -> Piece:
    """Steps of the smallest size at 7, 35 and 70 % of its run, its seeds, and the other sizes."""
    rows, problem = rows_of(study, "sizes")
    if rows is None:
        raise Missing(problem, advice="Score the checkpoints of a training run")
    sizes = members(study, "sizes")
    runs = _by_size(sizes)
    if not runs:
        raise Missing("No training run is in use", advice="Score the checkpoints of a run")
    own = runs[0]
    table = [*_steps(rows, own), *_seeds(study, own), *_sizes(rows, runs)]
    if not table:
        raise Missing(
            f"{own.name} has no two checkpoints one interval apart, and nothing to compare it with",
            advice="Score more of its checkpoints, or another size",
        )
    return Piece(
        caption=(
            f"KL of {own.name} between neighbouring checkpoints at about 7, 35 and 70 % of the "
            f"run, to its other seeds (averaged) and to each other size at the last step that all "
            f"have. SE is the standard error over texts. {about(rows)}"
        ),
        tables=(_table(table),),
        remarks=_remarks(study, any(row[0] == "Seed" for row in table)),
    )


def _by_size(found: Members) -> list[Run]:
    """Runs with a checkpoint in use, the smallest first; by name where no size is known."""
    runs = [run for run in runs_of(found.entries) if any(i in found.in_use for i in run.ids)]
    used = [_in_use(run, found) for run in runs]
    return sorted(used, key=lambda run: run.n_params if run.n_params >= 0 else np.inf)


def _in_use(run: Run, found: Members) -> Run:
    kept = [t for t, name in enumerate(run.ids) if name in found.in_use]
    ids = tuple(run.ids[t] for t in kept)
    return Run(run.name, ids, run.steps[kept], run.family, run.size, run.n_params, run.seed)


def _steps(rows: Prepared, run: Run) -> Iterator[Row]:
    for a, b in example_steps(run, rows.row_of):
        first, second = int(run.steps[a]), int(run.steps[b])
        known = published.STEPS.get(first) if _is_410m(run) else None
        kl, se = mean_kl(rows, ((run.ids[a], run.ids[b]),))
        yield _row("Step", run.name, f"{count(first)} – {count(second)}", 1, kl, se, known)


def _seeds(study: Study, own: Run) -> Iterator[Row]:
    """The run against the others of its size, by the rows of all runs: they were filtered alike."""
    rows, _ = rows_of(study, "pretraining")
    if rows is None:
        return
    every = _by_size(members(study, "pretraining"))
    alike = [r for r in every if (r.family, r.size, r.n_params) == _kind(own)]
    step = last_common_step(alike)
    others = [run for run in alike if run.name != own.name]
    if not others or len(others) == len(alike) or step < 0:
        return
    ids = {run.name: run.ids[int(np.searchsorted(run.steps, step))] for run in alike}
    pairs = tuple((ids[own.name], ids[run.name]) for run in others)
    known = published.SEEDS_410M if _is_410m(own) and step == published.LAST_STEP else None
    words = f"mean of {len(pairs)} other seed{'s' * (len(pairs) != 1)}, step {count(step)}"
    yield _row("Seed", own.name, words, len(pairs), *mean_kl(rows, pairs), known)


def _kind(run: Run) -> tuple[str, str, int]:
    return run.family, run.size, run.n_params


def _sizes(rows: Prepared, runs: Sequence[Run]) -> Iterator[Row]:
    step = last_common_step(runs)
    if len(runs) < 2 or step < 0:
        return
    own, *others = ((run, run.ids[int(np.searchsorted(run.steps, step))]) for run in runs)
    for run, name in others:
        size = run.size or run.name
        both = _is_410m(own[0]) and step == published.LAST_STEP
        known = published.SIZES_410M.get(size.upper()) if both else None
        kl, se = mean_kl(rows, ((own[1], name),))
        yield _row("Size", own[0].name, f"{size}, step {count(step)}", 1, kl, se, known)


def _is_410m(run: Run) -> bool:
    """Whether the published values are about this run."""
    return run.size.lower() == "410m" and run.family in ("gpt_neox", "pythia")


def _row(
    kind: str, own: str, other: str, n: int, kl: float, se: float, known: published.Measured | None
) -> Row:
    return kind, own, other, n, kl, se, known.kl if known else None, known.se if known else None


def _table(rows: Sequence[Row]) -> DataTable:
    bits = "bits/byte"
    columns = (
        ("setting", ""), ("run", ""), ("between", ""), ("pairs", ""), ("KL", bits), ("SE", bits),
        ("published KL", bits), ("published SE", bits),
    )  # fmt: skip
    return DataTable("steps-seeds-sizes", "Steps, seeds and sizes", columns, tuple(rows))


def _remarks(study: Study, seeds: bool) -> tuple[str, ...]:
    rows, _ = rows_of(study, "pretraining")
    if rows is None or not seeds:
        return ("No second seed of this size is here.",)
    return (f"Seeds: N = {count(rows.n_texts)} texts, recipe {rows.recipe.name}.",)
