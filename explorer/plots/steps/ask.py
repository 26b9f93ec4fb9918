"""Steps of every run, under the recipe in use."""

from __future__ import annotations

import numpy as np

from compute.analysis.flags import Flag, flags_of
from compute.analysis.pretraining import along, bits_per_byte, consecutive, warm_up_end
from compute.analysis.projections import components, second_half, spiral
from compute.analysis.runs import Run, runs_of
from compute.core.errors import KlscopeError
from compute.geometry import Prepared
from compute.report.study import about
from explorer.plots.contract import Column, Nothing, Request, Table, too_many
from explorer.plots.source import Source
from explorer.plots.steps.spec import N_COMPONENTS, Answer, Flagged, RunSteps
from explorer.state.notices import Act

NO_RUNS = (
    "No training run is ticked. A run has several checkpoints with their steps: tick some in the "
    "library, or add a folder of checkpoints."
)
MOST_DRAWN = 200
"""Runs: more would stop the window while they are drawn."""


def answer(source: Source, _request: Request) -> Answer | Nothing:
    """Everything about the steps of the ticked runs."""
    runs = [r for r in runs_of(e for e in source.entries if e.is_checkpoint) if len(r.ids) > 1]
    if not runs:
        return Nothing(NO_RUNS, Act("Add models...", "library.add"))
    if len(runs) > MOST_DRAWN:
        return too_many("training runs", len(runs), MOST_DRAWN)
    return source.once("steps", lambda: _answer(source, runs))


def _answer(source: Source, runs: list[Run]) -> Answer:
    rows = source.prepared
    bits = bits_per_byte(rows)
    found = components(rows, min(N_COMPONENTS, len(rows.ids) - 1))
    shown = tuple(_steps(rows, run, bits, found.coords) for run in runs)
    flags = tuple(map(_flagged, _flags(source)))
    return Answer(
        shown, tuple(map(float, found.shares)), flags, warm_up_end(runs), _tables(shown, flags),
        (about(rows), "SE is over texts. Components are those of everything that is ticked."),
    )  # fmt: skip


def _steps(rows: Prepared, run: Run, bits: np.ndarray, coords: np.ndarray) -> RunSteps:
    pairs = consecutive(rows, run)
    at = np.array([rows.row_of[i] for i in run.ids], np.intp)
    lags, acf, period, why = _spiral(rows, run)
    return RunSteps(
        run.name, run.ids, run.steps.astype(np.float64), pairs.kl, pairs.se, along(rows, run, bits),
        coords[at], lags, acf, period, why, run.after,
    )  # fmt: skip


def _spiral(rows: Prepared, run: Run) -> tuple[np.ndarray, np.ndarray, float, str]:
    """Autocorrelation of the third component of the run's own later part."""
    none = np.zeros(0)
    try:
        series = second_half(run, set(rows.row_of))
        ids = [i for i in series.ids if i]
        if len(ids) < 8:
            return none, none, float("nan"), "fewer than eight checkpoints in its later part"
        at = np.array([rows.row_of.get(i, -1) for i in series.ids], np.intp)
        part = rows.qs[at[at >= 0]]
        centred = part - part.mean(axis=0)
        values, vectors = np.linalg.eigh(centred @ centred.T)
        coords = np.full((len(at), 3), np.nan)
        top = np.argsort(values)[::-1][:3]
        coords[at >= 0] = vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0))
        got = spiral(series, coords)
    except KlscopeError as error:
        return none, none, float("nan"), error.message
    lags = np.arange(len(got.autocorrelation), dtype=np.float64) * series.interval
    return lags, np.asarray(got.autocorrelation), got.period_steps, got.reason


def _flags(source: Source) -> tuple[Flag, ...]:
    """What stands out among all checkpoints, also those that are excluded already."""
    weights = dict(source.weights)
    return flags_of(source.snapshot, source.recipe, weights=weights)


def _flagged(flag: Flag) -> Flagged:
    return Flagged(
        flag.id, flag.run, flag.step, flag.kind, flag.reason, flag.excludes or (flag.id,)
    )


def _tables(runs: tuple[RunSteps, ...], flags: tuple[Flagged, ...]) -> tuple[Table, ...]:
    columns = (
        Column("Run", digits=False), Column("Step"), Column("KL to the one before", "bits/byte"),
        Column("SE", "bits/byte"), Column("Mean", "bits/byte"),
        *(Column(f"PC{k + 1}", "√(bits/byte)") for k in range(runs[0].coords.shape[1])),
    )  # fmt: skip
    rows, ids = [], []
    for run in runs:
        kl, se = np.append(np.nan, run.kl), np.append(np.nan, run.se)
        for t, name in enumerate(run.ids):
            rows.append((run.name, int(run.steps[t]), float(kl[t]), float(se[t]),
                         float(run.bits[t]), *map(float, run.coords[t])))  # fmt: skip
            ids.append((name,))
    odd = Table(
        (Column("Run", digits=False), Column("Step"), Column("What", digits=False),
         Column("Why", digits=False)),
        tuple((f.run, f.step, f.kind, f.reason) for f in flags),
        tuple((f.id,) for f in flags), "What stands out",
    )  # fmt: skip
    return Table(columns, tuple(rows), tuple(ids), "Steps of the runs"), odd
