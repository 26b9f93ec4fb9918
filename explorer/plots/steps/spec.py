"""What the view of steps shows, and of which runs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.plots.contract import Option, PlotKind, Table
from explorer.state.reading import flag, one_of

Doubles = NDArray[np.float64]
TABS = {
    "kl": "KL per step",
    "bits": "Bits per byte",
    "components": "Components",
    "spiral": "Spiral",
}
AXES = {"log": "log step", "step": "step"}
MOST_RUNS, N_COMPONENTS = 8, 4
KINDS = {
    "spike": ("warning", "KL spike"), "weights": ("warning", "Weight spike"),
    "duplicate": ("copy", "Duplicate"), "gap": ("dots-three", "Gap"),
    "run": ("warning", "Run stands out"),
}  # fmt: skip
"""Kind of a flag -> icon and word."""

KIND = PlotKind(
    id="steps",
    title="Steps",
    icon="chart-line",
    tip="what happens from one checkpoint to the next",
    ask="explorer.plots.steps.ask:answer",
    view="explorer.plots.steps.view:Steps",
    options=(
        Option("tab", "Show", "kl", one_of(TABS), "segments", TABS, asks=False),
        Option("axis", "Axis", "log", one_of(AXES), "segments", AXES,
               "Training steps evenly, or by their logarithm", asks=False),
        Option("band", "Errors", True, flag, "check",
               tip="The standard error over texts as a band", asks=False),
    ),
    help=(
        "Each point is the KL between a checkpoint and the next one, at the later of the two. The "
        "scale is linear up to 0.1 bits/byte and logarithmic above; the band is one standard error "
        "over texts. A curve that falls means that the model settles; neighbours further apart "
        "than the usual interval are not joined.",
        "The shaded part is warm-up. Marks are what stands out: spikes, checkpoints with the same "
        "weights as the one before, gaps. Each is listed at the right, where it can be left out of "
        "every view, and taken back.",
        "Bits per byte is what a text costs on average, components are the directions along which "
        "runs move most, and the spiral asks whether a run comes back: the autocorrelation of the "
        "third component of its later part. Drag the line to move in time.",
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Flagged:
    """Something odd: ``id`` is the checkpoint it is about, ``excludes`` what would be left out."""

    id: str
    run: str
    step: int
    kind: str
    reason: str
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RunSteps:
    """One run. KL and SE in bits/byte at the later step of each pair, NaN where there is no pair.

    Attributes
    ----------
    ids : tuple of str, (T,)
    steps, bits : ndarray, (T,) float64
        Training steps; mean bits/byte, NaN = not in use.
    kl, se : ndarray, (T - 1,) float64, bits/byte
    coords : ndarray, (T, d) float64, sqrt(bits/byte)
    lags, autocorrelation : ndarray
        Lags in steps, and the autocorrelation of the third component of the later part.
    period : float
        In steps; NaN where ``no_period`` says why.
    """

    name: str
    ids: tuple[str, ...]
    steps: Doubles
    kl: Doubles
    se: Doubles
    bits: Doubles
    coords: Doubles
    lags: Doubles
    autocorrelation: Doubles
    period: float
    no_period: str = ""
    after: int = 0


@dataclass(frozen=True, eq=False)
class Answer:
    """Every run, the shares of the components, and what stands out."""

    runs: tuple[RunSteps, ...]
    shares: tuple[float, ...]
    flags: tuple[Flagged, ...]
    warm_up: int
    tables: tuple[Table, ...]
    about: tuple[str, ...] = field(default=())


def shown_runs(runs: Sequence[RunSteps], chosen: frozenset[str]) -> tuple[frozenset[str], bool]:
    """Names of the runs drawn in colour; with something selected, those that hold some of it.

    The second value says whether the others are drawn too, greyed.
    """
    of = frozenset(r.name for r in runs if not chosen.isdisjoint(r.ids))
    if of:
        return of, True
    return frozenset(r.name for r in runs), False


def ends(values: Doubles) -> float:
    """The last finite value; NaN without one."""
    good = values[np.isfinite(values)]
    return float(good[-1]) if len(good) else float("nan")
