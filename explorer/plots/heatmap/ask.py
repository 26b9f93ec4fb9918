"""Order, tree and cells of the heat map; parts of it as they are looked at."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.clustering import Tree, tree_of
from compute.analysis.pairs import kl_between
from compute.analysis.runs import Run, runs_of
from compute.core.numbers import count
from compute.geometry import ESTIMATOR, Rows, kl_block, se_block
from explorer.plots.contract import Column, Nothing, Request, Table
from explorer.plots.heatmap.spec import (
    MOST_CLUSTERED,
    OVERVIEW,
    TILE,
    Answer,
    Block,
    Branches,
    Codes,
    Median,
    Pair,
    automatic,
    codes_of,
    histogram,
    kept,
)
from explorer.plots.heatmap.tiles import Key
from explorer.plots.source import Source
from explorer.state.notices import Act

ONE = (
    "A heat map compares models, and there is one. Score another one, or tick more in the library."
)
MOST_PAIRS = 3_000
SE_WORK = 4e8
"""Multiplications up to which the table has standard errors."""


@dataclass(frozen=True, eq=False)
class _Some:
    """Some of the rows, for the tree."""

    whole: Rows
    rows: NDArray[np.intp]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self.whole.ids[k] for k in self.rows)

    @property
    def n_texts(self) -> int:
        return self.whole.n_texts

    def part(self, rows: slice | NDArray[np.intp]) -> NDArray[np.float64]:
        return self.whole.part(self.rows[rows])


def answer(source: Source, request: Request) -> Answer | Nothing:
    """All rows in their order, with an overview of the cells."""
    if len(source.entries) < 2:
        return Nothing(ONE, Act("Add models...", "library.add"))
    rows, every = chosen_rows(source, str(request.options["steps"]))
    tree, note = None, ""
    if request.options["order"] == "clusters":
        linkage = str(request.options["linkage"])
        tree, note = _tree(source, rows, linkage, every)
    branches = None
    if tree is not None:
        rows, branches = _ordered(source, rows, tree)
    entries = tuple(source.entries[k] for k in rows)
    floors = np.array([e.noise_floor for e in entries])
    block = overview(rows, source)
    after = max((run.after for run in source.runs), default=0)
    medians = source.once(("heatmap", "medians"), lambda: medians_of(source, after))
    cophenetic = tree.cophenetic if tree is not None else math.nan
    return Answer(entries, rows, floors, every, branches, cophenetic, block, medians, after, note,
                  _about(source, block, every))  # fmt: skip


def chosen_rows(source: Source, steps: str) -> tuple[NDArray[np.intp], int]:
    """Rows by run and step, every n-th of a run, then the others; and n."""
    runs = source.runs
    of_a_run = {i for run in runs for i in run.ids}
    others = [e for e in source.entries if e.id not in of_a_run]
    every = automatic([len(r.ids) for r in runs], len(others)) if steps == "auto" else int(steps)
    ids = [run.ids[t] for run in runs for t in kept(run.steps.tolist(), every)]
    others.sort(key=lambda e: (e.family, e.parent or e.run or e.label, e.layer, e.step))
    ids += [e.id for e in others]
    return np.array([source.row_of[i] for i in ids], np.intp), every


def _tree(
    source: Source, rows: NDArray[np.intp], linkage: str, every: int
) -> tuple[Tree | None, str]:
    if len(rows) > MOST_CLUSTERED:
        return None, (
            f"Rows are by run and step: clusters are offered up to {count(MOST_CLUSTERED)} rows, "
            f"and there are {count(len(rows))}. Take fewer steps."
        )
    key = ("heatmap", "tree", linkage, rows.tobytes())
    return source.once(key, lambda: tree_of(_Some(source.prepared, rows), linkage)), ""


def _ordered(
    source: Source, rows: NDArray[np.intp], tree: Tree
) -> tuple[NDArray[np.intp], Branches]:
    """Rows as the tree has them, early ones rather first, and the tree over these."""
    order = tree.order
    steps = np.array([max(source.entries[rows[k]].step, 0) for k in order], np.float64)
    half = len(steps) // 2
    if half and steps[:half].mean() > steps[-half:].mean():
        order = order[::-1]
    k = len(order)
    place = np.empty(k + len(tree.merges), np.int64)
    place[order] = np.arange(k)
    place[k:] = np.arange(k, len(place))
    return rows[order], Branches(place[tree.merges], tree.heights)


def overview(rows: NDArray[np.intp], source: Source) -> Block:
    """Every n-th of the rows, at most 512, against each other."""
    stride = -(-len(rows) // OVERVIEW)
    some = rows[::stride]
    entries = [source.entries[k] for k in some]
    floors = np.array([e.noise_floor for e in entries])
    values = kl_block(source.prepared, some, some)
    np.fill_diagonal(values, 0.0)
    floor, same = np.fmax(floors[:, None], floors[None, :]), np.eye(len(some), dtype=bool)
    table = _table(source, some, values)
    return Block(len(rows), stride, values, codes_of(values, floor, same), codes_of(values),
                 histogram(values), table)  # fmt: skip


def _table(source: Source, rows: NDArray[np.intp], values: NDArray[np.float64]) -> Table:
    n, prepared = len(rows), source.prepared
    i, j = np.triu_indices(n, 1)
    errors = np.full((n, n), np.nan)
    if n * n * prepared.n_texts <= SE_WORK:
        errors = se_block(prepared, rows, rows)
    entries = [source.entries[k] for k in rows]
    names = np.array([e.label or e.id for e in entries], object)
    ids = np.array([e.id for e in entries], object)
    body = zip(names[i], names[j], values[i, j].tolist(), errors[i, j].tolist(), strict=True)
    columns = (Column("Model", digits=False), Column("and", digits=False),
               Column("KL", "bits/byte"), Column("SE", "bits/byte"))  # fmt: skip
    pairs = tuple(zip(ids[i].tolist(), ids[j].tolist(), strict=True))
    return Table(columns, tuple(body), pairs, f"KL of {count(len(i))} pairs")


def tiles(
    rows: NDArray[np.intp], keys: Sequence[Key], hatch: bool, source: Source
) -> dict[Key, Codes]:
    """The codes of some tiles. The matrix is symmetric: a tile is made once with its mirror."""
    found: dict[Key, Codes] = {}
    for key in keys:
        level, i, j = key
        mirror = (level, j, i)
        if mirror in found:
            found[key] = np.ascontiguousarray(found[mirror].T)
            continue
        found[key] = _tile(rows, key, hatch, source)
    return found


def _tile(rows: NDArray[np.intp], key: Key, hatch: bool, source: Source) -> Codes:
    level, i, j = key
    stride, size = 1 << level, TILE << level
    a = rows[i * size : (i + 1) * size : stride]
    b = a if i == j else rows[j * size : (j + 1) * size : stride]
    values = kl_block(source.prepared, a, b)
    if not hatch:
        return codes_of(values)
    floors = [np.array([source.entries[k].noise_floor for k in part]) for part in (a, b)]
    floor = np.fmax(floors[0][:, None], floors[1][None, :])
    return codes_of(values, floor, a[:, None] == b[None, :])


def pair(rows: NDArray[np.intp], i: int, j: int, source: Source) -> Pair:
    """One cell."""
    a, b = rows[i : i + 1], rows[j : j + 1]
    floors = [source.entries[k].noise_floor for k in (rows[i], rows[j])]
    floor = float(np.fmax(*floors))
    if i == j:
        return Pair(i, j, 0.0, 0.0, floor)
    kl, se = (float(part(source.prepared, a, b)[0, 0]) for part in (kl_block, se_block))
    return Pair(i, j, kl, se, floor)


def medians_of(source: Source, after: int) -> tuple[Median, ...]:
    """Steps, seeds and sizes of the runs after warm-up, under the recipe in use."""
    runs = [r for r in runs_of(source.entries) if len(r.ids) > 0]
    found = (
        ("same run, next step", [p for run in runs for p in _next(run, after)]),
        ("same step, other seed", _across(runs, after, _other_seed)),
        ("same step, other size", _across(runs, after, _other_size)),
    )
    return tuple(_median(source, words, pairs) for words, pairs in found if pairs)


def _next(run: Run, after: int) -> list[tuple[str, str]]:
    on = run.on_grid
    steps = run.steps
    return [
        (run.ids[on[k]], run.ids[on[k + 1]])
        for k in range(len(on) - 1)
        if steps[on[k]] >= after and bool(run.is_regular(steps[on[k + 1]] - steps[on[k]]))
    ]


def _other_seed(a: Run, b: Run) -> bool:
    return (a.family, a.n_params) == (b.family, b.n_params) and 0 <= a.seed != b.seed >= 0


def _other_size(a: Run, b: Run) -> bool:
    return a.family == b.family and a.seed == b.seed and 0 < a.n_params != b.n_params > 0


def _across(
    runs: Sequence[Run], after: int, alike: Callable[[Run, Run], bool]
) -> list[tuple[str, str]]:
    out = []
    for a, b in itertools.combinations(runs, 2):
        if len(out) > 100 * MOST_PAIRS:
            break
        if alike(a, b):
            _, i, j = np.intersect1d(a.steps, b.steps, return_indices=True)
            out += [(a.ids[p], b.ids[q]) for p, q in zip(i, j, strict=True) if a.steps[p] >= after]
    return out


def _median(source: Source, words: str, pairs: Sequence[tuple[str, str]]) -> Median:
    """Of all pairs, or of some evenly among them where there are very many."""
    every = -(-len(pairs) // MOST_PAIRS)
    some = pairs[::every]
    at = np.array([[source.row_of[i] for i in p] for p in some], np.intp)
    kl, _ = kl_between(source.prepared.qs, at[:, 0], at[:, 1])
    return Median(words, len(some), float(np.median(kl)))


def _about(source: Source, block: Block, every: int) -> tuple[str, ...]:
    p = source.prepared
    some = f"every {every}{'nd' if every == 2 else 'th'} checkpoint" if every > 1 else "all of them"
    out = [
        f"KL is half the variance over texts of log-likelihood differences ({ESTIMATOR}), "
        f"bits/byte, over {p.sample}; recipe {p.recipe.name}.",
        f"Of {count(len(source.entries))} ticked entries {count(block.n_rows)} are shown: "
        f"of each run {some} and the last, and all entries that belong to no run.",
        "Where a pixel holds several rows, one of them is drawn: no means are taken.",
        "Standard errors are over texts; the texts are the same for all pairs, so errors of cells "
        "are not independent.",
    ]
    if block.stride > 1:
        out.append(
            f"Table and histogram are those of every {count(block.stride)}th row and column, "
            f"{count(block.n_pairs)} pairs."
        )
    return tuple(out)
