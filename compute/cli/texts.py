"""``klscope texts build``: a text set from files and folders."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from compute import texts
from compute.core.numbers import count


def build(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SRC...", help="Files and folders, text or JSONL.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The JSONL file to write.")],
    n: Annotated[int, typer.Option("-n", "--n", help="Texts to draw.")] = 10_000,
    max_bytes: Annotated[int, typer.Option(help="Longest piece, in UTF-8 bytes.")] = 1024,
    min_bytes: Annotated[int, typer.Option(help="Pieces must be longer than this.")] = 256,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 42,
    licence: Annotated[str, typer.Option(help="Licence of the texts, kept with them.")] = "",
    source: Annotated[str, typer.Option(help="Name of where the texts come from.")] = "",
    field: Annotated[str, typer.Option(help="Field of JSONL that holds the text.")] = "text",
    domain_field: Annotated[
        str, typer.Option(help="Field of JSONL that holds the domain, for example meta.set.")
    ] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of the files.")] = "utf-8",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Cut documents into pieces of at most 1,024 bytes and draw a sample, as in the paper.

    The domain of a text is the first folder below the source, or the given field of JSONL.
    """
    report = texts.build(
        sources,
        out,
        n=n,
        max_bytes=max_bytes,
        min_bytes=min_bytes,
        seed=seed,
        licence=licence,
        source_name=source,
        field=field,
        domain_field=domain_field,
        encoding=encoding,
        on_progress=_show if sys.stderr.isatty() else None,
    )
    if as_json:
        typer.echo(json.dumps({**asdict(report), "path": str(report.path)}))
    else:
        _report(report)


def _show(what: str, n_pieces: int) -> None:
    print(f"\r{what} pieces: {count(n_pieces)}   ", end="", file=sys.stderr, flush=True)


def _report(report: texts.BuildReport) -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    typer.echo(
        f"{count(report.n_texts)} texts of {report.n_bytes / report.n_texts:.0f} bytes on average, "
        f"drawn from {count(report.n_pieces)} pieces of {count(report.n_documents)} documents\n"
        f"Digest {report.digest[:12]}, written to {report.path}"
    )
    for note in report.notes:
        typer.echo(f"Note: {note}.", err=True)
