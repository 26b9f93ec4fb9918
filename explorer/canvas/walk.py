"""From one entry to the next by key. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.state.dress import Tracks


def along(tracks: Tracks, shown: NDArray[np.bool_], row: int, by: int) -> int:
    """The entry ``by`` places further in the run of ``row``; stops at both ends.

    ``shown`` (K,) bool is what the map shows. -1 for ``row`` (none) gives the first of all; -1
    comes back where nothing is shown.
    """
    if row < 0 or not shown[row]:
        return _first(tracks, shown)
    run = int(tracks.run_of[row])
    rows = _of_run(tracks, shown, run)
    at = int(np.flatnonzero(rows == row)[0])
    return int(rows[np.clip(at + by, 0, len(rows) - 1)])


def across(tracks: Tracks, shown: NDArray[np.bool_], row: int, by: int) -> int:
    """The entry of the run ``by`` places further that is nearest in steps; goes around."""
    if row < 0 or not shown[row]:
        return _first(tracks, shown)
    runs = np.unique(tracks.run_of[shown])
    at = int(np.searchsorted(runs, tracks.run_of[row]))
    rows = _of_run(tracks, shown, int(runs[(at + by) % len(runs)]))
    far = np.abs(tracks.steps[rows] - tracks.steps[row])
    return int(rows[np.argmin(np.where(np.isfinite(far), far, np.inf))])


def _of_run(tracks: Tracks, shown: NDArray[np.bool_], run: int) -> NDArray[np.int64]:
    rows = tracks.order[tracks.bounds[run] : tracks.bounds[run + 1]]
    return rows[shown[rows]]


def _first(tracks: Tracks, shown: NDArray[np.bool_]) -> int:
    rows = tracks.order[shown[tracks.order]]
    return int(rows[0]) if len(rows) else -1
