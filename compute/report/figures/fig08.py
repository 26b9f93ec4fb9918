"""Fig. 8: principal components of all runs together."""

from __future__ import annotations

from typing import Any

from compute.analysis.pretraining import along
from compute.analysis.projections import Components
from compute.core.numbers import THIN, plain
from compute.report import kit
from compute.report.contract import DataTable, Drawing, Piece
from compute.report.figures.trajectories import Panel, components_of, panel, to_last
from compute.report.study import Study


def make(study: Study) -> Piece:
    """The first four components of runs of different size."""
    found = panel(study, "sizes", "pretraining")
    parts = components_of(study, found)
    caption = (
        "Principal components of all runs together, centred and unscaled: the first against the "
        "second, and the third against the fourth; each axis has its own scale. A component's "
        f"share of variance is its share of mean KL, {plain(parts.mean_kl)} bits/byte over all "
        "ordered pairs (an entry with itself among them), which is twice the total variance. "
        + found.about
    )
    tables = (share_table(parts), component_table(found, parts))
    return Piece(caption, tables, (Drawing("components", lambda: _draw(found, parts)),))


def share_table(parts: Components) -> DataTable:
    """Share of mean KL along each component."""
    rows = tuple(
        (k + 1, float(share), float(share * parts.mean_kl)) for k, share in enumerate(parts.shares)
    )
    columns = (("Component", ""), ("Share of mean KL", ""), ("Mean KL along it", "bits/byte"))
    return DataTable("shares", "Shares of mean KL", columns, rows)


def component_table(found: Panel, parts: Components) -> DataTable:
    """Components of every checkpoint in use."""
    rows = [
        (run.name, int(step), *map(float, values))
        for run in found.runs
        for step, values in zip(run.steps, along(found.rows, run, parts.coords), strict=True)
    ]
    named = ((f"PC{k + 1}", "sqrt(bits/byte)") for k in range(parts.coords.shape[1]))
    columns = (("Run", ""), ("Step", ""), *named)
    return DataTable("components", "Principal components", columns, tuple(rows))


def axis_words(parts: Components, k: int) -> str:
    """Name of a component with its share of mean KL."""
    share = 100 * float(parts.shares[k])
    number = f"{share:.0f}" if share >= 9.5 else plain(share)
    return f"PC{k + 1}, {number}{THIN}% of mean KL"


def _draw(found: Panel, parts: Components) -> Any:
    fig, axes = kit.figure(kit.DOUBLE, 3.2, (1, 2))
    for ax, (i, j) in zip(axes, ((0, 1), (2, 3)), strict=True):
        kit.title(ax, f"Components {i + 1} and {j + 1}", "√(bits/byte), each axis on its own scale")
        names = []
        for run in found.runs:
            xy = along(found.rows, run, parts.coords[:, [i, j]])
            kept, style = to_last(xy), found.styles[run.name]
            kit.run_lines(ax, xy[kept], run.steps[kept], style)
            x, y = xy[kept][-1]
            names.append(kit.Name(x, y, style.name))
        ax.margins(0.08)
        ax.grid(visible=True, axis="both")
        ax.set_ylabel(axis_words(parts, j))
        kit.x_words(ax, axis_words(parts, i))
        kit.map_labels(ax, names)
    return fig
