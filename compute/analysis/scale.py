"""The KL of the settings: how far apart pairs of each group are (paper, section 3 and table 2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis import published
from compute.analysis.groups import Group, Pool, draw
from compute.analysis.pairrules import Pairs
from compute.analysis.pairs import kl_between
from compute.analysis.runs import Run
from compute.core.tables import TextSet, frozen
from compute.geometry import Prepared, kl_among

LEVEL = 0.95
"""Of every interval here."""
DRAWS = 200
"""Draws of a random group over which its median is followed."""
_MOST_DRAWN = 60_000
"""Pairs drawn altogether for that; groups so large that few draws reach it are drawn less often,
at least 20 times: their median hardly moves."""
FEW = 12
"""Fewer pairs than this claim no SD and no violin (look page, section 7)."""
MOST_IN_A_POOL = 4_000
"""Models of which all pairs are worked out."""
DRAWN_OF_A_POOL = 50_000
"""Pairs that stand for all of a larger pool."""
_BLOCK_PAIRS = 64
_PAIRS_PER_ENTRY = 4
"""From so many pairs of each entry on they are taken from the matrix of the entries."""


@dataclass(frozen=True, slots=True)
class Interval:
    """``low`` to ``high`` in bits/byte, of so many values; NaN = cannot be said."""

    low: float
    high: float
    n: int


NO_INTERVAL = Interval(float("nan"), float("nan"), 0)


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics of the KL of a group, bits/byte; ``sd`` with ddof 0.

    NaN = no pairs. ``interval`` is that of the median, by drawing pairs again. Pairs that share a
    model are not independent, so it is rather too narrow.
    """

    n: int
    median: float
    mean: float
    sd: float
    interval: Interval


def summary(kl: NDArray[np.float64], *, bootstrap: int = 200, seed: int = 42) -> Summary:
    """Median, mean, SD, count and the bootstrap interval of the median; NaN values are left out."""
    values = np.asarray(kl, np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        nan = float("nan")
        return Summary(0, nan, nan, nan, NO_INTERVAL)
    return Summary(
        values.size,
        float(np.median(values)),
        float(values.mean()),
        float(values.std()),
        _interval_of_median(values, bootstrap, seed),
    )


def _interval_of_median(values: NDArray[np.float64], n: int, seed: int) -> Interval:
    if values.size < 2 or n < 2:
        return NO_INTERVAL
    rng = np.random.default_rng(seed)
    medians = [np.median(values[rng.integers(0, values.size, values.size)]) for _ in range(n)]
    return _interval(medians)


def _interval(values: Sequence[float] | NDArray[np.float64]) -> Interval:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), len(values))


@dataclass(frozen=True, eq=False)
class Measure:
    """A group with its KL.

    Attributes
    ----------
    group : Group
    kl, se : ndarray, (P,) float64, bits/byte
        SE over texts.
    summary : Summary
    recipe : str
        Of the rows that every pair of the group was taken from; "" = no rows.
    n_texts : int
    mean_bytes : float
    provisional : bool
    over_draws : Interval
        Of the median over many draws; for groups that are drawn.
    all_pairs : Summary
        Of all pairs of the pools; for groups that are drawn, else the summary itself.
    published : Spread or None
    """

    group: Group
    kl: NDArray[np.float64]
    se: NDArray[np.float64]
    summary: Summary
    recipe: str
    n_texts: int
    mean_bytes: float
    provisional: bool
    over_draws: Interval
    all_pairs: Summary
    published: published.Spread | None


def measure(
    group: Group, rows: Prepared | None, *, bootstrap: int = 200, seed: int = 42, draws: int = DRAWS
) -> Measure:
    """The KL of a group.

    Parameters
    ----------
    group : Group
    rows : Prepared or None
        The rows of ``group.analysis``; None = it has none.
    bootstrap, seed : int
        Of the interval of the median over pairs.
    draws : int
        Of random groups, over which the median is followed.
    """
    known = published.SETTINGS.get(group.id)
    if rows is None or not group.pairs:
        none = np.empty(0)
        empty = summary(none)
        texts = (rows.recipe.name, rows.n_texts, rows.mean_bytes) if rows else ("", 0, np.nan)
        return Measure(group, none, none, empty, *texts, False, NO_INTERVAL, empty, known)
    kl, se = kl_of_pairs(rows, group.pairs)
    own = summary(kl, bootstrap=bootstrap, seed=seed)
    return Measure(
        group,
        frozen(kl),
        frozen(se),
        own,
        rows.recipe.name,
        rows.n_texts,
        rows.mean_bytes,
        rows.provisional,
        over_draws(group, rows, draws=draws, seed=seed),
        _of_pools(group, rows, seed) if group.pools else own,
        known,
    )


def kl_of_pairs(rows: Prepared, pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """KL and SE of pairs of entry ids: (P,) float64, bits/byte, from the differences.

    NaN = an entry has no row.
    """
    at = np.array([[rows.row_of.get(n, -1) for n in pair] for pair in pairs], np.intp)
    return kl_between(rows.qs, *at.reshape(-1, 2).T)


def mean_kl(rows: Prepared, pairs: Pairs) -> tuple[float, float]:
    """Mean KL of pairs and its standard error over texts, which the pairs share; bits/byte.

    ``SE = sqrt(sum_s (u_s - mean u)^2)`` with ``u_s`` the mean over pairs of the squared
    differences. NaN = no pair has both rows.
    """
    kept = [(i, j) for i, j in _rows_of(rows, pairs) if i >= 0 and j >= 0]
    if not kept:
        return float("nan"), float("nan")
    u = np.zeros(rows.n_texts)
    for i, j in kept:
        u += (rows.qs[i] - rows.qs[j]) ** 2
    u /= len(kept)
    return float(u.sum()), float(np.sqrt(((u - u.mean()) ** 2).sum()))


EXAMPLE_SHARES = (0.07, 0.35, 0.70)
"""Of a run's last step: steps 10k, 50k and 100k of 143k (paper, table 2(b))."""


def example_steps(run: Run, in_use: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Positions of three pairs of neighbouring checkpoints: early, half-way and late in a run.

    Those in use whose first step is nearest to :data:`EXAMPLE_SHARES` of the last step, each once.
    """
    pairs = [(a, b) for a, b in run.pairs() if run.ids[a] in in_use and run.ids[b] in in_use]
    if not pairs:
        return ()
    first = run.steps[[a for a, _ in pairs]]
    wanted = (share * float(run.steps[-1]) for share in EXAMPLE_SHARES)
    return tuple(dict.fromkeys(pairs[int(np.argmin(np.abs(first - w)))] for w in wanted))


def _of_pools(group: Group, rows: Prepared, seed: int) -> Summary:
    """The KL of all pairs of each pool; of a seeded draw where a pool is too large for a matrix."""
    found = [_of_pool(pool, rows, seed) for pool in group.pools]
    return summary(np.concatenate([np.empty(0), *found]), bootstrap=0)


def _of_pool(pool: Pool, rows: Prepared, seed: int) -> NDArray[np.float64]:
    """(pairs,) float64, bits/byte."""
    if len(pool.ids) > MOST_IN_A_POOL:
        most = Pool(pool.name, pool.ids, DRAWN_OF_A_POOL)
        return kl_of_pairs(rows, draw(most, seed))[0]
    used = [rows.row_of[name] for name in pool.ids if name in rows.row_of]
    among = kl_among(rows, used)
    return among[np.triu_indices(len(used), 1)]


def _many(rows: Prepared, pairs: Pairs) -> NDArray[np.float64]:
    """KL of pairs among few entries, (P,) float64, bits/byte: from the matrix of these entries."""
    names = [n for n in dict.fromkeys(n for pair in pairs for n in pair) if n in rows.row_of]
    if len(pairs) < _PAIRS_PER_ENTRY * len(names) or len(names) > MOST_IN_A_POOL:
        return kl_of_pairs(rows, pairs)[0]
    place = {name: k for k, name in enumerate(names)}
    table = np.full((len(names) + 1,) * 2, np.nan)
    table[:-1, :-1] = kl_among(rows, [rows.row_of[n] for n in names])
    at = np.array([[place.get(a, -1), place.get(b, -1)] for a, b in pairs], np.intp).T
    return np.asarray(table[at[0], at[1]])


def over_draws(group: Group, rows: Prepared, *, draws: int = DRAWS, seed: int = 42) -> Interval:
    """Interval of the group's median when its pairs are drawn again from its pools."""
    if not group.pools or draws < 2:
        return NO_INTERVAL
    draws = min(draws, max(20, _MOST_DRAWN // max(len(group.pairs), 1)))
    drawn = [
        [p for k, pool in enumerate(group.pools) for p in draw(pool, seed + 1000 * (d + 1) + k)]
        for d in range(draws)
    ]
    distinct = tuple(dict.fromkeys(pair for pairs in drawn for pair in pairs))
    known = dict(zip(distinct, _many(rows, distinct).tolist(), strict=True))
    return _interval([float(np.nanmedian([known[p] for p in pairs])) for pairs in drawn])


def over_texts(
    rows: Prepared, pairs: Pairs, texts: TextSet, *, bootstrap: int = 200, seed: int = 42
) -> Interval:
    """Interval of the median KL of pairs when the texts are drawn again, the same for all pairs.

    Parameters
    ----------
    rows : Prepared
    pairs : tuple of (str, str)
        Entry ids; those without a row are left out.
    texts : TextSet
        Of the project: gives the bytes of each text.
    """
    kept = [(i, j) for i, j in _rows_of(rows, pairs) if i >= 0 and j >= 0]
    if not kept or bootstrap < 2:
        return NO_INTERVAL
    kl = resampled_kl(rows, np.array(kept, np.intp), texts, bootstrap=bootstrap, seed=seed)
    return _interval(np.median(kl, axis=1))


def _rows_of(rows: Prepared, pairs: Pairs) -> list[tuple[int, int]]:
    return [(rows.row_of.get(a, -1), rows.row_of.get(b, -1)) for a, b in pairs]


def resampled_kl(
    rows: Prepared, at: NDArray[np.intp], texts: TextSet, *, bootstrap: int, seed: int
) -> NDArray[np.float64]:
    """KL of pairs of rows on texts drawn again: (bootstrap, P) float64, bits/byte.

    With text s drawn w_s times, ``KL = (sum w d^2 - (sum w d)^2 / N) Bbar / Bbar_w``, where ``d``
    is the difference of the scaled rows: the rows are centred again on the texts drawn.
    """
    n = rows.n_texts
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=bootstrap).astype(np.float64)
    lengths = texts.n_bytes[rows.texts].astype(np.float64)
    ratio = rows.mean_bytes * n / (weights @ lengths)
    out = np.empty((bootstrap, len(at)))
    for start in range(0, len(at), _BLOCK_PAIRS):
        part = slice(start, start + _BLOCK_PAIRS)
        d = rows.qs[at[part, 0]] - rows.qs[at[part, 1]]
        first, second = weights @ d.T, weights @ (d * d).T
        out[:, part] = (second - first**2 / n) * ratio[:, None]
    return np.asarray(np.maximum(out, 0.0))
