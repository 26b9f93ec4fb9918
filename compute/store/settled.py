"""Which texts of an entry need no more work, and how far they reach in the order of scoring."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry
from compute.store.frames import Batch


def prefix(settled: NDArray[np.bool_], order: NDArray[np.int64]) -> int:
    """Leading texts of ``order`` (N,) that are settled: (N,) bool by text index."""
    unsettled = ~settled[order]
    return int(unsettled.argmax()) if unsettled.any() else len(order)


def counted(
    entry: Entry, row: NDArray[np.float32], order: NDArray[np.int64], *, known: bool
) -> Entry:
    """An entry as stored, with ``n_prefix``; ``known`` says that the file has that column.

    ``row`` (N,) float32, nats, NaN = not scored.
    """
    match entry.status:
        case "done" if entry.n_prefix != len(order):
            return entry.with_(n_prefix=len(order))
        case "partial" if not known:
            return entry.with_(n_prefix=prefix(~np.isnan(row), order))
        case _:
            return entry


def merge(
    entries: tuple[Entry, ...],
    loglik: NDArray[np.float32],
    order: NDArray[np.int64],
    flying: Mapping[str, tuple[Batch, ...]],
) -> tuple[Entry, ...]:
    """Fill the gaps of unfinished rows of ``loglik`` (K, N) in place; entries as they now are."""
    out = list(entries)
    for k, entry in enumerate(entries):
        if entry.id in flying and entry.status in ("planned", "partial"):
            out[k] = _filled(entry, loglik[k], order, flying[entry.id])
    return tuple(out)


def _filled(
    entry: Entry,
    row: NDArray[np.float32],
    order: NDArray[np.int64],
    batches: tuple[Batch, ...],
) -> Entry:
    found = merged(batches, len(row))
    gaps = np.isnan(row)
    row[gaps] = found[gaps]
    finite = ~np.isnan(row)
    settled = finite | touched(batches, len(row))
    settled[order[: entry.n_prefix]] = True
    return entry.with_(
        status="partial",
        n_scored=int(np.count_nonzero(finite)),
        n_prefix=prefix(settled, order),
    )


def merged(batches: tuple[Batch, ...], n: int) -> NDArray[np.float32]:
    """(n,) float32, nats; later batches over earlier ones, indices outside the axis left out."""
    row = np.full(n, np.nan, dtype=np.float32)
    texts = _texts(batches)
    inside = (texts >= 0) & (texts < n)
    values = np.concatenate([np.zeros(0, np.float32), *(b.values for b in batches)])
    row[texts[inside]] = values[inside]
    return row


def touched(batches: tuple[Batch, ...], n: int) -> NDArray[np.bool_]:
    """(n,) bool, texts that are in any of these batches."""
    out = np.zeros(n, dtype=np.bool_)
    texts = _texts(batches)
    out[texts[(texts >= 0) & (texts < n)]] = True
    return out


def _texts(batches: tuple[Batch, ...]) -> NDArray[np.int32]:
    return np.concatenate([np.zeros(0, np.int32), *(b.texts for b in batches)])
