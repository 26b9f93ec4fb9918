"""The map as a file: its picture, or the numbers it is drawn from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.plots.contract import Column, Table
from explorer.plots.export import draw
from explorer.plots.export.spec import FORMATS, Stamp
from explorer.state.map import MapTables

if TYPE_CHECKING:
    from explorer.app.build import App

MEASURED = ("pca", "mds", "smacof")
"""Methods whose coordinates have a unit."""
LOOKS = ("method", "dims", "components", "perplexity", "seed", "colour", "shape_by", "camera")


def write(app: App, path: str) -> str:
    """Write what the map shows; the ending says how, without one it is a PNG. Returns the name.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    assert app.map is not None
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        target = target.with_name(f"{target.name}.png")
    printed = app.map.printed()
    try:
        draw.save(printed, table_of(app.session.current), _stamp(app), target)
    finally:
        printed.deleteLater()
    return target.name


def table_of(tables: MapTables) -> Table:
    """A row for each entry of the map, with its place."""
    unit = "√(bits/byte)" if tables.params.get("method") in MEASURED else ""
    axes = tuple(Column(f"Axis {k + 1}", unit) for k in range(tables.coords.shape[1]))
    columns = (
        Column("Id", digits=False), Column("Label", digits=False), Column("Run", digits=False),
        Column("Step", digits=False), *axes, Column("Mean", "bits/byte"),
    )  # fmt: skip
    rows = tuple(
        (e.id, e.label, e.run, e.step if e.step >= 0 else "", *map(float, place), float(bits))
        for e, place, bits in zip(tables.entries, tables.coords, tables.bits_per_byte, strict=True)
    )
    return Table(columns, rows, tuple((e.id,) for e in tables.entries), "The map")


def _stamp(app: App) -> Stamp:
    """What the picture is made from."""
    shell, chosen = app.state.shell, app.state.map
    looks = {name: getattr(chosen, name) for name in LOOKS}
    looks["colour"] = asdict(chosen.colour)
    used = {k: v for k, v in app.session.current.params.items() if isinstance(v, (str, int, float))}
    about = tuple(remark.words for remark in chosen.remarks)
    return Stamp("map", "Map", Path(shell.project).name, shell.sample, shell.recipe,
                 app.state.views.unit, {**looks, "used": used}, about)  # fmt: skip
