"""``klscope report``: every table and figure of the paper that a project allows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from compute.cli.progress import run_job
from compute.core.numbers import duration
from compute.core.specs import ReportSpec

_MARKS = {"made": "  ", "missing": "– ", "failed": "! "}


def report(
    project: Annotated[Path, typer.Argument(help="The project, an HDF5 file.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="The folder that is written.")
    ],
    recipe: Annotated[
        str, typer.Option(help="Recipe of everything but pretraining, which has its own.")
    ] = "clip2",
    bootstrap: Annotated[int, typer.Option(min=0, help="Bootstraps over texts.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of maps and bootstraps.")] = 42,
    only: Annotated[
        list[str] | None, typer.Option(metavar="IDS", help="Only these: fig05,table2a")
    ] = None,
    after: Annotated[
        int, typer.Option(min=-1, help="First step after warm-up; -1 = two regular intervals.")
    ] = -1,
    start: Annotated[
        int, typer.Option(min=-1, help="Start of the panel of diffusion; -1 = by the runs.")
    ] = -1,
    n_drop: Annotated[
        int, typer.Option(min=-1, help="Texts dropped as outliers in pretraining; -1 = 3 %.")
    ] = -1,
    dpi: Annotated[int, typer.Option(min=50, max=1200, help="Of the PNG pictures.")] = 300,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write figures (SVG, PNG), tables (CSV, Markdown), report.json and a page that shows them.

    What the project lacks is listed with the reason. A report that is in DIR is replaced when the
    new one is whole; any other folder that is not empty is refused.
    """
    names = tuple(name for part in only or () for name in part.split(",") if name.strip())
    spec = ReportSpec(
        str(project), str(out), recipe=recipe, bootstrap=bootstrap, seed=seed, only=names,
        after=after, start=start, n_drop=n_drop, dpi=dpi,
    )  # fmt: skip
    summary = run_job(spec).summary
    for warning in () if as_json else summary["warnings"]:
        typer.echo(f"Warning: {warning}", err=True)
    typer.echo(json.dumps(summary) if as_json else told(summary))


def told(summary: Mapping[str, Any]) -> str:
    """A line for each item, with its time, and where the page is."""
    lines = [_line(item) for item in summary["items"]]
    counts = [f"{summary['n_made']} made"]
    counts += [f"{summary[f'n_{s}']} {s}" for s in ("missing", "failed") if summary[f"n_{s}"]]
    took = duration(summary["seconds"])
    return "\n".join([*lines, f"{', '.join(counts)}, in {took}: {summary['page']}"])


def _line(item: Mapping[str, Any]) -> str:
    head = f"{_MARKS[item['status']]}{item['number']:<9} {item['seconds']:6.1f} s  {item['title']}"
    return f"{head}\n{' ' * 22}{item['reason']}" if item["reason"] else head
