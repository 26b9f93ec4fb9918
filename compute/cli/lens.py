"""``klscope lens fit``: train the translators of a tuned lens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compute.cli.progress import run_job
from compute.cli.score import checkpoints_of
from compute.core.errors import UsageError
from compute.core.numbers import count
from compute.core.specs import LensSpec

_MODEL = "A model, or one checkpoint as SOURCE@REVISION."
_TEXTS = "Texts that it is trained on; not those it is used on afterwards."


def fit(
    model: Annotated[str, typer.Argument(metavar="SOURCE[@REVISION]", help=_MODEL)],
    texts: Annotated[Path, typer.Option("--texts", "-t", metavar="T.jsonl", help=_TEXTS)],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="LENS.safetensors")],
    tokens: Annotated[int, typer.Option(min=512, help="States it is trained on.")] = 16_384,
    steps: Annotated[int, typer.Option(min=1, help="Steps for each layer.")] = 400,
    rate: Annotated[float, typer.Option(help="Learning rate, falling to zero.")] = 1e-3,
    seed: Annotated[int, typer.Option(help="Of the order of states.")] = 42,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="0 = every core.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Train an affine map for each layer, so that layers predict as the model itself does.

    For models that fit memory with the states of so many tokens. The file is for
    klscope score --layers all --lens LENS.safetensors.
    """
    found = checkpoints_of(model)
    if len(found) != 1:
        raise UsageError(
            f"{model} holds {count(len(found))} checkpoints, and a lens is for one",
            advice="Name one as SOURCE@REVISION",
        )
    spec = LensSpec(found[0].path, str(texts), str(out), tokens, steps, rate, seed, device, threads)
    done = run_job(spec, as_json).summary
    if as_json:
        return
    typer.echo(f"Lens of {len(done['layers'])} layers in {done['out']}. Mean KL to the model's own")
    typer.echo("prediction, nats/token, on states that were held out:")
    for layer, (before, after) in done["layers"].items():
        typer.echo(f"  layer {layer}: {before:.3f} by the logit lens, {after:.3f} by this one")
