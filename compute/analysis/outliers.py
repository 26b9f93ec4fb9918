"""Outlier texts: how much each jumps between neighbouring checkpoints (paper, appendix E.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from compute.analysis.runs import Run
from compute.core.errors import InputError
from compute.core.numbers import count
from compute.core.tables import frozen
from compute.core.units import LN2
from compute.geometry import Selected
from compute.geometry.usable import FEWEST_TEXTS

DROPPED_SHARE = 0.03
"""Texts that are dropped unless a number is given (paper: 300 of 10,000)."""
SCORES = ("max", "sd")
"""The largest step of a text (the paper's), or the standard deviation of its steps."""
CURVE_SHARES = (0.0, 0.001, *(k / 100 for k in range(1, 11)))
"""Of the texts, one curve each: none, 10, 100, 200, ..., 1,000 of the paper's 10,000."""
CURVES_FROM = 10
"""Intervals before the curves begin (paper, Fig. 13: from step 10,000)."""
_BLOCK = 64


@dataclass(frozen=True, eq=False)
class TextScores:
    """Outlier scores of texts.

    Attributes
    ----------
    texts : ndarray, (N,) int64
        Indices into the project's text set.
    maximum : ndarray, (N,) float64, nats
        ``max |l_{t+1}(x_s) - l_t(x_s)|`` over runs and pairs, on clipped values. NaN = no pair.
    sd : ndarray, (N,) float64, nats
        Standard deviation (ddof 0) of the same differences.
    n_pairs : int
        Pairs of checkpoints one regular interval apart.
    """

    texts: NDArray[np.int64]
    maximum: NDArray[np.float64]
    sd: NDArray[np.float64]
    n_pairs: int

    @property
    def correlation(self) -> float:
        """Pearson correlation of the two scores; NaN = one of them does not vary."""
        if self.n_pairs == 0 or len(self.texts) < 2:
            return float("nan")
        a, b = (v - v.mean() for v in (self.maximum, self.sd))
        norm = float(np.sqrt((a @ a) * (b @ b)))
        return float(a @ b) / norm if norm > 0 else float("nan")

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """(N,) int64: positions in :attr:`texts`, highest maximum first; of equals the first."""
        return frozen(np.argsort(-self.maximum, kind="stable"))

    def ranked(self, score: str = "max") -> NDArray[np.int64]:
        """The same by another of :data:`SCORES`."""
        return self.order if score == "max" else np.argsort(-self.sd, kind="stable")

    def top(self, n: int, score: str = "max") -> NDArray[np.int64]:
        """(n,) int64, ascending: the texts with the highest score, as indices of the project.

        Raises
        ------
        InputError
            If fewer than two texts would be left, of which no KL can be had.
        """
        if n > max(len(self.texts) - FEWEST_TEXTS, 0):
            raise InputError(
                f"{count(n)} outlier texts cannot be dropped of {count(len(self.texts))}",
                tried="Dropping outlier texts",
                advice="Drop fewer",
            )
        return np.sort(self.texts[self.ranked(score)[: max(n, 0)]])


def n_outliers(n_texts: int, n_drop: int = -1) -> int:
    """``n_drop``, or 3 % of the texts where it is -1."""
    return n_drop if n_drop >= 0 else round(DROPPED_SHARE * n_texts)


def pairs_after(run: Run, rows: Selected, first: int) -> list[tuple[int, int]]:
    """Row pairs of consecutive checkpoints one interval apart, from step ``first`` on.

    A pair that touches an excluded, missing or unscored checkpoint is skipped, never bridged.
    """
    return [
        (rows.row_of[run.ids[a]], rows.row_of[run.ids[b]])
        for a, b in run.pairs()
        if run.steps[a] >= first and run.ids[a] in rows.row_of and run.ids[b] in rows.row_of
    ]


def text_scores(rows: Selected, runs: Iterable[Run], *, after: int = -1) -> TextScores:
    """How far each text jumps from one checkpoint to the next, at most and on average.

    Parameters
    ----------
    rows : Selected
        Their clip value is applied, nothing is centred.
    runs : iterable of Run
    after : int
        First step that is after warm-up; -1 = each run's own (:attr:`Run.after`).

    Returns
    -------
    TextScores
    """
    n = len(rows.texts)
    largest, total, squares, n_pairs = np.zeros(n), np.zeros(n), np.zeros(n), 0
    for run in runs:
        first = run.after if after < 0 else after
        for block in _differences(rows, pairs_after(run, rows, first)):
            np.maximum(largest, block.max(axis=0), out=largest)
            np.maximum(largest, -block.min(axis=0), out=largest)
            total += block.sum(axis=0)
            squares += np.einsum("ij,ij->j", block, block)
            n_pairs += len(block)
    if not n_pairs:
        nan = frozen(np.full(n, np.nan))
        return TextScores(rows.texts, nan, nan, 0)
    variance = np.maximum(squares / n_pairs - (total / n_pairs) ** 2, 0)
    return TextScores(rows.texts, frozen(largest), frozen(np.sqrt(variance)), n_pairs)


def _differences(rows: Selected, pairs: Sequence[tuple[int, int]]) -> Iterator[NDArray[np.float64]]:
    """Blocks of (pairs, N) float64, nats: the later clipped row less the earlier one."""
    for at in range(0, len(pairs), _BLOCK):
        a, b = np.array(pairs[at : at + _BLOCK]).T
        earlier, later = (np.maximum(rows.raw[k], rows.tau, dtype=np.float64) for k in (a, b))
        yield later - earlier


@dataclass(frozen=True, eq=False)
class DropCurves:
    """KL between consecutive checkpoints of one run, for several numbers of dropped texts.

    Attributes
    ----------
    run : str
    steps : ndarray, (T,) int64
        The earlier step of each pair.
    n_dropped : tuple of int, (C,)
    kl : ndarray, (C, T) float64, bits/byte
    """

    run: str
    steps: NDArray[np.int64]
    n_dropped: tuple[int, ...]
    kl: NDArray[np.float64]


def curve_counts(n_texts: int) -> tuple[int, ...]:
    """How many texts the curves drop: the paper's shares of N, each number once."""
    return tuple(sorted({round(share * n_texts) for share in CURVE_SHARES}))


def drop_curves(
    rows: Selected,
    run: Run,
    scores: TextScores,
    n_bytes: NDArray[np.int64],
    *,
    n_dropped: Sequence[int] = (),
    first: int = -1,
) -> DropCurves:
    """What dropping the worst texts does to the KL of consecutive checkpoints (paper, Fig. 13).

    Each curve equals the KL after preparing again without these texts at the same clip value: the
    sums over the dropped texts are taken from those over all.

    Parameters
    ----------
    rows : Selected
        All texts, none dropped yet; those of ``scores``.
    n_bytes : ndarray, (N of the project,) int64
        UTF-8 bytes of each text.
    n_dropped : sequence of int
        () = :func:`curve_counts`.
    first : int
        First step; -1 = ten regular intervals.

    Returns
    -------
    DropCurves
        Without steps where the run has no such pair.
    """
    n = len(rows.texts)
    counts = tuple(n_dropped) or curve_counts(n)
    if any(not 0 <= c < n for c in counts):
        raise InputError(f"a curve needs 0 to {count(n - 1)} dropped texts", tried="Dropping texts")
    first = CURVES_FROM * run.interval if first < 0 else first
    pairs = pairs_after(run, rows, first)
    worst, at = scores.order[: max(counts)], np.array(counts)
    lengths = n_bytes[rows.texts].astype(np.float64)
    kept = n - at
    mean_bytes = (lengths.sum() - np.append(0, np.cumsum(lengths[worst]))[at]) / kept
    found = [np.empty((0, len(counts)))]
    for d in _differences(rows, pairs):
        d -= d.mean(axis=1, keepdims=True)
        sums = d.sum(axis=1, keepdims=True) - _up_to(d[:, worst], at)
        squares = np.einsum("ij,ij->i", d, d)[:, None] - _up_to(d[:, worst] ** 2, at)
        variance = np.maximum(squares / kept - (sums / kept) ** 2, 0)
        found.append(variance / (2 * mean_bytes * LN2))
    step_of = dict(zip(run.ids, run.steps.tolist(), strict=True))
    steps = [step_of[rows.ids[a]] for a, _ in pairs]
    return DropCurves(
        run.name, frozen(np.array(steps, np.int64)), counts, frozen(np.concatenate(found).T)
    )


def _up_to(values: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """(pairs, len(at)): the sum over the first ``at`` columns of each row."""
    none = np.zeros((len(values), 1))
    return np.concatenate([none, np.cumsum(values, axis=1)], axis=1)[:, at]
