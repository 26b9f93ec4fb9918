"""``klscope edit``: correct what a project says about an entry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compute.cli.progress import run_job
from compute.core.edits import FIELDS
from compute.core.errors import UsageError
from compute.core.specs import EditSpec


def edit(
    project: Annotated[Path, typer.Argument(metavar="PROJECT.h5")],
    entry: Annotated[str, typer.Argument(help="Its label or id.")],
    label: Annotated[str | None, typer.Option(help="Its new label.")] = None,
    step: Annotated[str | None, typer.Option(help='Its training step; "" = unknown.')] = None,
    tokens: Annotated[
        str | None, typer.Option(help='Tokens seen, such as 1.74M; "" = unknown.')
    ] = None,
    family: Annotated[str | None, typer.Option(help="Its family.")] = None,
    tags: Annotated[str | None, typer.Option(help="All its tags, with commas between.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Change label, step, tokens, family or tags of an entry. Its scores stay as they are."""
    given = {"label": label, "step": step, "tokens_seen": tokens, "family": family, "tags": tags}
    changes = {k: FIELDS[k].parsed(text) for k, text in given.items() if text is not None}
    if not changes:
        raise UsageError("there is nothing to change", advice="Give --label, --step or another")
    spec = EditSpec(str(project), ((entry, changes),))
    done = run_job(spec, as_json)
    if not as_json:
        n = done.summary["n_edited"]
        typer.echo(f"Changed {entry} in {project}" if n else f"{entry} was like that already")
