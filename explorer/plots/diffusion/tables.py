"""The numbers of the view as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping

from compute.analysis.diffusion.dimension import hoelder, hurst, trajectory_dimension
from compute.analysis.diffusion.folding import Folding
from explorer.plots.contract import Column, Table
from explorer.plots.diffusion.answers import Answer, Boot, Curve, Refit

_NAN = math.nan


def by_start(found: Answer, curves: tuple[tuple[Curve | None, ...], ...], points: int) -> Table:
    """Exponents from every start, one row for each run and start."""
    rows, ids = [], []
    for r, run in enumerate(found.runs):
        own = [space[r] for space in curves]
        first = own[0]
        if first is None:
            continue
        others = [
            dict(zip(c.at.tolist(), c.values.tolist(), strict=True)) if c is not None else {}
            for c in own
        ]
        for at in first.at.tolist():
            rows.append((run.name, int(run.steps[at]), *(o.get(at, _NAN) for o in others)))
            ids.append((run.ids[at],))
    columns = (Column("Run", digits=False), Column("Start", "step"),
               *(Column(f"c_{space.sign}") for space in found.spaces))  # fmt: skip
    return Table(columns, tuple(rows), tuple(ids), f"Exponents, windows of {points} intervals")


def at_start(found: Answer, fits: Refit, boots: Mapping[str, Boot]) -> Table:
    """What is drawn and read out now: one row a run."""
    scale = found.tab == "scale"
    rows, ids = [], []
    for r, run in enumerate(found.runs):
        at = int(fits.fits[0].at[r])
        if at < 0:
            continue
        laws = [(float(f.law.exponent[r]), float(f.law.r2[r])) for f in fits.fits]
        begin = (run.name, int(run.steps[at]), fits.points, int(fits.fits[0].law.n_points[r]))
        each = tuple(v for law in laws for v in law)
        c_q = float(fits.law_q.exponent[r])
        more = _more(laws, boots.get(run.name))
        rows.append((*begin, c_q, *each) if scale else (*begin, *more))
        ids.append((run.ids[at],))
    columns = [Column("Run", digits=False), Column("Start", "step"), Column("Window", "intervals"),
               Column("Points")]  # fmt: skip
    if scale:
        columns.append(Column("c_q"))
        for space in found.spaces:
            columns += [Column(f"c_{space.sign}"), Column(f"R² of {space.sign}")]
    else:
        columns += [Column(name) for name in (
            "c_q", "c_q from", "c_q to", "R²", "c_w", "R² of weights", "alpha", "Hurst",
            "trajectory dimension", "effective dimension", "R² of noise plus drift",
            "power law wins",
        )]  # fmt: skip
    return Table(tuple(columns), tuple(rows), tuple(ids), "Exponents at the start")


def _more(laws: list[tuple[float, float]], boot: Boot | None) -> tuple[float, ...]:
    (c_q, r2_q), (c_w, r2_w) = laws[0], laws[1] if len(laws) > 1 else (_NAN, _NAN)
    low, high = boot.at.c_q_interval if boot is not None else (_NAN, _NAN)
    rest = (_NAN,) * 3
    if boot is not None:
        rest = (boot.at.effective_dimension, boot.at.laws.r2_drift, boot.at.laws.wins)
    return (c_q, low, high, r2_q, c_w, r2_w, hoelder(c_q, c_w), hurst(c_q),
            trajectory_dimension(c_q), *rest)  # fmt: skip


def of_folding(found: Folding) -> Table:
    """Squared distances of the path and of its fold."""
    columns = (Column("Lag", "steps"), Column("Squared distance of w"),
               Column("Squared distance of f"))  # fmt: skip
    rows = tuple(
        (int(lag), float(w), float(f))
        for lag, w, f in zip(found.lags, found.squared_w, found.squared_f, strict=True)
    )
    return Table(columns, rows, (), f"A path and its fold, alpha = {found.alpha:g}")
