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
    run: Annotated[str | None, typer.Option(help="The run it is a checkpoint of.")] = None,
    seed: Annotated[str | None, typer.Option(help='Seed of its run; "" = unknown.')] = None,
    size: Annotated[str | None, typer.Option(help="Its size as a word, such as 6.9b.")] = None,
    parameters: Annotated[
        str | None, typer.Option(help='Number of its parameters, such as 6.9B; "" = unknown.')
    ] = None,
    layer: Annotated[str | None, typer.Option(help='The layer it is; "" = a whole model.')] = None,
    quantization: Annotated[
        str | None, typer.Option(help="How it is quantized, such as 8bit, nf4 or gptq.")
    ] = None,
    parents: Annotated[
        str | None, typer.Option(help="Id or name of its parent; several with commas between.")
    ] = None,
    relation: Annotated[
        str | None, typer.Option(help="What it is of its parent, such as fine-tune-of.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Correct what a project says about an entry. Its scores stay as they are."""
    given = {
        "label": label, "step": step, "tokens_seen": tokens, "family": family, "tags": tags,
        "run": run, "seed": seed, "size": size, "n_params": parameters, "layer": layer,
        "quantization": quantization, "relation": relation,
    }  # fmt: skip
    changes = {k: FIELDS[k].parsed(text) for k, text in given.items() if text is not None}
    if parents is not None:
        first, *others = FIELDS["other_parents"].parsed(parents) or ("",)
        changes |= {"parent": first, "other_parents": tuple(others)}
    if not changes:
        raise UsageError("There is nothing to change", advice="Give --label, --step or another")
    spec = EditSpec(str(project), ((entry, changes),))
    done = run_job(spec, as_json)
    if not as_json:
        n = done.summary["n_edited"]
        typer.echo(f"Changed {entry} in {project}" if n else f"{entry} was like that already")
