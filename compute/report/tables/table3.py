"""Table 3: KL between all pairs of sizes at the last step that all of them have."""

from __future__ import annotations

import math
from collections.abc import Sequence

from compute.analysis import published
from compute.analysis.pairs import Pairs, across, kl_of
from compute.analysis.runs import Run
from compute.core.numbers import count
from compute.report.contract import DataTable, Missing, Piece
from compute.report.study import Study, about

_BITS = "bits/byte"
_PYTHIA = ("gpt_neox", "pythia")


def make(study: Study) -> Piece:
    """One line for each pair of sizes, and the same as a triangle."""
    rows = study.prepared("sizes")
    runs = sorted(study.runs("sizes"), key=_by_parameters)
    pairs = across(runs, rows.row_of)
    if not len(pairs):
        raise Missing(
            f"No two sizes can be compared at one step: {pairs.rule}",
            advice="Score the same step of training runs of two sizes",
        )
    kl, se = kl_of(rows, pairs)
    run_of = {name: run for run in runs for name in run.ids}
    between = [(run_of[a], run_of[b]) for a, b in zip(pairs.a, pairs.b, strict=True)]
    known = [_known(a, b, int(pairs.steps[0, 0])) for a, b in between]
    return Piece(
        caption=(
            f"KL between training runs of different size: {pairs.rule}. SE is the standard error "
            f"over texts; all pairs share the texts. {about(rows)}"
        ),
        tables=(
            _lines(between, kl.tolist(), se.tolist(), known, int(pairs.steps[0, 0])),
            _triangle(between, kl.tolist()),
        ),
        remarks=_remarks(pairs),
    )


def _by_parameters(run: Run) -> float:
    return run.n_params if run.n_params > 0 else math.inf


def _lines(
    between: Sequence[tuple[Run, Run]],
    kl: Sequence[float],
    se: Sequence[float],
    known: Sequence[float | None],
    step: int,
) -> DataTable:
    rows = tuple(
        (_size(a), _size(b), step, value, error, published_kl)
        for (a, b), value, error, published_kl in zip(between, kl, se, known, strict=True)
    )
    columns = (
        ("Size", ""), ("Other size", ""), ("Step", ""), ("KL", _BITS), ("SE", _BITS),
        ("Published KL", _BITS),
    )  # fmt: skip
    return DataTable("sizes", f"KL between sizes at step {count(step)}", columns, rows)


def _triangle(between: Sequence[tuple[Run, Run]], kl: Sequence[float]) -> DataTable:
    """Each pair once, above the diagonal."""
    found = {(a.name, b.name): value for (a, b), value in zip(between, kl, strict=True)}
    runs = list({run.name: run for pair in between for run in pair}.values())
    rows = tuple((_size(a), *(found.get((a.name, b.name)) for b in runs[1:])) for a in runs[:-1])
    columns = (("Size", ""), *((_size(run), _BITS) for run in runs[1:]))
    return DataTable("triangle", "The same as a triangle", columns, rows)


def _size(run: Run) -> str:
    return run.size or run.name


def _known(a: Run, b: Run, step: int) -> float | None:
    """The published value, where both are the paper's runs at its last step."""
    if step != published.LAST_STEP or a.family not in _PYTHIA or b.family not in _PYTHIA:
        return None
    sizes = (a.size.upper(), b.size.upper())
    return published.SIZE_PAIRS.get(sizes, published.SIZE_PAIRS.get(sizes[::-1]))


def _remarks(pairs: Pairs) -> tuple[str, ...]:
    return tuple(f"{item.what} takes no part: {item.reason}." for item in pairs.omitted)
