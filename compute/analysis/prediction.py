"""Benchmark scores from log-likelihood vectors: ridge with grouped cross-validation.

Method page, section 8 (Oyama et al., "Mapping 1,000+ Language Models via the Log-Likelihood
Vector"). Nothing of a held-out model takes part in its own prediction:

* its rows are centred by its own mean over texts, which no other model sees;
* columns and scores are centred by the means of the *training* models of each fold, inner folds
  too, never by those of all models;
* models of one family are held out together;
* the clip value tau is a quantile of log-likelihoods: no score takes part in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import InputError, UsageError
from compute.core.numbers import count
from compute.core.tables import Benchmarks, Entry, Snapshot, frozen
from compute.core.units import LN2
from compute.geometry import LeanPrepared, find_recipe, prepare_lean

ALPHAS = tuple(10.0**k for k in range(1, 10))
"""Ridge penalties to choose from, for rows in nats."""

FOLDS, SEEDS = 5, (0, 1, 2, 3, 4)
LEAST_MODELS = 10
MOST_MODELS = 4_000
"""Every fold takes the cube of them: 1,018 models take 15 s, 4,000 already a quarter of an hour."""
MEAN = "mean of the tasks"
UNKNOWN = "unknown"

_BLOCK_BYTES = 256 << 20
_NOTHING = 1e-12
"""Mean square, nats^2, below which vectors are equal: one float32 step of one text is more."""


@dataclass(frozen=True, eq=False)
class TaskPrediction:
    """How well one task is predicted.

    Attributes
    ----------
    task : str
    rows : ndarray, (n,) int64
        The models with a score, as rows of what was given.
    actual : ndarray, (n,) float64
    predicted : ndarray, (n,) float64
        Held out, mean over the seeds.
    pearson : float
        Mean over the seeds of the correlation of all held-out predictions with the scores.
    sd : float
        Over the seeds (ddof 0).
    alphas : tuple of float
        Penalties chosen, one for each seed and fold.
    n_groups, n_folds : int
    reason : str
        Why ``pearson`` is NaN, "" where it is not.
    notes : tuple of str
    """

    task: str
    rows: NDArray[np.int64]
    actual: NDArray[np.float64]
    predicted: NDArray[np.float64]
    pearson: float
    sd: float
    alphas: tuple[float, ...]
    n_groups: int
    n_folds: int
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LeakHint:
    """Models whose texts look more likely than their ability explains.

    Attributes
    ----------
    residual : ndarray, (n,) float64, bits/byte
        Mean log-likelihood minus what a robust line through the predicted abilities gives.
    z : ndarray, (n,) float64
        Residual minus the median, by 1.4826 times the median absolute deviation; NaN = not
        defined. Large and positive: the texts are likelier than expected.
    words : str
        What it means, to be shown wherever a z is.
    """

    residual: NDArray[np.float64]
    z: NDArray[np.float64]
    words: str


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions of a project's benchmark scores.

    ``labels`` and ``ids`` name the rows that ``tasks`` and ``hint`` count; the hint goes by the
    last task that is predicted, the mean where there is one.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    tasks: tuple[TaskPrediction, ...]
    hint: LeakHint
    n_texts: int
    recipe: str
    provisional: bool
    notes: tuple[str, ...]


# ---------------------------------------------------------------- ridge in the K x K dual


def centred_kernel(
    kernel: NDArray[np.float64], train: NDArray[np.intp], rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Products of rows with training rows, both after the training rows' mean was subtracted.

    Parameters
    ----------
    kernel : ndarray, (K, K) float64
        Products of all rows, centred in any way.
    train, rows : ndarray of intp

    Returns
    -------
    ndarray, (len(rows), len(train)) float64
    """
    part = kernel[np.ix_(rows, train)]
    within = kernel[np.ix_(train, train)].mean(axis=0)
    return np.asarray(part - part.mean(axis=1, keepdims=True) - within + within.mean())


def ridge_path(
    kernel: NDArray[np.float64],
    y: NDArray[np.float64],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
    alphas: Sequence[float] = ALPHAS,
) -> NDArray[np.float64]:
    """Ridge predictions for every penalty and every task, from the products of the rows alone.

    With centred training rows X and scores y the weights of ``min |X w - y|^2 + alpha |w|^2`` are
    ``X^T (X X^T + alpha)^-1 y``: N = 10,000 weights by a system as large as there are models, and
    one eigendecomposition for all penalties and tasks.

    Parameters
    ----------
    kernel : ndarray, (K, K) float64, nats^2
    y : ndarray, (K, T) float64
    train, test : ndarray of intp

    Returns
    -------
    ndarray, (len(alphas), len(test), T) float64
        In the unit of ``y``.
    """
    values, vectors = np.linalg.eigh(centred_kernel(kernel, train, train))
    values = np.maximum(values, 0.0)
    middle = y[train].mean(axis=0)
    turned = vectors.T @ (y[train] - middle)
    shares = turned / (values + np.asarray(alphas)[:, None])[:, :, None]
    return np.asarray(middle + centred_kernel(kernel, train, test) @ vectors @ shares)


def choose_alpha(
    kernel: NDArray[np.float64],
    y: NDArray[np.float64],
    train: NDArray[np.intp],
    rng: np.random.Generator,
    alphas: Sequence[float] = ALPHAS,
) -> NDArray[np.intp]:
    """(T,) position of each task's penalty: least squared error in 5 shuffled training folds."""
    errors = np.zeros((len(alphas), y.shape[1]))
    shuffled = rng.permutation(train)
    for test in np.array_split(shuffled, min(FOLDS, len(train))):
        rest = np.setdiff1d(train, test)
        errors += ((ridge_path(kernel, y, rest, test, alphas) - y[test]) ** 2).sum(axis=1)
    return np.asarray(np.argmin(errors, axis=0))


def group_folds(
    groups: Sequence[str], rng: np.random.Generator, n_folds: int = FOLDS
) -> Iterator[NDArray[np.intp]]:
    """Rows of each fold: a group is never split, folds are about equally large.

    Groups come in random order, the larger half of the rows first where sizes differ much: each
    goes to the fold that is smallest so far.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(member)
    order = rng.permutation(len(names))
    order = order[np.argsort(-np.floor(np.log2(sizes[order])), kind="stable")]
    fold_of, filled = np.empty(len(names), np.intp), np.zeros(min(n_folds, len(names)))
    for group in order:
        fold_of[group] = np.argmin(filled)
        filled[fold_of[group]] += sizes[group]
    for fold in range(len(filled)):
        yield np.flatnonzero(fold_of[member] == fold)


def predict_tasks(
    kernel: NDArray[np.float64],
    scores: NDArray[np.float64],
    groups: Sequence[str],
    tasks: Sequence[str],
    *,
    seeds: Sequence[int] = SEEDS,
) -> tuple[TaskPrediction, ...]:
    """Predict each model's scores from models of other families.

    Parameters
    ----------
    kernel : ndarray, (K, K) float64, nats^2
        Products of the double-centred rows.
    scores : ndarray, (K, T) float64
        Models whose score of a task is not finite take no part in that task.
    groups : sequence of str, (K,)
        Model types; models of one are held out together.
    tasks : sequence of str, (T,)

    Returns
    -------
    tuple of TaskPrediction, (T,)
        Fewer than 10 models with a score, all of one type, or all of one vector: ``pearson`` is
        NaN, with a reason.
    """
    found: dict[int, TaskPrediction] = {}
    known = np.isfinite(scores)
    patterns, of = np.unique(known, axis=1, return_inverse=True)
    for n, pattern in enumerate(patterns.T):
        columns, rows = np.flatnonzero(of == n), np.flatnonzero(pattern)
        named = [groups[k] for k in rows.tolist()]
        names = [tasks[c] for c in columns.tolist()]
        y = scores[np.ix_(rows, columns)]
        why = _too_few(len(rows), len(set(named))) or _all_alike(kernel[np.ix_(rows, rows)])
        if why:
            made = [_unknown(name, rows, y[:, c], why) for c, name in enumerate(names)]
        else:
            made = _predicted(kernel[np.ix_(rows, rows)], y, named, names, rows, seeds)
        found |= dict(zip(columns.tolist(), made, strict=True))
    return tuple(found[c] for c in range(len(tasks)))


def _predicted(
    kernel: NDArray[np.float64],
    y: NDArray[np.float64],
    groups: Sequence[str],
    tasks: Sequence[str],
    rows: NDArray[np.intp],
    seeds: Sequence[int],
) -> list[TaskPrediction]:
    """Tasks that all these models have; ``rows`` is where they are in the project."""
    drawn, alphas = np.empty((len(seeds), *y.shape)), []
    for n, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        for test in group_folds(groups, rng):
            train = np.setdiff1d(np.arange(len(y)), test)
            best = choose_alpha(kernel, y, train, rng)
            path = ridge_path(kernel, y, train, test)
            drawn[n, test] = np.take_along_axis(path, best[None, None], axis=0)[0]
            alphas.append(best)
    n_groups = len(set(groups))
    notes = (f"Only {n_groups} model types: as many folds",) if n_groups < FOLDS else ()
    out = []
    for c, task in enumerate(tasks):
        each = np.array([pearson(line, y[:, c]) for line in drawn[:, :, c]])
        out.append(
            TaskPrediction(
                task, frozen(rows), frozen(y[:, c].copy()), frozen(drawn[:, :, c].mean(axis=0)),
                float(each.mean()), float(each.std()), tuple(ALPHAS[b[c]] for b in alphas),
                n_groups, min(FOLDS, n_groups),
                "" if np.isfinite(each).all() else _no_correlation(y[:, c]), notes,
            )
        )  # fmt: skip
    return out


def _unknown(task: str, rows: NDArray[np.intp], y: NDArray[np.float64], why: str) -> TaskPrediction:
    nothing = np.full(len(rows), math.nan)
    return TaskPrediction(
        task, frozen(rows), frozen(y.copy()), frozen(nothing), math.nan, math.nan, (), 0, 0, why
    )


def pearson(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Correlation; NaN where one of the two is constant (to rounding)."""
    a0, b0 = a - a.mean(), b - b.mean()
    sizes = float(a0 @ a0), float(b0 @ b0)
    least = [len(v) * (1e-12 * float(np.abs(v).max(initial=0.0))) ** 2 for v in (a, b)]
    if sizes[0] <= least[0] or sizes[1] <= least[1]:
        return math.nan
    return float(a0 @ b0) / math.sqrt(sizes[0] * sizes[1])


def _too_few(n: int, n_groups: int) -> str:
    """Why nothing is predicted, "" where it is."""
    if n < LEAST_MODELS:
        return f"only {count(n)} of {LEAST_MODELS} needed models have a vector and a score"
    if n_groups < 2:
        return "all models are of one family, and families are held out whole"
    return ""


def _all_alike(kernel: NDArray[np.float64]) -> str:
    """Why nothing is predicted from vectors that do not differ, "" where they do.

    Predictions would be the means of the other families, which go against the scores.
    """
    every = np.arange(len(kernel))
    apart = float(np.trace(centred_kernel(kernel, every, every))) / len(kernel)
    return "the vectors of these models do not differ" if apart < _NOTHING else ""


def _no_correlation(y: NDArray[np.float64]) -> str:
    same = bool((y == y[0]).all())
    return "all scores are the same" if same else "all predictions of a seed are the same"


# ---------------------------------------------------------------- a hint at leaked texts


def leak_hint(mean_loglik: NDArray[np.float64], ability: NDArray[np.float64]) -> LeakHint:
    """Robust z of the mean log-likelihood against predicted ability (method page, section 8).

    The line is Theil and Sen's: median of slopes, so that a few leaked models do not pull it.

    Parameters
    ----------
    mean_loglik : ndarray, (n,) float64, bits/byte
        Mean log-likelihood of the texts, higher = likelier.
    ability : ndarray, (n,) float64
        Predicted from models of other families; not finite = takes no part, z NaN.
    """
    known = np.flatnonzero(np.isfinite(ability) & np.isfinite(mean_loglik))
    residual = np.full(len(ability), math.nan)
    x, y = ability[known], mean_loglik[known]
    residual[known] = y - _slope(x, y) * x
    residual -= np.median(residual[known]) if len(known) else 0.0
    spread = 1.4826 * float(np.median(np.abs(residual[known]))) if len(known) else 0.0
    words = (
        "A hint, not proof: z says how far the texts are likelier under a model than its predicted "
        "ability explains, in robust standard deviations over the models. A large z can come from "
        "texts seen in training, and as well from another mix of training texts or a tokenizer."
    )
    if not spread:
        return LeakHint(residual, np.full(len(ability), math.nan), words + _NO_SPREAD)
    return LeakHint(residual, residual / spread, words)


_NO_SPREAD = " It is not defined here: at least half of the models lie exactly on the line."
_MOST_SLOPES = 2_000


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Median of the slopes between all pairs of (at most 2,000 evenly chosen) points."""
    if len(x) > _MOST_SLOPES:
        some = np.linspace(0, len(x) - 1, _MOST_SLOPES).astype(np.intp)
        x, y = x[some], y[some]
    i, j = np.triu_indices(len(x), 1)
    across = x[j] - x[i]
    different = across != 0
    slopes = (y[j] - y[i])[different] / across[different]
    return float(np.median(slopes)) if slopes.size else 0.0


# ---------------------------------------------------------------- a project


def predict(
    snapshot: Snapshot,
    benchmarks: Benchmarks | None,
    recipe: str = "clip2",
    tasks: Sequence[str] = (),
    *,
    seeds: Sequence[int] = SEEDS,
) -> Prediction:
    """Predict the benchmark scores of a project's models from their vectors.

    Parameters
    ----------
    snapshot : Snapshot
    benchmarks : Benchmarks or None
    recipe : str
        Name of the recipe that prepares the vectors.
    tasks : sequence of str
        () = all, and their mean over the models that have all of them.
    seeds : sequence of int
        One repetition of the folds each.

    Raises
    ------
    UsageError
        If the recipe or a task is unknown.
    InputError
        If the project has no scores, or too few for a prediction.
    """
    if benchmarks is None or not benchmarks.ids:
        raise InputError(
            f"{snapshot.path.name} has no benchmark scores",
            tried="Predicting scores",
            advice="Import a release that has them",
        )
    columns = _columns(benchmarks, tasks)
    chosen = find_recipe(snapshot, recipe)
    known = snapshot.row_of.keys() - set(chosen.excluded)
    ids = [name for name in dict.fromkeys(benchmarks.ids) if name in known]
    if not ids:
        raise InputError("no entry with a score is in the project", tried="Predicting scores")
    if len(ids) > MOST_MODELS:
        raise InputError(
            f"{count(len(ids))} models have scores, {count(MOST_MODELS)} can be predicted at once",
            tried="Predicting scores",
            advice="Exclude some by a recipe, or import fewer scores",
        )
    rows = prepare_lean(snapshot, chosen, ids)
    entries = [snapshot.entries[snapshot.row_of[name]] for name in rows.ids]
    at = {name: k for k, name in enumerate(benchmarks.ids)}
    scores = benchmarks.values[[at[name] for name in rows.ids]]
    scores = np.where(np.isfinite(scores), scores, math.nan)
    groups, notes = _groups(entries)
    names, wanted = [benchmarks.tasks[c] for c in columns], scores[:, columns]
    if len(columns) > 1:
        names, wanted = [*names, MEAN], np.column_stack([wanted, wanted.mean(axis=1)])
    found = predict_tasks(kernel_of(rows), wanted, groups, names, seeds=seeds)
    predicted = [task for task in found if len(task.alphas)]
    if not predicted:
        raise InputError(
            found[0].reason,
            tried=f"Predicting {found[0].task}",
            advice="More models of other families are needed, with their scores and families",
        )
    ability = np.full(len(rows.ids), math.nan)
    ability[predicted[-1].rows] = predicted[-1].predicted
    left = len(ids) - len(rows.ids)
    notes += (f"Models with a score but no usable vector: {count(left)}",) if left else ()
    return Prediction(
        rows.ids, tuple(e.label or e.id for e in entries), found,
        leak_hint(_mean_loglik(rows), ability), rows.n_texts, recipe, rows.provisional, notes,
    )  # fmt: skip


def kernel_of(rows: LeanPrepared) -> NDArray[np.float64]:
    """Products of all double-centred rows: (K, K) float64, nats^2."""
    k = len(rows.ids)
    step = max(1, _BLOCK_BYTES // (16 * rows.n_texts))
    parts = [slice(at, min(at + step, k)) for at in range(0, k, step)]
    out = np.empty((k, k))
    for n, i in enumerate(parts):
        a = rows.part(i)
        for j in parts[n:]:
            out[i, j] = a @ (a if j is i else rows.part(j)).T
            out[j, i] = out[i, j].T
    out *= rows.scale**2
    return out


def _mean_loglik(rows: LeanPrepared) -> NDArray[np.float64]:
    """(K,) float64, bits/byte, after clipping: a few unlikely texts do not decide it."""
    means = [np.maximum(row, rows.tau, dtype=np.float64).mean() for row in rows.raw]
    return np.array(means) / (rows.mean_bytes * LN2)


def _columns(benchmarks: Benchmarks, tasks: Sequence[str]) -> list[int]:
    for task in tasks:
        if task not in benchmarks.tasks:
            raise UsageError(
                f"There are no scores of {task!r}",
                advice=f"The project has: {', '.join(benchmarks.tasks)}",
            )
    return [c for c, task in enumerate(benchmarks.tasks) if not tasks or task in tasks]


def _groups(entries: Sequence[Entry]) -> tuple[list[str], tuple[str, ...]]:
    """Model types, and a note where some are unknown: those count as one."""
    unknown = sum(not e.family for e in entries)
    few = f"Models of unknown family, held out together: {count(unknown)}"
    return [e.family or UNKNOWN for e in entries], ((few,) if unknown else ())
