"""Fig. 6: runs of different size in three dimensions, and what looks like a spiral."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.analysis.projections import Spiral, spiral
from compute.core.numbers import THIN
from compute.report import kit
from compute.report.contract import DataTable, Drawing, MapRequest, Missing, Piece
from compute.report.figures.trajectories import (
    Panel,
    how_mapped,
    later_part,
    map_table,
    panel,
    places,
    span,
    to_last,
    whole_map,
)
from compute.report.study import Drawn, Study


@dataclass(frozen=True, eq=False)
class _Found:
    panel: Panel
    drawn: Drawn
    name: str
    spiral: Spiral | None
    problem: str = ""


def maps(study: Study) -> tuple[MapRequest, ...]:
    """One 3D map of all rows."""
    return (whole_map(study, panel(study, "sizes", "pretraining").name, dims=3),)


def make(study: Study) -> Piece:
    """The map, and the second and third component of its points along the largest run."""
    shown = panel(study, "sizes", "pretraining")
    found = _found(shown, study.map(maps(study)[0]))
    caption = (
        "Left: training runs in one map of three dimensions; the mark is the last checkpoint. "
        f"{_about_spiral(found)}{how_mapped(study, found.drawn, study.options.perplexity)} "
        + shown.about
    )
    tables = [map_table("map", "Places on the map", shown.runs, found.drawn)]
    if found.spiral is not None:
        tables.append(_table(found.name, found.spiral))
    return Piece(caption, tuple(tables), (Drawing("map", lambda: _draw(found)),))


def _found(shown: Panel, drawn: Drawn) -> _Found:
    try:
        run, series = later_part(shown)
    except Missing as missing:
        return _Found(shown, drawn, "", None, missing.happened)
    return _Found(shown, drawn, run.name, spiral(series, places(drawn, series.ids)))


def _about_spiral(found: _Found) -> str:
    if found.spiral is None:
        return ""
    return (
        f"Right: the points of {found.name} alone, {span(found.spiral.series)} (the second half "
        "after warm-up), on their second and third principal component. The paper finds a spiral "
        "whose period grows with perplexity, and takes it for an artefact of the map (Fig. 7). "
    )


def _table(name: str, found: Spiral) -> DataTable:
    rows = [
        (name, int(step), *map(float, point))
        for step, point in zip(found.series.steps, found.points, strict=True)
    ]
    columns = (("Run", ""), ("Step", ""), *((f"PC{k}", "no unit") for k in (1, 2, 3)))
    shares = ", ".join(f"{100 * s:.1f}{THIN}%" for s in found.shares)
    notes = f"Principal components of the points of the map; shares of their variance: {shares}."
    return DataTable("later-part", "Later part of the largest run", columns, tuple(rows), notes)


def _draw(found: _Found) -> Any:
    fig, _ = kit.figure(kit.DOUBLE, 3.3, (0, 0))
    grid = fig.add_gridspec(1, 2, width_ratios=(1.15, 1))
    _space(fig, grid[0], found)
    ax = fig.add_subplot(grid[1])
    if found.spiral is None:
        kit.no_data(ax, found.problem)
        return fig
    series, yz = found.spiral.series, found.spiral.points[:, 1:]
    kit.title(
        ax,
        f"Later part of {found.panel.styles[found.name].name}",
        f"PC2 and PC3 of its points, {span(series)}",
    )
    faint = kit.mix(kit.LIGHT.canvas, kit.LIGHT.control, 0.55)
    ax.plot(*yz.T, color=faint, lw=0.7, zorder=2)
    there = np.isfinite(yz).all(axis=1)
    points = kit.scatter(ax, yz[there], values=series.steps[there])
    bar = kit.colour_bar(fig, points, ax, "step")
    kit.thousands(bar.ax.yaxis)
    kit.bare(ax)
    kit.x_words(ax, "PC2")
    ax.set_ylabel("PC3")
    return fig


def _space(fig: Any, place: Any, found: _Found) -> None:
    ax = kit.space(fig, place)
    kit.title(ax, "Runs of different size", "t-SNE of √KL in three dimensions; no unit")
    names = []
    for run in found.panel.runs:
        xyz, style = places(found.drawn, run.ids), found.panel.styles[run.name]
        kept = to_last(xyz)
        kit.run_lines(ax, xyz[kept], run.steps[kept], style)
        x, y, z = xyz[kept][-1]
        names.append(kit.Name(x, y, style.name, z=z))
    kit.map_labels(ax, names)
