"""``klscope grow``: a small real suite of models, trained here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from compute import minisuite
from compute.cli.progress import run_job
from compute.core.errors import UsageError
from compute.core.numbers import count, duration
from compute.core.specs import GrowSpec, ReplicaSpec
from compute.minisuite.replica import PLANS, Plan

_SIZES = f"Sizes, with commas: {', '.join(minisuite.SIZES)}."
_PRESET = (
    f"Where the rest comes from: {', '.join(minisuite.PRESETS)}; or replica: the paper in "
    "miniature, grown, scored and measured (replica-tiny: a trial of it)."
)
_PLAN = "Of a replica: say its stages, budgets and disk use, and do nothing."


def grow(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the suite, new or empty.")],
    preset: Annotated[str, typer.Option(help=_PRESET)] = "default",
    sizes: Annotated[str, typer.Option(help=_SIZES)] = "",
    seeds: Annotated[str, typer.Option(help="Seeds, with commas.")] = "",
    steps: Annotated[int | None, typer.Option(help="Steps of 16 x 128 tokens.")] = None,
    checkpoints: Annotated[int | None, typer.Option(help="Checkpoints of each run.")] = None,
    threads: Annotated[int | None, typer.Option(help="Threads; part of the result.")] = None,
    texts: Annotated[int | None, typer.Option(help="Held-out texts to write, 0 = none.")] = None,
    interval: Annotated[
        int | None, typer.Option(help="Steps between even checkpoints, instead of a number.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help=_PLAN)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Train small GPT-NeoX models on the source of Python's standard library.

    Writes OUT/<size>-seed<k>/step<n>/ in Hugging Face layout, OUT/suite.json, and OUT/texts.jsonl
    with texts no model has seen. The same arguments give the same bytes. Run it again to go on
    after an interruption.

    With --preset replica OUT becomes the paper in miniature: OUT/suite, OUT/tuned (fine-tuned
    models), OUT/replica.h5 with everything scored, OUT/example.h5 compressed.
    """
    given: dict[str, Any] = {
        "sizes": _names(sizes),
        "seeds": _numbers(seeds),
        "steps": steps,
        "n_checkpoints": checkpoints,
        "n_threads": threads,
        "n_texts": texts,
        "interval": interval,
    }
    if preset in PLANS:
        _replica(str(out), preset, given, plan, as_json)
        return
    if plan:
        raise UsageError("Only a replica has a plan", advice="For example: --preset replica")
    spec = minisuite.preset(preset, str(out))
    spec = replace(spec, **{k: v for k, v in given.items() if v is not None})
    minisuite.validate(spec)
    done = run_job(spec, as_json)
    if not as_json:
        _report(spec, done.summary)


def _replica(out: str, name: str, given: dict[str, Any], plan: bool, as_json: bool) -> None:
    if any(value is not None for value in given.values()):
        raise UsageError(
            "The replica is one plan, which no other option changes",
            advice="Give --out alone, or choose another preset",
        )
    if plan:
        typer.echo("\n".join(plan_lines(PLANS[name])))
        return
    done = run_job(ReplicaSpec(out, name), as_json).summary
    if as_json:
        return
    typer.echo(f"Took {duration(sum(done['seconds'].values()))} in all; {done['project']}")
    typer.echo(f"The same compressed, without the places of this machine: {done['example']}")
    for stage, why in done["skipped"].items():
        typer.echo(f"Left out: {stage}. {why}", err=True)


def plan_lines(plan: Plan) -> list[str]:
    """What a plan does, in lines for people."""
    stages = plan.stages
    rows = [f"{stage.minutes:6.1f} min  {stage.title}{_needs(stage.needs)}" for stage in stages]
    total = sum(stage.minutes for stage in stages)
    sizes = ", ".join(
        f"{name} ({count(minisuite.SIZES[name].n_params)} parameters)" for name in plan.sizes
    )
    return [
        *rows,
        f"{total:6.1f} min  in all, on {plan.n_threads} free cores without a GPU",
        "",
        f"Sizes: {sizes}.",
        f"Each run: {count(plan.steps)} steps, saved at {count(len(plan.save_at))} of them: powers "
        f"of two, and every {plan.interval}.",
        f"Entries of the project: {count(plan.n_entries)}, on {count(plan.n_texts)} texts.",
        f"Disk: about {plan.disk_bytes / 1e9:.1f} GB.",
    ]


def _needs(needs: tuple[tuple[str, str], ...]) -> str:
    extras = dict.fromkeys(extra for _, extra in needs)
    return f" (needs klscope[{','.join(extras)}])" if extras else ""


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
