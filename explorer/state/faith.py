"""Jump or artefact: segments whose drawn length is out of proportion to their KL. numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = {2: 0.6, 3: 0.4}
"""Rank difference above which a segment counts as an artefact, by dimensions of the picture."""


def excess(kl: NDArray[np.floating], drawn: NDArray[np.floating]) -> NDArray[np.float64]:
    """By how much each segment's rank by drawn length exceeds its rank by KL.

    Parameters
    ----------
    kl : ndarray, (S,) float, bits/byte
        NaN = not known.
    drawn : ndarray, (S,) float
        Length in the picture.

    Returns
    -------
    ndarray, (S,) float64
        Between -1 and 1: ranks are shares of the segments whose KL is known, equal values have
        their mean rank. NaN where the KL is not known.
    """
    out = np.full(len(kl), np.nan)
    known = np.isfinite(kl) & np.isfinite(drawn)
    if known.sum() > 1:
        out[known] = _share(np.asarray(drawn)[known]) - _share(np.asarray(kl)[known])
    else:
        out[known] = 0.0
    return out


def jumps(kl: NDArray[np.floating], drawn: NDArray[np.floating], dims: int) -> NDArray[np.bool_]:
    """(S,) bool: segments that look like jumps and are none by KL; arguments as :func:`excess`."""
    return np.nan_to_num(excess(kl, drawn), nan=-1.0) > THRESHOLDS[dims]


def _share(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean rank of each value, from 0 to 1."""
    order = np.sort(values)
    low = np.searchsorted(order, values, side="left")
    high = np.searchsorted(order, values, side="right") - 1
    return np.asarray((low + high) / 2 / (len(values) - 1))
