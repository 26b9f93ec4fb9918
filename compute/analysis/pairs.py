"""Which pairs of checkpoints a group holds, and their KL without a matrix (method page, section 3).

Rules. A pair of one run is two neighbouring checkpoints one regular interval apart (but for the
rounding of steps); a gap or a checkpoint that is not in use is never bridged. A pair of several
runs is two of their checkpoints at the last step that all of them have in use.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.analysis.runs import GROUP_INTERVALS, Run, last_common_step
from compute.core.numbers import count
from compute.core.tables import frozen
from compute.geometry import Prepared

_BLOCK_NUMBERS = 1 << 15
"""Numbers per block of differences: the block and its square stay in the processor's cache."""


class Omitted(NamedTuple):
    """What the rule asks for and the group does not hold, with the reason in a few words."""

    what: str
    reason: str


class Window(NamedTuple):
    """``n_slots`` pairs in use, from step ``first`` to ``last``, both included."""

    first: int
    last: int
    n_slots: int


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of entries of one group.

    Attributes
    ----------
    a, b : tuple of str, (P,)
        Entry ids; in a run, ``a`` is the earlier checkpoint.
    steps : ndarray, (P, 2) int64
        Steps of ``a`` and ``b``.
    slots : ndarray, (P,) int64
        In a run the interval of the window, counted from 0 (whole intervals from its first step to
        that of ``a``); for pairs of several runs -1.
    rule : str
        The rule in words, with the steps it came to.
    omitted : tuple of Omitted
        Pairs of a run that are not in use, or runs that take no part.
    """

    a: tuple[str, ...]
    b: tuple[str, ...]
    steps: NDArray[np.int64]
    slots: NDArray[np.int64]
    rule: str
    omitted: tuple[Omitted, ...] = ()

    def __len__(self) -> int:
        return len(self.a)


def windows(
    run: Run, after: int = -1, in_use: Collection[str] | None = None
) -> tuple[Window, Window]:
    """The windows of the groups "early" and "later".

    Early holds the first 50 pairs in use from ``after``, later the last 50 of the run, as in the
    paper; a run with fewer than 100 gives half of them to each, so that they never overlap.

    Parameters
    ----------
    run : Run
    after : int
        First step after warm-up; -1 = two regular intervals.
    in_use : collection of str
        Entry ids of the analysis; None = all.

    Returns
    -------
    early, later : Window
        Without slots where the run has fewer than two pairs after warm-up.
    """
    first = run.after if after < 0 else after
    good = [
        (int(run.steps[i]), int(run.steps[j]))
        for i, j in run.pairs()
        if run.steps[i] >= first - run.tolerance
        and (in_use is None or (run.ids[i] in in_use and run.ids[j] in in_use))
    ]
    n = min(GROUP_INTERVALS, len(good) // 2)
    if not n:
        return Window(first, first, 0), Window(first, first, 0)
    some, rest = good[:n], good[-n:]
    return Window(some[0][0], some[-1][1], n), Window(rest[0][0], rest[-1][1], n)


def early(run: Run, in_use: Collection[str], after: int = -1) -> Pairs:
    """Pairs in the window "early" of a run; ``in_use`` are the entry ids of the analysis."""
    return within(run, windows(run, after, in_use)[0], in_use)


def later(run: Run, in_use: Collection[str], after: int = -1) -> Pairs:
    """Pairs in the window "later" of a run; ``in_use`` are the entry ids of the analysis."""
    return within(run, windows(run, after, in_use)[1], in_use)


def within(run: Run, window: Window, in_use: Collection[str]) -> Pairs:
    """Pairs of neighbouring checkpoints, one interval apart, in a window of a run.

    Parameters
    ----------
    run : Run
    window : Window
    in_use : collection of str
        Entry ids; a pair with another one is omitted, and so is a gap.
    """
    run = run.grid
    steps = run.steps.tolist()
    good: list[tuple[int, int]] = []
    omitted = []
    for i, j in itertools.pairwise(range(len(steps))):
        if not (window.n_slots and window.first <= steps[i] and steps[j] <= window.last):
            continue
        reason = why_not(run, i, in_use)
        if reason:
            omitted.append(Omitted(f"{run.name} {count(steps[i])}–{count(steps[j])}", reason))
        elif run.is_regular(steps[j] - steps[i]):
            good.append((i, j))
    ends = np.array([(steps[i], steps[j]) for i, j in good], np.int64).reshape(-1, 2)
    return Pairs(
        tuple(run.ids[i] for i, _ in good),
        tuple(run.ids[j] for _, j in good),
        frozen(ends),
        frozen(np.rint((ends[:, 0] - window.first) / run.spacing).astype(np.int64)),
        rule=_words(run, window),
        omitted=tuple(omitted),
    )


def why_not(run: Run, t: int, in_use: Collection[str]) -> str:
    """Why checkpoint ``t`` of a run and the next make no pair of neighbours; "" = they do.

    They may be closer than the regular interval, but not farther apart: then one is missing.
    """
    out = [k for k in (t, t + 1) if run.ids[k] not in in_use]
    if out:
        return f"step {count(int(run.steps[out[0]]))} is not in use"
    gap = int(run.steps[t + 1] - run.steps[t])
    if 0 < run.interval < gap and not run.is_regular(gap):
        return f"no checkpoint for {count(gap)} steps, the interval is {count(run.interval)}"
    return ""


def _words(run: Run, window: Window) -> str:
    if not window.n_slots:
        return f"{run.name} has fewer than two pairs after warm-up"
    return (
        f"checkpoints of {run.name} {count(run.interval)} steps apart, "
        f"{window.n_slots} pairs from step {count(window.first)} to {count(window.last)}"
    )


def joined(groups: Sequence[Pairs], rule: str) -> Pairs:
    """Several groups as one, in order."""
    return Pairs(
        tuple(name for group in groups for name in group.a),
        tuple(name for group in groups for name in group.b),
        frozen(np.concatenate([np.empty((0, 2), np.int64), *(g.steps for g in groups)])),
        frozen(np.concatenate([np.empty(0, np.int64), *(g.slots for g in groups)])),
        rule,
        tuple(note for group in groups for note in group.omitted),
    )


def across(runs: Sequence[Run], in_use: Collection[str]) -> Pairs:
    """All pairs of runs at the last step that all of them have in use: seeds, or sizes.

    A run without any checkpoint in use takes no part (seeds 3 and 4 of the paper).
    """
    shown = [_in_use(run, in_use) for run in runs]
    valid = [run for run in shown if len(run.steps)]
    step = last_common_step(valid)
    omitted = [Omitted(r.name, "no checkpoint is in use") for r in shown if not len(r.steps)]
    if len(valid) < 2 or step < 0:
        why = "the runs have no step in common" if len(valid) > 1 else "fewer than two runs"
        return Pairs((), (), _none(0, 2), _none(0), why, tuple(omitted))
    ids = [run.ids[int(np.searchsorted(run.steps, step))] for run in valid]
    pairs = list(itertools.combinations(ids, 2))
    return Pairs(
        tuple(a for a, _ in pairs),
        tuple(b for _, b in pairs),
        frozen(np.full((len(pairs), 2), step, np.int64)),
        frozen(np.full(len(pairs), -1, np.int64)),
        f"all pairs of {len(valid)} runs at step {count(step)}, the last that all of them have",
        tuple(omitted),
    )


def _none(*shape: int) -> NDArray[np.int64]:
    return frozen(np.empty(shape, np.int64))


def _in_use(run: Run, in_use: Collection[str]) -> Run:
    kept = [t for t, name in enumerate(run.ids) if name in in_use]
    return Run(run.name, tuple(run.ids[t] for t in kept), run.steps[kept])


def kl_of(rows: Prepared, pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """KL of each pair and its standard error over texts, from the differences.

    Returns
    -------
    kl, se : ndarray, (P,) float64, bits/byte
        NaN where an entry is not in the analysis.
    """
    at = [[rows.row_of.get(name, -1) for name in names] for names in (pairs.a, pairs.b)]
    return kl_between(rows.qs, np.array(at[0], np.intp), np.array(at[1], np.intp))


def kl_between(
    qs: NDArray[np.float64], i: NDArray[np.intp], j: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """KL between rows ``i`` and ``j`` and its standard error, a few pairs at a time.

    ``KL = sum_s u_s`` and ``SE = sqrt(sum_s (u_s - mean u)^2)`` with ``u = (qs_i - qs_j)^2``
    (method page, section 1).

    Parameters
    ----------
    qs : ndarray, (K, N) float64, sqrt(bits/byte)
    i, j : ndarray, (P,) int
        Rows; negative = not there.

    Returns
    -------
    kl, se : ndarray, (P,) float64, bits/byte
        NaN where a row is not there.
    """
    kl, se = np.full(len(i), np.nan), np.full(len(i), np.nan)
    there = np.flatnonzero((i >= 0) & (j >= 0))
    n = qs.shape[1]
    step = max(1, _BLOCK_NUMBERS // max(n, 1))
    for at in range(0, len(there), step):
        part = there[at : at + step]
        u = qs[i[part]]
        u -= qs[j[part]]
        u *= u
        kl[part] = u.sum(axis=1)
        se[part] = np.sqrt(((u - u.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    return kl, se
