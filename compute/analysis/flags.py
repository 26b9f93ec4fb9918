"""Checkpoints and runs that do not belong: found by rule, each with its reason (method, section 2).

The paper judged by eye, from weight distance and KL. The rules here find what it found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.members import groups_by_size
from compute.analysis.runs import Run, last_common_step, runs_of
from compute.core.numbers import count, plain
from compute.core.tables import Entry, Recipe, Snapshot, WeightDistances, frozen
from compute.core.units import LN2
from compute.geometry import Selected, pooled_tau, prefix_of, select
from compute.geometry.distances import squared_distances

SPIKE = 5.0
"""A spike is this many times the median of the distances around it, to both neighbours."""
AROUND = 10
"""Distances on each side that the median is over."""
FEWEST = 4
"""Distances that must be there to judge one checkpoint, and runs to judge one run."""
RUN_RATIO = 1.5
"""An outlier run is this many times as far from the others as runs usually are ..."""
RUN_DEVIATIONS = 5.0
"""... and this many robust standard deviations."""
_ROBUST = 1.4826
"""Median absolute deviation to standard deviation of a normal distribution."""
KINDS = {
    "spike": "KL spike",
    "weights": "weight spike",
    "duplicate": "duplicate weights",
    "gap": "gap",
    "run": "outlier run",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """Something odd about a run.

    Attributes
    ----------
    id : str
        Entry id; of a gap the checkpoint before it, of an outlier run its compared checkpoint.
    kind : str
        One of :data:`KINDS`.
    reason : str
        One sentence.
    measured : tuple of (str, float)
        What the rule was applied to, by name; KL in bits/byte.
    excludes : tuple of str
        Entry ids that an analysis of pretraining should leave out for it.
    """

    id: str
    run: str
    step: int
    kind: str
    reason: str
    measured: tuple[tuple[str, float], ...] = ()
    excludes: tuple[str, ...] = ()


def flags_of(
    snapshot: Snapshot,
    base: Recipe,
    *,
    weights: Mapping[str, WeightDistances] | None = None,
    after: int = -1,
) -> tuple[Flag, ...]:
    """Every flag of the project's training runs, run by run.

    Parameters
    ----------
    snapshot : Snapshot
    base : Recipe
        Its clipping, domains and dropped texts apply; what it excludes is not looked at. A tau
        that is not frozen is taken over the checkpoints.
    weights : mapping
        Run -> distances in weight space, where the project has them.
    after : int
        First step that is judged; -1 = each run's own.

    Returns
    -------
    tuple of Flag
        () for a project without runs.
    """
    entries = [e for e in snapshot.entries if e.is_checkpoint]
    gaps = [
        f for run in runs_of(e for e in entries if e.status != "failed") for f in _gaps(run.grid)
    ]
    out = set(base.excluded)
    scored = [e for e in entries if e.id not in out and prefix_of(e, snapshot.texts)]
    if not scored:
        return tuple(gaps)
    rows = _rows(snapshot, base, scored)
    runs = runs_of(e for e in scored if e.id in rows.row_of)
    digests = {e.id: e.digest for e in scored}
    found: list[Flag] = []
    for run in runs:
        first = run.after if after < 0 else after
        copies = list(_duplicates(rows, run, digests, first))
        found += copies
        found += _spikes(rows, run.grid, first, {f.id for f in copies})
        if weights and run.name in weights:
            found += _weight_flags(weights[run.name], run, first)
        found += [f for f in gaps if f.run == run.name]
    found += [f for f in gaps if f.run not in {run.name for run in runs}]
    return (*found, *_outlier_runs(rows, runs, after))


def exclusions(flags: Iterable[Flag]) -> dict[str, str]:
    """Entry id -> the reasons to leave it out, in sentences."""
    found: dict[str, list[str]] = {}
    for flag in flags:
        for name in flag.excludes:
            found.setdefault(name, []).append(flag.reason)
    return {name: " ".join(reasons) for name, reasons in found.items()}


def _rows(snapshot: Snapshot, base: Recipe, scored: Sequence[Entry]) -> Selected:
    ids = [e.id for e in scored]
    if base.clip_quantile and not np.isfinite(base.tau):
        base = Recipe(
            base.name, base.clip_quantile, pooled_tau(snapshot, base, frozenset(ids)),
            base.excluded, base.dropped_texts, domains=base.domains,
        )  # fmt: skip
    return select(snapshot, base, ids)


def clipped(rows: Selected, ids: Sequence[str]) -> NDArray[np.float64]:
    """(len(ids), N) float64, nats: the rows of some entries after clipping."""
    raw = rows.raw[np.array([rows.row_of[name] for name in ids], np.intp)]
    return np.asarray(np.maximum(raw, rows.tau, dtype=np.float64))


def _kl(rows: Selected, difference: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(difference.var(axis=-1) / (2 * rows.mean_bytes * LN2))


# ---------------------------------------------------------------- spikes


@dataclass(frozen=True, slots=True)
class _Spike:
    at: int
    before: float
    later: float
    across: float
    median: float


def _judge(
    pairs: Mapping[int, float], across: Mapping[int, float], order: Sequence[int]
) -> Iterator[_Spike]:
    """Positions that are far from both neighbours while these are close to each other.

    Parameters
    ----------
    pairs : mapping
        Position t -> distance of t and t + 1, one regular interval apart.
    across : mapping
        Position t -> distance of t - 1 and t + 1.
    order : sequence of int
        The positions in ``pairs``, ascending.
    """
    values = np.array([pairs[t] for t in order])
    place = {t: k for k, t in enumerate(order)}
    for t, between in across.items():
        k = place[t - 1]
        around = np.append(values[max(0, k - AROUND) : k], values[k + 2 : k + 2 + AROUND])
        if len(around) < FEWEST:
            continue
        limit = SPIKE * float(np.median(around))
        if min(pairs[t - 1], pairs[t]) > limit >= between:
            yield _Spike(t, pairs[t - 1], pairs[t], between, limit / SPIKE)


def _spikes(rows: Selected, run: Run, first: int, copies: set[str]) -> Iterator[Flag]:
    """Checkpoints whose KL to both neighbours exceeds five times the median around them."""
    values = clipped(rows, run.ids)
    kept = [
        (a, b)
        for a, b in run.pairs()
        if run.steps[a] >= first and not {run.ids[a], run.ids[b]} & copies
    ]
    if len(kept) < FEWEST:
        return
    pairs = {a: float(_kl(rows, values[b] - values[a])) for a, b in kept}
    across = {b: float(_kl(rows, values[b + 1] - values[a])) for a, b in kept if b in pairs}
    for s in _judge(pairs, across, sorted(pairs)):
        least = min(s.before, s.later)
        yield _flag(
            run, s.at, "spike",
            f"{_at(run, s.at)} has a KL of {plain(s.before)} and {plain(s.later)} bits/byte to its "
            f"neighbours, at least {plain(least / s.median) if s.median else 'infinitely many'} "
            f"times the median around it, while they are {plain(s.across)} apart.",
            kl_before=s.before, kl_after=s.later, kl_across=s.across, median=s.median,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class WeightSteps:
    """Squared distances between the weights of neighbouring checkpoints of one run (Fig. 11).

    Attributes
    ----------
    run : str
    steps : ndarray, (T,) int64
        The earlier step of each pair; pairs are one regular interval apart.
    squared : ndarray, (T,) float64, squared units of the parameters
        NaN = not computed.
    interval : int
        0 = the run has no regular interval, and no pair.
    spikes : tuple of int
        Steps whose weights are far from both neighbours while these are close to each other.
    """

    run: str
    steps: NDArray[np.int64]
    squared: NDArray[np.float64]
    interval: int
    spikes: tuple[int, ...]


def weight_steps(weights: WeightDistances, *, after: int = -1) -> WeightSteps:
    """How far the weights move from one checkpoint to the next, and which checkpoint stands out.

    Checkpoints before ``after`` (-1 = two regular intervals) are not judged.
    """
    weights = _on_grid(weights)
    run = _run_of(weights)
    pairs = [a for a, _ in run.pairs()]
    squared = np.array([weights.squared[a, a + 1] for a in pairs], np.float64)
    found = _weight_spikes(weights, run, run.after if after < 0 else after)
    return WeightSteps(
        weights.run, frozen(run.steps[np.array(pairs, np.intp)]), frozen(squared), run.interval,
        tuple(int(run.steps[s.at]) for s in found),
    )  # fmt: skip


def _on_grid(weights: WeightDistances) -> WeightDistances:
    """The checkpoints at multiples of the regular interval alone."""
    kept = _run_of(weights).on_grid
    return WeightDistances(
        weights.run, weights.steps[kept], weights.squared[np.ix_(kept, kept)], weights.source
    )


def _run_of(weights: WeightDistances) -> Run:
    return Run(weights.run, tuple(str(step) for step in weights.steps), weights.steps)


def _weight_spikes(weights: WeightDistances, run: Run, first: int) -> list[_Spike]:
    """The rule of KL spikes for squared distances between weights (paper, Fig. 11)."""
    squared = weights.squared
    pairs = {
        a: float(squared[a, b])
        for a, b in run.pairs()
        if run.steps[a] >= first and np.isfinite(squared[a, b])
    }
    across = {
        t: float(squared[t - 1, t + 1])
        for t in pairs
        if t - 1 in pairs and np.isfinite(squared[t - 1, t + 1])
    }
    return list(_judge(pairs, across, sorted(pairs)))


def _weight_flags(weights: WeightDistances, run: Run, first: int) -> Iterator[Flag]:
    weights = _on_grid(weights)
    at = {int(step): t for t, step in enumerate(run.steps)}
    for s in _weight_spikes(weights, _run_of(weights), first):
        t = at.get(int(weights.steps[s.at]), -1)
        if t < 0:
            continue
        times = plain(min(s.before, s.later) / s.median) if s.median else "infinitely many"
        yield _flag(
            run, t, "weights",
            f"The weights of {_at(run, t)} are at least {times} times as far (squared) from "
            f"both neighbours as is usual around it, while these are close to each other.",
            squared_before=s.before, squared_after=s.later, squared_across=s.across,
            median=s.median,
        )  # fmt: skip


# ---------------------------------------------------------------- duplicates and gaps


def _duplicates(rows: Selected, run: Run, digests: Mapping[str, str], first: int) -> Iterator[Flag]:
    """Checkpoints with the weights of another step of the run: equal digest or equal vector.

    Of each set of equal ones all but one are flagged: kept is the one that lies closest to its
    neighbours, and of equals the first. Before ``first`` they are flagged but not left out: a
    warm-up begins with steps that change nothing.
    """
    alike: dict[int, list[int]] = {}
    for t, one in _classes(rows, run, digests).items():
        alike.setdefault(one, []).append(t)
    for group in (g for g in alike.values() if len(g) > 1):
        values = clipped(rows, run.ids)
        apart = {t: _misfit(rows, values, run, t, group) for t in group}
        kept = min(group, key=lambda t: (apart[t], t))
        for t in (t for t in group if t != kept):
            flag = _flag(
                run, t, "duplicate",
                f"{_at(run, t)} {_how_alike(digests, run, t, kept)} {count(int(run.steps[kept]))}.",
                same_as_step=float(run.steps[kept]), kl=0.0,
            )  # fmt: skip
            late = run.steps[t] >= first
            yield flag if late else _kept(flag)


def _how_alike(digests: Mapping[str, str], run: Run, t: int, kept: int) -> str:
    one, other = digests[run.ids[t]], digests[run.ids[kept]]
    if one and one == other:
        return "has the same weights as step"
    return "scores every text exactly as a copy would of step"


def _classes(rows: Selected, run: Run, digests: Mapping[str, str]) -> dict[int, int]:
    """Position -> the first position with the same digest or the same vector."""
    first: dict[str | bytes, int] = {}
    found: dict[int, int] = {}
    for t, name in enumerate(run.ids):
        keys = [rows.raw[rows.row_of[name]].tobytes(), *([digests[name]] if digests[name] else ())]
        one = min((first[key] for key in keys if key in first), default=t)
        first.update({key: first.get(key, one) for key in keys})
        found[t] = one
    return found


def _misfit(
    rows: Selected, values: NDArray[np.float64], run: Run, t: int, group: Sequence[int]
) -> float:
    """Largest KL per step to the neighbours in the run that are not its copies."""
    beside = [s for s in (t - 1, t + 1) if 0 <= s < len(values) and s not in group]
    apart = [
        float(_kl(rows, values[s] - values[t])) / abs(int(run.steps[s] - run.steps[t]))
        for s in beside
    ]
    return max(apart, default=0.0)


def _gaps(run: Run) -> Iterator[Flag]:
    """Steps that are missing on the regular grid of a run."""
    regular = [a for a, _ in run.pairs()]
    gaps = np.diff(run.steps)[regular[0] :] if regular else np.zeros(0, np.int64)
    if len(regular) < FEWEST or 2 * len(regular) < len(gaps):
        return
    whole = np.rint(gaps / run.spacing)
    fits = np.abs(gaps - whole * run.spacing) <= whole * run.tolerance
    for k in np.flatnonzero((whole > 1) & fits):
        t = regular[0] + int(k)
        n = int(whole[k]) - 1
        first, last = int(run.steps[t]) + run.interval, int(run.steps[t + 1]) - run.interval
        which = f"at step {count(first)}" if n == 1 else f"at steps {count(first)} – {count(last)}"
        flag = _flag(
            run, t, "gap",
            f"{run.name} has no checkpoint {which}; no pair bridges it.",
            first_missing=float(first), last_missing=float(last), n_missing=float(n),
        )  # fmt: skip
        yield _kept(flag)


# ---------------------------------------------------------------- runs


@dataclass(frozen=True, eq=False)
class FinalKL:
    """KL between runs of one size at their last common step.

    Attributes
    ----------
    family, size : str
    runs : tuple of Run, (R,)
    step : int
    kl : ndarray, (R, R) float64, bits/byte
    to_others : ndarray, (R,) float64
        Median KL of each run to the others.
    outlier : ndarray, (R,) bool
    """

    family: str
    size: str
    runs: tuple[Run, ...]
    step: int
    kl: NDArray[np.float64]
    to_others: NDArray[np.float64]
    outlier: NDArray[np.bool_]


def final_kl(rows: Selected, group: Sequence[Run]) -> FinalKL | None:
    """How far runs of one size are from each other in the end; None = no common step.

    With fewer than four runs none is called an outlier: there is no telling which.
    """
    step = last_common_step(group)
    if step < 0:
        return None
    ids = [run.ids[int(np.searchsorted(run.steps, step))] for run in group]
    values = clipped(rows, ids)
    values -= values.mean(axis=1, keepdims=True)
    values -= values.mean(axis=0)
    scale = 2 * values.shape[1] * rows.mean_bytes * LN2
    kl = squared_distances(values) / scale
    others = ~np.eye(len(kl), dtype=bool)
    to_others = np.array(
        [np.median(row[o]) if o.any() else np.nan for row, o in zip(kl, others, strict=True)]
    )
    outlier = np.zeros(len(kl), dtype=bool)
    if len(kl) >= FEWEST:
        usual = np.median(to_others)
        spread = _ROBUST * np.median(abs(to_others - usual))
        outlier = (to_others > RUN_RATIO * usual) & (to_others > usual + RUN_DEVIATIONS * spread)
    run = group[0]
    return FinalKL(
        run.family, run.size, tuple(group), step, frozen(kl), frozen(to_others), frozen(outlier)
    )


def _outlier_runs(rows: Selected, runs: Sequence[Run], after: int) -> Iterator[Flag]:
    for (_, size), group in groups_by_size(runs).items():
        found = final_kl(rows, group) if len(group) >= FEWEST else None
        if found is None or found.step < max(group[0].after if after < 0 else after, 1):
            continue
        usual = float(np.median(found.to_others))
        for k in np.flatnonzero(found.outlier):
            run, apart = group[k], float(found.to_others[k])
            yield Flag(
                run.ids[int(np.searchsorted(run.steps, found.step))], run.name, found.step, "run",
                f"The run {run.name} is {plain(apart)} bits/byte (median KL) from the other "
                f"{len(group) - 1} runs of size {size} at step {count(found.step)}; "
                f"usual is {plain(usual)}.",
                (("kl_to_others", apart), ("usual", usual), ("n_runs", float(len(group)))),
                excludes=run.ids,
            )  # fmt: skip


# ---------------------------------------------------------------- words


def _at(run: Run, t: int) -> str:
    return f"{run.name} step {count(int(run.steps[t]))}"


def _flag(run: Run, t: int, kind: str, reason: str, **measured: float) -> Flag:
    return Flag(
        run.ids[t], run.name, int(run.steps[t]), kind, reason,
        tuple(measured.items()), (run.ids[t],),
    )  # fmt: skip


def _kept(flag: Flag) -> Flag:
    """The flag without a wish to leave anything out."""
    return Flag(flag.id, flag.run, flag.step, flag.kind, flag.reason, flag.measured)
