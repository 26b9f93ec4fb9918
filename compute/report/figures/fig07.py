"""Fig. 7: the autocorrelation of the third component, and its period, by perplexity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.analysis.projections import Spiral, spiral
from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import DataTable, Drawing, MapRequest, Piece
from compute.report.figures.trajectories import (
    later_part,
    panel,
    perplexity_of,
    places,
    span,
    whole_map,
)
from compute.report.study import Study

PERPLEXITIES = (20.0, 30.0, 40.0, 50.0)


@dataclass(frozen=True, eq=False)
class _Found:
    run: str
    look: kit.RunStyle
    by_perplexity: Mapping[float, Spiral]


def maps(study: Study) -> tuple[MapRequest, ...]:
    """A 3D map for each perplexity that the rows allow, which is a third of their number."""
    shown = panel(study, "sizes", "pretraining")
    later_part(shown)
    most = (len(shown.rows.ids) - 1) / 3
    fitting = [p for p in PERPLEXITIES if p <= most] or [study.options.perplexity]
    return tuple(whole_map(study, shown.name, 3, p) for p in fitting)


def make(study: Study) -> Piece:
    """One curve for each perplexity, of the later part of the largest run."""
    shown = panel(study, "sizes", "pretraining")
    run, series = later_part(shown)
    drawn = {request: study.map(request) for request in maps(study)}
    found = _Found(
        run.name,
        shown.styles[run.name],
        {
            perplexity_of(d, request.perplexity): spiral(series, places(d, series.ids))
            for request, d in drawn.items()
        },
    )
    caption = (
        "Autocorrelation (mean-centred, biased, divided by lag 0) of the third principal component "
        f"of the points of {run.name} in maps of three dimensions, {span(series)} (the second half "
        "after warm-up). The dot is the period: the lag of the maximum between the second and the "
        f"third zero crossing. {_trend(found)}t-SNE on √KL of all runs, jointly centred, seed "
        f"{study.options.seed}. {shown.about}"
    )
    remarks = tuple(
        f"No period at perplexity {p:.3g}: {s.reason}."
        for p, s in found.by_perplexity.items()
        if s.reason
    )
    tables = (_periods(found), _curves(found))
    return Piece(caption, tables, (Drawing("period", lambda: _draw(found)),), remarks)


def _trend(found: _Found) -> str:
    """Whether the period grows with perplexity, as in the paper."""
    periods = [found.by_perplexity[p].period for p in sorted(found.by_perplexity)]
    if len(periods) < 2 or not np.isfinite(periods).all():
        return ""
    if (np.diff(periods) > 0).all():
        return "It grows with perplexity, so it is a property of the map and not of training. "
    return "In the paper it grows with perplexity; here it does not throughout. "


def _periods(found: _Found) -> DataTable:
    rows = [
        (float(f"{p:.4g}"), s.period, s.period_steps, len(s.crossings), s.reason)
        for p, s in found.by_perplexity.items()
    ]
    columns = (
        ("Perplexity", ""), ("Period", "checkpoints"), ("Period", "steps"), ("Zero crossings", ""),
        ("Why there is none", ""),
    )  # fmt: skip
    return DataTable("periods", f"Period of the spiral of {found.run}", columns, tuple(rows))


def _curves(found: _Found) -> DataTable:
    spirals = list(found.by_perplexity.values())
    series = spirals[0].series
    rows = [
        (lag, lag * series.interval, *(float(s.autocorrelation[lag]) for s in spirals))
        for lag in range(len(series.steps))
    ]
    named = ((f"Perplexity {p:.3g}", "") for p in found.by_perplexity)
    columns = (("Lag", "checkpoints"), ("Lag", "steps"), *named)
    return DataTable("autocorrelation", "Autocorrelation of PC3", columns, tuple(rows))


def _draw(found: _Found) -> Any:
    fig, (ax,) = kit.figure(kit.DOUBLE, 2.6)
    kit.title(
        ax,
        "Autocorrelation of PC3",
        f"later part of {found.look.name}, by perplexity of the map; dots: the period",
    )
    shades = kit.ramp("values")(np.linspace(0.05, 0.9, len(found.by_perplexity)))
    names = []
    for (perplexity, one), shade in zip(found.by_perplexity.items(), shades, strict=True):
        lags = np.arange(len(one.autocorrelation)) * one.series.interval
        ax.plot(lags, one.autocorrelation, color=shade)
        if np.isfinite(one.period):
            at = int(one.period)
            dot = np.array([[lags[at], one.autocorrelation[at]]])
            kit.scatter(ax, dot, colours=[shade], size=6)
        colour = "#" + "".join(f"{round(255 * v):02X}" for v in shade[:3])
        look = kit.RunStyle("", colour)
        words = f"perplexity {perplexity:.3g}: {_period(one)}"
        names.append(kit.Name(0, float(one.autocorrelation[-1]), words, look))
    kit.rule(ax, 0.0)
    kit.thousands(ax.xaxis)
    kit.x_words(ax, "lag, steps")
    kit.direct_labels(ax, names)
    return fig


def _period(one: Spiral) -> str:
    return (
        f"period {count(round(one.period_steps))} steps" if np.isfinite(one.period) else "no period"
    )
