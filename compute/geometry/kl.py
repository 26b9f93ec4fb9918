"""KL divergence between entries, in bits per byte, with its standard error over texts.

The estimator is half the variance over texts of the log-likelihood differences, a local and
symmetric approximation of KL (paper, section 2). Every number here carries that name.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.core import rules
from compute.core.errors import InputError, UsageError
from compute.core.tables import Recipe, Snapshot
from compute.core.units import LN2
from compute.geometry.distances import squared_distances
from compute.geometry.lean import LeanPrepared
from compute.geometry.prepared import Prepared
from compute.geometry.recipes import tau_of
from compute.geometry.tiles import kl_row
from compute.geometry.usable import FEWEST_TEXTS, MORE_TEXTS, kept_texts, one_text, prefix_of

ESTIMATOR = "var/2"
"""Name of the estimator behind every KL: population variance over texts of ``l_a - l_b``, by 2."""


@dataclass(frozen=True, slots=True)
class PairKL:
    """The KL of one pair. ``kl`` and ``se`` in bits/byte; ``tau`` in nats, ``-inf`` = no clip.

    ``caution`` is "" or says what besides the models differs between the two.
    """

    kl: float
    se: float
    n_texts: int
    recipe: str
    estimator: str
    tau: float
    provisional: bool
    caution: str = ""


class Neighbour(NamedTuple):
    """An entry near another one. ``kl`` and ``se`` in bits/byte."""

    id: str
    kl: float
    se: float


def kl_matrix(prepared: Prepared) -> NDArray[np.float64]:
    """KL of all pairs: (K, K) float64, bits/byte, symmetric, zero diagonal, read-only."""
    return prepared.kl


def kl_among(prepared: Prepared, rows: Sequence[int]) -> NDArray[np.float64]:
    """KL of all pairs of some rows: (len(rows), len(rows)) float64, bits/byte, zero diagonal."""
    return squared_distances(prepared.qs[np.asarray(rows, dtype=np.intp)])


def kl_pair(snapshot: Snapshot, recipe: Recipe, a: str, b: str) -> PairKL:
    """KL of one pair from the difference directly, on all texts that both have.

    Parameters
    ----------
    snapshot : Snapshot
    recipe : Recipe
        Its clipping, domains and dropped texts apply; its excluded entries may still be asked for.
    a, b : str
        Entry ids.

    Returns
    -------
    PairKL
        Provisional if tau is not frozen or an entry is only partly scored.

    Raises
    ------
    UsageError
        If an id is not in the project, or the recipe names a text or domain that is not there.
    InputError
        If the two share fewer than two scored texts that the recipe keeps.
    """
    rows = [_row(snapshot, name) for name in (a, b)]
    la, lb = (snapshot.loglik[k].astype(np.float64) for k in rows)
    texts = np.isfinite(la) & np.isfinite(lb) & kept_texts(snapshot, recipe)
    if not texts.any():
        raise InputError(
            f"{_name(snapshot, rows[0])} and {_name(snapshot, rows[1])} share no scored text",
            tried="Computing a KL",
        )
    if texts.sum() < FEWEST_TEXTS:
        raise InputError(one_text(int(texts.sum())), tried="Computing a KL", advice=MORE_TEXTS)
    tau, provisional = tau_of(snapshot, recipe)
    d = np.maximum(la[texts], tau) - np.maximum(lb[texts], tau)
    kl, se = half_variance(d, mean_bytes=float(snapshot.texts.n_bytes[texts].mean()))
    pair = [snapshot.entries[k] for k in rows]
    partial = any(entry.status == "partial" for entry in pair)
    return PairKL(
        kl,
        se,
        len(d),
        recipe.name,
        ESTIMATOR,
        tau=tau,
        provisional=provisional or partial,
        caution=" ".join(rules.cautions(pair)),
    )


def half_variance(d: NDArray[np.float64], *, mean_bytes: float) -> tuple[float, float]:
    """KL and its standard error, bits/byte, from log-likelihood differences in nats.

    ``KL = mean(d^2) / (2 Bbar ln 2)`` and ``SE = sd(d^2) / (2 sqrt(N) Bbar ln 2)`` with ``d``
    centred and ddof 0 (method page, section 1).
    """
    squares = (d - d.mean()) ** 2
    unit = 2 * mean_bytes * LN2
    return float(squares.mean()) / unit, float(squares.std()) / (unit * math.sqrt(len(d)))


def kl_to(prepared: Prepared, entry_id: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """KL of every entry to one, from the differences.

    Returns
    -------
    kl, se : ndarray, (K,) float64, bits/byte
        Zero for the entry itself.

    Raises
    ------
    UsageError
        If the entry is not in this analysis.
    """
    return kl_row(prepared, prepared.row(entry_id))


def neighbours(
    prepared: Prepared | LeanPrepared, entry_id: str, k: int = 4
) -> tuple[Neighbour, ...]:
    """The ``k`` entries of smallest KL to one, nearest first, itself left out."""
    own = prepared.row(entry_id)
    kl, se = kl_row(prepared, own)
    order = [j for j in np.argsort(kl, kind="stable") if j != own][:k]
    return tuple(Neighbour(prepared.ids[j], float(kl[j]), float(se[j])) for j in order)


def consecutive_kl(prepared: Prepared, entries: Sequence[str]) -> NDArray[np.float64]:
    """KL between each entry and the next, for example along a run.

    Parameters
    ----------
    prepared : Prepared
    entries : sequence of str, (T,)
        Entry ids in order (by step).

    Returns
    -------
    ndarray, (T - 1,) float64, bits/byte
        NaN where one of the two is not in this analysis: a gap is never bridged.
    """
    rows = [prepared.row_of.get(name, -1) for name in entries]
    out = np.full(max(len(rows) - 1, 0), np.nan)
    for t, (i, j) in enumerate(itertools.pairwise(rows)):
        if i >= 0 and j >= 0:
            difference = prepared.qs[j] - prepared.qs[i]
            out[t] = difference @ difference
    return out


def mean_bits_per_byte(snapshot: Snapshot) -> NDArray[np.float64]:
    """Mean code length of each entry on the texts it has, without clipping.

    A partial entry is taken over its settled leading texts, and only if it is usable: what else
    it has was scored by length and is no random sample.

    Returns
    -------
    ndarray, (K,) float64, bits/byte
        ``-sum l / (sum bytes ln 2)`` over scored texts; NaN = nothing scored, or not usable yet.
    """
    texts, lengths = snapshot.texts, snapshot.texts.n_bytes.astype(np.float64)
    nats = snapshot.loglik.sum(axis=1, dtype=np.float64)
    n_bytes = np.full(len(nats), lengths.sum())
    prefixes = [prefix_of(entry, texts) for entry in snapshot.entries]
    for k in np.flatnonzero(~np.isfinite(nats) | (np.array(prefixes, int) < len(texts))):
        finite = np.isfinite(snapshot.loglik[k])
        finite[texts.order[prefixes[k] :]] = False
        nats[k] = np.where(finite, snapshot.loglik[k], 0).sum(dtype=np.float64)
        n_bytes[k] = finite @ lengths
    with np.errstate(invalid="ignore"):
        return np.asarray(-nats / (np.where(n_bytes > 0, n_bytes, np.nan) * LN2))


def _row(snapshot: Snapshot, entry_id: str) -> int:
    try:
        return snapshot.row_of[entry_id]
    except KeyError:
        raise UsageError(f"{snapshot.path.name} has no entry with id {entry_id!r}") from None


def _name(snapshot: Snapshot, row: int) -> str:
    entry = snapshot.entries[row]
    return entry.label or entry.id
