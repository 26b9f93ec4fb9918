"""How much KLs depend on the choice of the texts (paper, appendix C).

The Pearson correlation of all pairwise KLs of the same models on two sets of texts: random halves,
domains, or the texts of two projects.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from compute.geometry import Prepared

MOST_ENTRIES = 2000
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


@dataclass(frozen=True, eq=False)
class Sample:
    """Entries of which all pairs are compared.

    Attributes
    ----------
    rows : ndarray, (K,) int
        Their rows in the analysis, ascending.
    qs : ndarray, (K, N) float64, sqrt(bits/byte)
    n_bytes : ndarray, (N,) int64
        Bytes of each text in use.
    """

    rows: NDArray[np.intp]
    qs: NDArray[np.float64]
    n_bytes: NDArray[np.int64]

    @cached_property
    def whole(self) -> NDArray[np.float64]:
        """(K, K) float64: inner products over all texts."""
        return np.asarray(self.qs @ self.qs.T)


def sample_of(
    prepared: Prepared,
    n_bytes: NDArray[np.int64],
    wanted: NDArray[np.intp],
    most: int = MOST_ENTRIES,
) -> Sample:
    """The wanted rows of an analysis, or ``most`` evenly spaced ones of them."""
    rows = np.unique(wanted)
    rows = rows[spaced(len(rows), most)]
    return Sample(rows, prepared.qs[rows], n_bytes)


def spaced(n: int, most: int) -> NDArray[np.intp]:
    """All of ``n`` positions, or ``most`` evenly spaced ones."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))


def random_parts(n_texts: int, size: int, count: int, seed: int) -> tuple[NDArray[np.bool_], ...]:
    """``count`` random sets of ``size`` of the texts, (n_texts,) bool each."""
    rng = np.random.default_rng(seed)
    parts = np.zeros((count, n_texts), bool)
    for part in parts:
        part[rng.permutation(n_texts)[:size]] = True
    return tuple(parts)


def kl_on(
    sample: Sample, part: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """KL of all pairs on a part of the texts and on the rest, each with its own mean bytes.

    One product of rows, over the fewer texts: the inner products over the others are those over all
    texts less these.

    Parameters
    ----------
    sample : Sample
    part : ndarray, (N,) bool

    Returns
    -------
    inside, outside : ndarray, (K, K) float64, bits/byte
    """
    few = part if 2 * part.sum() <= len(part) else ~part
    columns = sample.qs[:, few]
    gram, sums = np.asarray(columns @ columns.T), columns.sum(axis=1)
    share = sample.n_bytes[few].sum() / sample.n_bytes.sum()
    here = _distances(gram, sums, int(few.sum())) / share
    others = sample.qs.sum(axis=1) - sums
    there = _distances(sample.whole - gram, others, int((~few).sum())) / (1 - share)
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


def halves(
    sample: Sample, groups: Mapping[str, NDArray[np.intp]], *, splits: int = 5, seed: int = 42
) -> tuple[Agreement, ...]:
    """Agreement between two random halves of the texts, for each split and group of rows.

    Parameters
    ----------
    sample : Sample
    groups : mapping
        Name -> rows of the analysis, for example those of one run after warm-up.
    splits, seed : int
    """
    n = len(sample.n_bytes)
    found = []
    for k, part in enumerate(random_parts(n, n // 2, splits, seed)):
        inside, outside = kl_on(sample, part)
        words = (f"half {k + 1}", "the other half")
        for name, wanted in groups.items():
            at = np.flatnonzero(np.isin(sample.rows, wanted))
            block = np.ix_(at, at)
            sizes = (n // 2, n - n // 2)
            found.append(_agreement((*words, name), sizes, inside[block], outside[block]))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Domains:
    """Agreement of each large domain with all other texts (``rest``), of as many random texts with
    all others (``controls``, in the same order), and of every two of the domains (``pairs``)."""

    rest: tuple[Agreement, ...]
    controls: tuple[Agreement, ...]
    pairs: tuple[Agreement, ...]


def domains(sample: Sample, names: Sequence[str], *, seed: int = 42) -> Domains:
    """How far KLs agree between domains, beside random texts of the same number.

    Parameters
    ----------
    sample : Sample
    names : sequence of str, (N,)
        Domain of each text in use; "" = unknown, and never a domain of its own.
    seed : int
        Of the random texts.
    """
    parts, n = domain_parts(names), len(names)
    each = [kl_on(sample, part.chosen) for part in parts]
    sizes = [int(part.chosen.sum()) for part in parts]
    controls = [
        kl_on(sample, random_parts(n, size, 1, seed + k)[0]) for k, size in enumerate(sizes)
    ]
    numbered = list(zip(parts, sizes, each, strict=True))
    return Domains(
        tuple(
            _agreement((part.name, "other texts", ""), (size, n - size), *kls)
            for part, size, kls in numbered
        ),
        tuple(
            _agreement((f"{size} random texts", "other texts", ""), (size, n - size), *kls)
            for size, kls in zip(sizes, controls, strict=True)
        ),
        tuple(
            _agreement((a.name, b.name, ""), (n_a, n_b), x, y)
            for (a, n_a, (x, _)), (b, n_b, (y, _)) in itertools.combinations(numbered, 2)
        ),
    )


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


def of_two(a: Prepared, b: Prepared) -> Agreement:
    """Agreement between two projects that hold the same models on different texts.

    Over the entries whose ids both have.
    """
    shared = [name for name in a.ids if name in b.row_of]
    shared = [shared[k] for k in spaced(len(shared), MOST_ENTRIES)]
    first, second = (_kl(rows.qs[[rows.row_of[name] for name in shared]]) for rows in (a, b))
    words = ("first project", "second project", "")
    return _agreement(words, (len(a.texts), len(b.texts)), first, second)


def _kl(qs: NDArray[np.float64]) -> NDArray[np.float64]:
    return _distances(np.asarray(qs @ qs.T), np.asarray(qs.sum(axis=1)), qs.shape[1])


def _agreement(
    words: tuple[str, str, str],
    n: tuple[int, int],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
) -> Agreement:
    r, ratio, reason = pearson(a, b)
    return Agreement(*words, *n, len(a), r, ratio, reason)
