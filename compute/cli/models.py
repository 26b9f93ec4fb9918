"""``klscope models``: what a source holds, with everything checked that needs no torch."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from compute import sources
from compute.core.numbers import short_count, size
from compute.core.tables import Checkpoint, Listing

_SOURCE = (
    "A model, a training run, a folder of runs, org/name[@revision] in the Hugging Face cache, "
    "or the word cache for all of that."
)


def models(
    source: Annotated[str, typer.Argument(help=_SOURCE)],
    digests: Annotated[
        bool, typer.Option("--digests/--no-digests", help="Read all weights to find duplicates.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List the checkpoints of a source: run, step, size, digest, duplicates and problems."""
    listing = sources.resolve(source, digests=digests)
    if as_json:
        typer.echo(json.dumps(asdict(listing)))
    else:
        _print(listing)


def _print(listing: Listing) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title, justify in _COLUMNS:
        table.add_column(title, justify=justify, no_wrap=title != "remark")
    for row in listing.checkpoints:
        table.add_row(*_cells(row))
    console = Console(highlight=False, markup=False)
    console.print(table)
    for note in listing.notes:
        typer.echo(note, err=True)


_COLUMNS: tuple[tuple[str, Literal["left", "right"]], ...] = (
    ("checkpoint", "left"),
    ("step", "right"),
    ("tokens", "right"),
    ("parameters", "right"),
    ("weights", "right"),
    ("digest", "left"),
    ("remark", "left"),
)


def _cells(row: Checkpoint) -> tuple[str, ...]:
    same = f"same weights as {row.duplicate_of}" if row.duplicate_of else ""
    kind = f"quantized ({row.quantization})" if row.quantization else ""
    if row.adapter:
        kind = f"adapter on {row.parents[0] if row.parents else row.path}"
    return (
        row.label,
        str(row.step) if row.step >= 0 else "",
        short_count(row.tokens_seen) if row.tokens_seen >= 0 else "",
        short_count(row.n_params) if row.n_params >= 0 else "",
        size(row.n_bytes) if row.n_bytes >= 0 else "",
        row.digest[:12],
        row.problem or same or kind,
    )
