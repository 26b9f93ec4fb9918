"""``klscope weights``: distances between the checkpoints of a run in weight space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compute.cli.progress import run_job
from compute.core.specs import WeightsSpec

_RUN = "A training run of the project; may be given several times. Default: every run."
_FROM = "The folder that holds the checkpoints now. Default: where they were scored from."
_WINDOW = "Only pairs at most so many checkpoints apart; 0 = all pairs."


def weights(
    project: Annotated[Path, typer.Argument(metavar="PROJECT.h5")],
    run: Annotated[list[str] | None, typer.Option("--run", metavar="RUN", help=_RUN)] = None,
    source: Annotated[Path | None, typer.Option("--from", metavar="FOLDER", help=_FROM)] = None,
    window: Annotated[int, typer.Option(min=0, metavar="N", help=_WINDOW)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Measure how far the checkpoints of a run are from each other in weight space.

    Squared Euclidean distances over all parameters, read from safetensors as a stream: memory does
    not grow with the model. Kept in the project. Interrupted, it goes on where it was.
    """
    spec = WeightsSpec(str(project), tuple(run or ()), str(source) if source else "", window)
    done = run_job(spec, as_json).summary
    if as_json:
        return
    typer.echo(f"Weight distances of {', '.join(done['runs'])} are in {project}")
    for name, why in done["failed"].items():
        typer.echo(f"Not of {name}: {why}", err=True)
