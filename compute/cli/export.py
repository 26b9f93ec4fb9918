"""``klscope export``: a project, its maps and distances, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compute.cli.progress import run_job
from compute.core.specs import ExportSpec
from compute.exchange import FORMATS

_FORMATS = f"{', '.join(f.id for f in FORMATS.values() if f.write)}."


def export(
    format_id: Annotated[str, typer.Argument(metavar="FORMAT", help=_FORMATS)],
    project: Annotated[Path, typer.Argument(metavar="PROJECT.h5")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DST", help="A new file, or a new folder.")
    ],
    entry: Annotated[
        list[str] | None, typer.Option(help="Only this entry, by label or id; several times.")
    ] = None,
    recipe: Annotated[
        str, typer.Option(help="Recipe of distances, trees and components.")
    ] = "clip2",
    vectors: Annotated[
        str,
        typer.Option(help="Coordinates: map (a stored one), pca, or rows (of the scaled matrix)."),
    ] = "",
    map_key: Annotated[
        str, typer.Option("--map", help="Key of a stored map, or its beginning.")
    ] = "",
    components: Annotated[int, typer.Option(help="Principal components, at most.")] = 50,
    linkage: Annotated[str, typer.Option(help="Tree: ward, or average (on KL).")] = "ward",
    compress: Annotated[bool, typer.Option("--compress", help="h5: shuffle and gzip.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file, or the earlier export.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Write a project for other programs; csv, parquet, npz, jsonl and h5 can be imported again."""
    spec = ExportSpec(
        project=str(project),
        destination=str(out),
        format=format_id,
        entries=tuple(entry or ()),
        recipe=recipe,
        vectors=vectors,
        map_key=map_key,
        components=components,
        linkage=linkage,
        compress=compress,
        overwrite=overwrite,
    )
    done = run_job(spec, as_json)
    if not as_json:
        typer.echo(f"Written to {done.summary['destination']}")
