"""How much KLs depend on the choice of the texts (paper, appendix C).

The Pearson correlation of all pairwise KLs of the same models on two sets of texts: random halves,
domains, or the texts of two projects.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.geometry import Prepared

MOST_ENTRIES, MOST_FOR_DOMAINS = 2000, 1000
"""Entries of which all pairs are taken; of more, so many evenly spaced ones."""

MOST_DOMAINS = 6
FEWEST_TEXTS = 20
"""Texts that a domain must have, and all others together."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """All pairwise KLs of a group of entries on two sets of texts.

    ``ratio`` is the mean KL on the second over that on the first. Both it and ``pearson`` are NaN
    where ``reason`` says why.
    """

    first: str
    second: str
    group: str
    n_first: int
    n_second: int
    n_entries: int
    pearson: float
    ratio: float
    reason: str = ""

    @property
    def n_pairs(self) -> int:
        return self.n_entries * (self.n_entries - 1) // 2


@dataclass(frozen=True, eq=False)
class TextPart:
    """Some of the texts of an analysis: ``chosen`` (N,) bool."""

    name: str
    chosen: NDArray[np.bool_]


def random_parts(n_texts: int, size: int, count: int, seed: int) -> tuple[NDArray[np.bool_], ...]:
    """``count`` random sets of ``size`` of the texts, (n_texts,) bool each."""
    rng = np.random.default_rng(seed)
    parts = np.zeros((count, n_texts), bool)
    for part in parts:
        part[rng.permutation(n_texts)[:size]] = True
    return tuple(parts)


def kl_on(
    rows: Prepared,
    part: NDArray[np.bool_],
    n_bytes: NDArray[np.int64],
    only: NDArray[np.intp] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """KL of all pairs on a part of the texts and on the rest, each with its own mean bytes.

    One product of rows: the inner products on the rest are those on all texts less these.

    Parameters
    ----------
    rows : Prepared
    part : ndarray, (N,) bool
    n_bytes : ndarray, (N,) int64
        Bytes of each text in use.
    only : ndarray, (K,) int, optional
        Rows; None = all.

    Returns
    -------
    inside, outside : ndarray, (K, K) float64, bits/byte
    """
    qs = rows.qs if only is None else rows.qs[only]
    return _both(qs, np.asarray(qs @ qs.T), part, n_bytes)


def _both(
    qs: NDArray[np.float64],
    whole: NDArray[np.float64],
    part: NDArray[np.bool_],
    n_bytes: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    few = part if 2 * part.sum() <= len(part) else ~part
    columns = qs[:, few]
    gram, sums = np.asarray(columns @ columns.T), columns.sum(axis=1)
    share = n_bytes[few].sum() / n_bytes.sum()
    here = _distances(gram, sums, int(few.sum())) / share
    there = _distances(whole - gram, qs.sum(axis=1) - sums, int((~few).sum())) / (1 - share)
    return (here, there) if few is part else (there, here)


def _distances(gram: NDArray[np.float64], sums: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Squared distances from the inner products of rows over ``n`` texts, each row centred."""
    gram = gram - np.outer(sums, sums / n)
    squares = gram.diagonal().copy()
    gram *= -2
    gram += squares
    gram += squares[:, None]
    np.maximum(gram, 0.0, out=gram)
    np.fill_diagonal(gram, 0.0)
    return gram


def pearson(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float, str]:
    """Pearson correlation of two KL matrices over pairs, and the ratio of their means.

    Parameters
    ----------
    a, b : ndarray, (K, K) float64, bits/byte
        The same models in the same order.

    Returns
    -------
    pearson, ratio : float
        ``ratio`` is the mean of ``b`` over that of ``a``. NaN with fewer than three pairs, or where
        all KLs of one side are equal.
    reason : str
        "" = both are there.
    """
    upper = np.triu_indices(len(a), 1)
    x, y = a[upper], b[upper]
    if len(x) < 3:
        return math.nan, math.nan, f"{len(a)} entries have fewer than three pairs"
    spread = x.std(), y.std()
    if min(spread) <= 1e-12 * max(x.max(), y.max(), 1e-300):
        return math.nan, math.nan, "all KLs are equal on one of the two sets of texts"
    product = float(((x - x.mean()) * (y - y.mean())).mean())
    return product / float(spread[0] * spread[1]), float(y.mean() / x.mean()), ""


def spaced(n: int, most: int = MOST_ENTRIES) -> NDArray[np.intp]:
    """All of ``n`` positions, or ``most`` evenly spaced ones."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def halves(
    rows: Prepared,
    n_bytes: NDArray[np.int64],
    groups: Mapping[str, NDArray[np.intp]],
    *,
    splits: int = 5,
    seed: int = 42,
) -> tuple[Agreement, ...]:
    """Agreement between two random halves of the texts, for each split and group of rows.

    Parameters
    ----------
    rows : Prepared
    n_bytes : ndarray, (N,) int64
        Bytes of each text in use.
    groups : mapping
        Name -> rows, for example those of one run after warm-up.
    splits, seed : int
    """
    n = rows.qs.shape[1]
    parts = [
        TextPart(f"half {k + 1}", part)
        for k, part in enumerate(random_parts(n, n // 2, splits, seed))
    ]
    return tuple(_compared(rows, n_bytes, groups, [(p, "the other half") for p in parts]))


def domains(
    rows: Prepared,
    n_bytes: NDArray[np.int64],
    names: Sequence[str],
    groups: Mapping[str, NDArray[np.intp]],
    *,
    seed: int = 42,
) -> tuple[tuple[Agreement, ...], tuple[Agreement, ...]]:
    """Agreement between each large domain and all other texts, and the same for random texts.

    Parameters
    ----------
    rows, n_bytes, groups, seed
        As for :func:`halves`.
    names : sequence of str, (N,)
        Domain of each text in use; "" = unknown, and never a domain of its own.

    Returns
    -------
    domains, controls : tuple of Agreement
        In the same order; a control has as many texts, drawn at random from all.
    """
    parts = domain_parts(names)
    n = len(names)
    controls = [
        TextPart(f"{int(p.chosen.sum())} random texts", drawn)
        for k, p in enumerate(parts)
        for drawn in random_parts(n, int(p.chosen.sum()), 1, seed + k)
    ]
    compared = [(part, "other texts") for part in (*parts, *controls)]
    both = tuple(_compared(rows, n_bytes, groups, compared, MOST_FOR_DOMAINS))
    return both[: len(both) // 2], both[len(both) // 2 :]


def domain_parts(names: Sequence[str]) -> tuple[TextPart, ...]:
    """The largest domains with enough texts, by number of texts; never all texts."""
    every = np.array(names, dtype=object)
    sizes = {name: int((every == name).sum()) for name in dict.fromkeys(names) if name}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:MOST_DOMAINS]
    return tuple(
        TextPart(name, np.asarray(every == name, bool))
        for name in largest
        if FEWEST_TEXTS <= sizes[name] <= len(every) - FEWEST_TEXTS
    )


def two_domains(
    rows: Prepared,
    n_bytes: NDArray[np.int64],
    names: Sequence[str],
    group: NDArray[np.intp],
) -> tuple[Agreement, ...]:
    """Agreement between every two of the large domains, for one group of rows."""
    taken = group[spaced(len(group), MOST_FOR_DOMAINS)]
    qs = rows.qs[taken]
    whole = np.asarray(qs @ qs.T)
    parts = domain_parts(names)
    kls = [_both(qs, whole, p.chosen, n_bytes)[0].astype(np.float32) for p in parts]
    return tuple(
        _agreement((a.name, b.name, ""), (int(a.chosen.sum()), int(b.chosen.sum())), x, y)
        for (a, x), (b, y) in itertools.combinations(zip(parts, kls, strict=True), 2)
    )


def _agreement(
    words: tuple[str, str, str],
    n: tuple[int, int],
    a: NDArray[np.floating],
    b: NDArray[np.floating],
) -> Agreement:
    r, ratio, reason = pearson(a.astype(np.float64), b.astype(np.float64))
    return Agreement(*words, *n, len(a), r, ratio, reason)


def _compared(
    rows: Prepared,
    n_bytes: NDArray[np.int64],
    groups: Mapping[str, NDArray[np.intp]],
    parts: Sequence[tuple[TextPart, str]],
    most: int = MOST_ENTRIES,
) -> Iterator[Agreement]:
    """One product of all rows of any group for each part; groups are blocks of it."""
    used = np.unique(np.concatenate([np.empty(0, np.intp), *groups.values()]))
    used = used[spaced(len(used), most)]
    qs = rows.qs[used]
    whole = np.asarray(qs @ qs.T)
    for part, rest in parts:
        inside, outside = _both(qs, whole, part.chosen, n_bytes)
        n = int(part.chosen.sum())
        for name, wanted in groups.items():
            at = np.flatnonzero(np.isin(used, wanted))
            block = np.ix_(at, at)
            sizes = (n, len(part.chosen) - n)
            yield _agreement((part.name, rest, name), sizes, inside[block], outside[block])


def of_two(a: Prepared, b: Prepared) -> Agreement:
    """Agreement between two projects that hold the same models on different texts.

    Over the entries whose ids both have.
    """
    shared = [name for name in a.ids if name in b.row_of]
    shared = [shared[k] for k in spaced(len(shared))] if shared else shared
    sides = [
        _distances(*_inner(rows.qs[[rows.row_of[name] for name in shared]]), rows.qs.shape[1])
        for rows in (a, b)
    ]
    n = len(a.texts), len(b.texts)
    return _agreement(("first project", "second project", ""), n, sides[0], sides[1])


def _inner(qs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.asarray(qs @ qs.T), np.asarray(qs.sum(axis=1))
