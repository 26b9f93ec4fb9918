"""``klscope import``: data that was made elsewhere, into a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compute.cli.progress import run_job
from compute.core.numbers import count
from compute.core.specs import ImportSpec
from compute.exchange import FORMATS
from compute.exchange.contract import PER, ROWS, UNITS

_FORMATS = f"auto, or {', '.join(f.id for f in FORMATS.values() if f.read)}."


def import_(
    format_id: Annotated[str, typer.Argument(metavar="FORMAT", help=_FORMATS)],
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A file or a folder.")],
    project: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="PROJECT.h5", help="New, or a project with the same texts."
        ),
    ],
    texts: Annotated[
        Path | None, typer.Option(metavar="T.jsonl", help="The texts, where SRC has none.")
    ] = None,
    unit: Annotated[str, typer.Option(help=f"Unit of the numbers: {', '.join(UNITS)}.")] = "nats",
    per: Annotated[
        str, typer.Option(help=f"Sums over a {PER[1]}, or averages over its bytes: {PER[2]}.")
    ] = "",
    rows: Annotated[
        str, typer.Option(help=f"What the rows of a table are: {' or '.join(ROWS[1:])}.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Read log-likelihoods of other programs into a project.

    The project is made whole or not at all. Into a project that is there, entries are added if the
    texts are the same; one that is there already is passed by.
    """
    spec = ImportSpec(
        str(project), str(source), format_id, str(texts) if texts else "", unit, per, rows
    )
    done = run_job(spec, as_json).summary
    if not as_json:
        n, same, n_texts = done["n_added"], done["n_same"], done["n_texts"]
        if FORMATS[done["format"]].content == "coordinates":
            typer.echo(f"Imported a map of entries into {project}")
            return
        there = f"; {count(same)} were there already" if same else ""
        entries = "entry" if n == 1 else "entries"
        typer.echo(f"Imported {count(n)} {entries} on {count(n_texts)} texts into {project}{there}")
