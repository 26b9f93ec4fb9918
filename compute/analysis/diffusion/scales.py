"""The trajectory on the scale of likelihoods instead of log-likelihoods (Table 1, last columns).

The paper's "exponentiated coordinates" can be read in two ways; both are offered by name. Nats of a
whole text are never exponentiated: exp(-600) is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.diffusion.trajectories import Trajectory, from_rows, reasons_of, used_rows
from compute.analysis.runs import Run
from compute.geometry import Prepared


@dataclass(frozen=True)
class Scale:
    """``points(rows, used)`` gives the coordinates (used, N) float64 of some rows."""

    name: str
    title: str
    unit: str
    points: Callable[[Prepared, NDArray[np.int64]], NDArray[np.float64]]


def _exp_coordinates(rows: Prepared, used: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(rows.qs[used]))


def _per_byte(rows: Prepared, used: NDArray[np.int64]) -> NDArray[np.float64]:
    clipped = np.maximum(rows.raw[used].astype(np.float64), rows.tau)
    return np.asarray(np.exp(clipped / rows.mean_bytes))


SCALES = (
    Scale(
        "exp(qs)",
        "exponential of the scaled coordinates, the literal reading; "
        "agrees with c_q almost by construction",
        "",
        _exp_coordinates,
    ),
    Scale(
        "exp(l / Bbar)",
        "geometric-mean probability of a byte, the informative reading",
        "probability squared",
        _per_byte,
    ),
)
"""The two readings, the literal one first."""


def on_scale(scale: Scale, rows: Prepared, run: Run) -> Trajectory:
    """The run on a likelihood scale; the coordinates are not centred over texts."""
    used = used_rows(rows, run)
    points = scale.points(rows, used[used >= 0])
    return from_rows(points, run, reasons_of(rows, run), scale.unit)
