"""Fig. 1: training runs of all sizes and seeds on one map."""

from __future__ import annotations

from typing import Any

from compute.core.numbers import count
from compute.report import kit
from compute.report.contract import Drawing, MapRequest, Piece
from compute.report.figures.trajectories import (
    Panel,
    how_mapped,
    map_height,
    map_table,
    panel,
    places,
    to_last,
    whole_map,
)
from compute.report.study import Drawn, Study


def maps(study: Study) -> tuple[MapRequest, ...]:
    """One 2D map of all runs."""
    return (whole_map(study, panel(study, "pretraining").name),)


def make(study: Study) -> Piece:
    """Every run in use, jointly centred."""
    found = panel(study, "pretraining")
    drawn = study.map(maps(study)[0])
    n = sum(name in found.rows.row_of for run in found.runs for name in run.ids)
    runs = "One training run" if len(found.runs) == 1 else f"{len(found.runs)} training runs"
    caption = (
        f"{runs}, {count(n)} checkpoints, in one map. Lines go from pale (early) to full colour, "
        "the mark is the last checkpoint; a gap is a checkpoint that is not in use. "
        f"{how_mapped(study, drawn, study.options.perplexity)} {found.about}"
    )
    table = map_table("map", "Places on the map", found.runs, drawn)
    return Piece(caption, (table,), (Drawing("map", lambda: _draw(found, drawn)),))


def _draw(found: Panel, drawn: Drawn) -> Any:
    height = map_height(drawn.coords, kit.DOUBLE, 2.4, 4.8)
    fig, (ax,) = kit.figure(kit.DOUBLE, height)
    kit.title(
        ax,
        "Training runs in log-likelihood space",
        "t-SNE of √KL, all runs together; no unit; pale where young",
    )
    names = []
    for run in found.runs:
        xy, style = places(drawn, run.ids), found.styles[run.name]
        kept = to_last(xy)
        kit.run_lines(ax, xy[kept], run.steps[kept], style)
        x, y = xy[kept][-1]
        names.append(kit.Name(x, y, style.name))
    kit.bare(ax)
    ax.margins(x=0.1)
    kit.map_labels(ax, names)
    return fig
