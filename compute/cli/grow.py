"""``klscope grow``: a small real suite of models, trained here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from compute import minisuite
from compute.cli.progress import run_job
from compute.core.errors import UsageError
from compute.core.specs import GrowSpec

_SIZES = f"Sizes, with commas: {', '.join(minisuite.SIZES)}."


def grow(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the suite, new or empty.")],
    preset: Annotated[
        str, typer.Option(help=f"Where the rest comes from: {', '.join(minisuite.PRESETS)}.")
    ] = "default",
    sizes: Annotated[str, typer.Option(help=_SIZES)] = "",
    seeds: Annotated[str, typer.Option(help="Seeds, with commas.")] = "",
    steps: Annotated[int | None, typer.Option(help="Steps of 16 x 128 tokens.")] = None,
    checkpoints: Annotated[int | None, typer.Option(help="Checkpoints of each run.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; part of the result.")] = None,
    texts: Annotated[int | None, typer.Option(help="Held-out texts to write, 0 = none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Train small GPT-NeoX models on the source of Python's standard library.

    Writes OUT/<size>-seed<k>/step<n>/ in Hugging Face layout, OUT/suite.json, and OUT/texts.jsonl
    with texts no model has seen. The same arguments give the same bytes. Run it again to go on
    after an interruption.
    """
    given: dict[str, Any] = {
        "sizes": _names(sizes),
        "seeds": _numbers(seeds),
        "steps": steps,
        "n_checkpoints": checkpoints,
        "n_threads": threads,
        "n_texts": texts,
    }
    spec = minisuite.preset(preset, str(out))
    spec = replace(spec, **{k: v for k, v in given.items() if v is not None})
    minisuite.validate(spec)
    done = run_job(spec, as_json)
    if not as_json:
        _report(spec, done.summary)


def _names(text: str) -> tuple[str, ...] | None:
    return tuple(part.strip() for part in text.split(",") if part.strip()) or None


def _numbers(text: str) -> tuple[int, ...] | None:
    try:
        return tuple(int(part) for part in _names(text) or ()) or None
    except ValueError as e:
        raise UsageError(
            f"the seeds {text!r} are not whole numbers", advice="For example: --seeds 0,1"
        ) from e


def _report(spec: GrowSpec, summary: Any) -> None:
    typer.echo(f"The suite is in {spec.out}")
    if "texts" in summary:
        typer.echo(f"{summary['n_texts']:,} held-out texts are in {summary['texts']}")
