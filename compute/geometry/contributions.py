"""Which texts and domains a KL comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import TextSet, frozen
from compute.core.units import LN2
from compute.geometry.prepared import Prepared
from compute.geometry.usable import FEWEST_TEXTS


@dataclass(frozen=True, slots=True)
class DomainShare:
    """What a domain contributes to a KL; shares are parts of 1, NaN where the KL is 0.

    ``of_texts`` and ``of_bytes`` are what it would contribute if every text, or every byte,
    contributed alike.
    """

    domain: str
    share: float
    n_texts: int
    of_texts: float
    of_bytes: float


@dataclass(frozen=True, eq=False)
class Contributions:
    """The KL of one pair as a sum over texts.

    Attributes
    ----------
    kl, se : float
        bits/byte.
    share : ndarray, (N,) float64
        Part of the KL that comes from each text in use; sums to 1. NaN where the KL is 0.
    texts : ndarray, (N,) int64
        The texts, as indices into the project's text set.
    difference : ndarray, (N,) float64, nats
        ``l_a - l_b`` after clipping, minus its mean over texts: positive where the first entry
        does better than usual.
    top_share : float
        Of the ``n_top`` texts with the largest shares (1 % of all, at least one).
    effective_texts : float
        ``(sum u)^2 / sum u^2``: as many texts that contribute alike would give the same error.
    domains : tuple of DomainShare
        Largest share first; "" = no domain is known.
    reason : str
        Why the shares are NaN, "" where they are not.
    """

    kl: float
    se: float
    share: NDArray[np.float64]
    texts: NDArray[np.int64]
    difference: NDArray[np.float64]
    n_top: int
    top_share: float
    effective_texts: float
    domains: tuple[DomainShare, ...]
    reason: str = ""

    def top(self, n: int) -> tuple[tuple[int, float], ...]:
        """The ``n`` texts with the largest shares as (index into the text set, share)."""
        order = np.argsort(-self.share, kind="stable")[:n]
        return tuple((int(self.texts[k]), float(self.share[k])) for k in order)


def contributions(prepared: Prepared, texts: TextSet, a: str, b: str) -> Contributions:
    """How the KL of two entries is made up of texts and domains.

    ``KL = sum_s u_s`` with ``u_s = (qs_a - qs_b)_s^2``: a mean of squares, so a few texts can
    dominate it (method page, section 1).

    Raises
    ------
    UsageError
        If an entry is not in this analysis.
    """
    d = prepared.qs[prepared.row(a)] - prepared.qs[prepared.row(b)]
    u = d * d
    kl = float(u.sum())
    share = u / kl if kl > 0 else np.full(len(u), math.nan)
    n_top = max(1, math.ceil(0.01 * len(u)))
    squares = float(u @ u)
    return Contributions(
        kl=kl,
        se=math.sqrt(max(squares - kl**2 / len(u), 0.0)),
        share=frozen(share),
        texts=prepared.texts,
        difference=frozen(d * prepared.scale),
        n_top=n_top,
        top_share=float(np.sort(share)[-n_top:].sum()),
        effective_texts=kl**2 / squares if squares > 0 else math.nan,
        domains=_by_domain(share, prepared.texts, texts),
        reason="" if kl > 0 else "the two have the same values on every text",
    )


def without(
    found: Contributions, n_bytes: NDArray[np.int64], dropped: NDArray[np.bool_]
) -> tuple[float, float]:
    """The KL of the pair and its SE, bits/byte, once some texts are dropped; the clip value stays.

    Equal to preparing again without them. NaN where fewer than two texts are left.

    Parameters
    ----------
    n_bytes : ndarray, (N of the project,) int64
        UTF-8 bytes of each text.
    dropped : ndarray, (N,) bool
        Of ``found.texts``.
    """
    d = found.difference[~dropped]
    if len(d) < FEWEST_TEXTS:
        return math.nan, math.nan
    u = (d - d.mean()) ** 2 / (2 * n_bytes[found.texts[~dropped]].mean() * LN2)
    return float(u.mean()), float(u.std()) / math.sqrt(len(u))


def without_first(
    found: Contributions, n_bytes: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The KL of the pair, bits/byte, without the first 0, 1, 2, ... texts of an order.

    Parameters
    ----------
    n_bytes : ndarray, (N of the project,) int64
    order : ndarray, (N,) int64
        Positions in ``found.texts``.

    Returns
    -------
    ndarray, (N - 1,) float64
        As far as two texts are left.
    """
    d = found.difference[order]
    n = np.arange(len(d), FEWEST_TEXTS - 1, -1)
    left = slice(0, len(n))
    sums, squares, lengths = (
        np.cumsum(values[::-1])[::-1][left]
        for values in (d, d * d, n_bytes[found.texts[order]].astype(np.float64))
    )
    variance = np.maximum(squares / n - (sums / n) ** 2, 0)
    return np.asarray(variance * n / (2 * lengths * LN2))


def _by_domain(
    share: NDArray[np.float64], used: NDArray[np.int64], texts: TextSet
) -> tuple[DomainShare, ...]:
    names, group = np.unique([texts.domains[k] for k in used.tolist()], return_inverse=True)
    n_bytes = texts.n_bytes[used].astype(np.float64)
    sums, counts = np.bincount(group, share), np.bincount(group)
    of_bytes = np.bincount(group, n_bytes) / n_bytes.sum()
    found = [
        DomainShare(str(name), float(sums[g]), int(counts[g]), counts[g] / len(used), of_bytes[g])
        for g, name in enumerate(names)
    ]
    return tuple(sorted(found, key=lambda domain: (-domain.share, domain.domain)))
