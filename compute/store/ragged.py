"""Token detail put together from batches: one flat vector with the places where texts begin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from compute.core.errors import StoreError
from compute.core.tables import TokenDetail, frozen
from compute.store.frames import TokenBatch


def offsets_of(n_tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N+1,) int64 from the lengths (N,); unknown lengths (-1) count as none."""
    out = np.zeros(len(n_tokens) + 1, dtype=np.int64)
    np.cumsum(np.maximum(n_tokens, 0), out=out[1:])
    return frozen(out)


def joined(batches: Iterable[TokenBatch], n_tokens: NDArray[np.int64], tried: str) -> TokenDetail:
    """Batches over the whole axis, later ones over earlier ones; NaN where there is none.

    Raises
    ------
    StoreError
        If a text has another number of tokens than ``n_tokens`` (N,) says.
    """
    offsets = offsets_of(n_tokens)
    values = np.full(offsets[-1], np.nan, dtype=np.float16)
    for batch in batches:
        ends = np.cumsum(batch.counts)
        for text, end, count in zip(batch.texts, ends, batch.counts, strict=True):
            if not 0 <= text < len(n_tokens) or count != n_tokens[text]:
                raise StoreError(f"text {text} has {count} tokens there", tried=tried)
            values[offsets[text] : offsets[text + 1]] = batch.values[end - count : end]
    return TokenDetail(offsets, frozen(values))
