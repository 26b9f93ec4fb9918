"""Medians of KL over this project's own groups of pairs: seeds, sizes, one step apart. Pure.

The pairs are those of the method's settings: all pairs of seeds of one size, and all pairs of sizes
of one seed, at the last step that the runs of the group have in common; consecutive checkpoints of
a run only where they are one interval apart.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute import geometry
from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.state.ladder import Median

SAME_INTERVAL = 0.1
"""Intervals of steps that differ by no more than this part of the usual one count as it."""
Key: TypeAlias = Callable[["Run"], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Run:
    """The checkpoints of one run: step -> row of the prepared entries."""

    family: str
    n_params: int
    seed: int
    rows: dict[int, int]


def medians(prepared: geometry.Prepared, entries: Sequence[Entry]) -> tuple[Median, ...]:
    """What this project has pairs for, largest KL first. ``entries`` belong to ``prepared.ids``."""
    runs = _runs(entries)
    seeded = [r for r in runs if r.seed >= 0]
    found = (
        _of_pairs(prepared, "our sizes", "sizes of one seed", runs,
                  by=lambda r: (r.family, r.seed), other=lambda r: (r.n_params,)),
        _of_pairs(prepared, "our seeds", "seeds of one size", seeded,
                  by=lambda r: (r.family, r.n_params), other=lambda r: (r.seed,)),
        _of_steps(prepared, runs),
    )  # fmt: skip
    return tuple(sorted((m for m in found if m is not None), key=lambda m: -m.kl))


def _runs(entries: Sequence[Entry]) -> list[Run]:
    """Training runs; variants, layers and entries without a step belong to none."""
    found: dict[str, Run] = {}
    for row, e in enumerate(entries):
        if e.step < 0 or e.layer >= 0 or e.quantization or e.relation not in ("", "checkpoint-of"):
            continue
        name = e.run or e.label
        run = found.setdefault(name, Run(e.family, e.n_params, e.seed, {}))
        run.rows[e.step] = row
    return list(found.values())


def _of_pairs(
    prepared: geometry.Prepared,
    name: str,
    kind: str,
    runs: Iterable[Run],
    *,
    by: Key,
    other: Key,
) -> Median | None:
    """All pairs of runs that agree in ``by`` and differ in ``other``."""
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        if run.n_params > 0:
            groups.setdefault(by(run), []).append(run)
    values, steps = [], set()
    for group in groups.values():
        common = set.intersection(*(set(run.rows) for run in group))
        pairs = [(a, b) for a, b in itertools.combinations(group, 2) if other(a) != other(b)]
        if not common or not pairs:
            continue
        last = max(common)
        steps.add(last)
        values += [_kl(prepared, a.rows[last], b.rows[last]) for a, b in pairs]
    if not values:
        return None
    when = f"step {count(steps.pop())}" if len(steps) == 1 else "the last common step"
    return Median(name, float(np.median(values)), len(values), f"pairs of {kind} at {when}")


def _of_steps(prepared: geometry.Prepared, runs: Iterable[Run]) -> Median | None:
    """Consecutive checkpoints that are the most usual interval apart."""
    pairs = [p for run in runs for p in itertools.pairwise(sorted(run.rows.items()))]
    if not pairs:
        return None
    gaps = np.array([after - before for (before, _), (after, _) in pairs])
    usual = _most_frequent(gaps)
    near = np.abs(gaps - usual) <= SAME_INTERVAL * usual
    chosen = [pairs[k] for k in np.flatnonzero(near)]
    values = [_kl(prepared, a, b) for (_, a), (_, b) in chosen]
    name = _steps(int(gaps[near].min()), int(gaps[near].max()))
    return Median(name, float(np.median(values)), len(values), "pairs of neighbouring checkpoints")


def _steps(low: int, high: int) -> str:
    if low == high:
        return f"{count(low)} step{'s' * (low != 1)}"
    return f"{count(low)} – {count(high)} steps"


def _most_frequent(gaps: NDArray[np.int64]) -> int:
    """Of equally frequent ones the largest."""
    values, counts = np.unique(gaps, return_counts=True)
    return int(values[counts == counts.max()].max())


def _kl(prepared: geometry.Prepared, a: int, b: int) -> float:
    """Bits/byte, from the difference."""
    difference = prepared.qs[a] - prepared.qs[b]
    return float(difference @ difference)
