"""``klscope bench report``: a report of a project of random numbers, timed item by item."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from compute import store
from compute.cli.bench import place
from compute.cli.progress import run_job
from compute.cli.report import told
from compute.core.specs import ReportSpec
from compute.report.trial import trial


def report(
    entries: Annotated[int, typer.Option(min=350, help="Entries, about.")] = 2000,
    texts: Annotated[int, typer.Option(min=100, help="Texts.")] = 10_000,
    bootstrap: Annotated[int, typer.Option(min=0, help="Bootstraps over texts.")] = 200,
    folder: Annotated[
        Path | None, typer.Option(help="Where project and report stay, else a temporary folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure how long the report of a project takes, and each figure in it.

    The project has the shape of the paper's: runs of several sizes and seeds, models with
    fine-tunes, quantized variants and layers, weight distances and benchmark scores. No map is
    cached.
    """
    with place(folder) as at:
        project = at / "trial.h5"
        if not project.exists():
            _write(project, entries, texts)
        began = time.perf_counter()
        spec = ReportSpec(str(project), str(at / "report"), bootstrap=bootstrap)
        summary = {**run_job(spec).summary, "entries": entries, "texts": texts}
        summary["seconds"] = time.perf_counter() - began
        typer.echo(json.dumps(summary) if as_json else told(summary))


def _write(project: Path, n_entries: int, n_texts: int) -> None:
    typer.echo("Making the project", err=True)
    made = trial(n_entries, n_texts)
    rows = {entry.id: row for entry, row in zip(made.entries, made.rows, strict=True)}
    store.create(project, made.texts)
    store.commit(
        project,
        store.PutEntries(made.entries),
        store.PutRows(rows),
        *(store.PutWeights(w) for w in made.weights),
        store.PutBenchmarks(made.benchmarks),
    )
