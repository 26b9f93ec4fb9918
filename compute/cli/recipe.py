"""``klscope recipe``: what a project's numbers are made with, and the words to change it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from compute.cli.progress import run_job
from compute.core.errors import UsageError
from compute.core.numbers import count, plain
from compute.core.specs import RecipeSpec
from compute.jobs import recipes

Project = Annotated[Path, typer.Argument(metavar="PROJECT.h5", help="The project, an HDF5 file.")]
Name = Annotated[str, typer.Argument(help="Name of the recipe.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
_DROP = (
    "Texts to drop: a number or a share such as 3% of those that jump most between checkpoints "
    "(with --analysis), or ids with commas between (ids:7,12 where an id is a number)."
)
_SHOWN = 60


def list_(project: Project, as_json: AsJson = False) -> None:
    """List the recipes of a project: version, what each does, what to keep in mind."""
    found = recipes.listing(project)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for item in found:
        typer.echo(f"{_head(item)}: {_does(item)}")
        _remarks(item)


def show(project: Project, name: Name, as_json: AsJson = False) -> None:
    """Say all that a recipe does: excluded entries with their reasons, tau, texts, centre."""
    item = recipes.one(project, name)
    typer.echo(json.dumps(item) if as_json else "\n".join(_all_of(item)))
    if not as_json:
        _remarks(item)


def make(
    project: Project,
    name: Name,
    base: Annotated[str, typer.Option(help="The recipe it starts from.")] = "clip2",
    clip: Annotated[
        float | None, typer.Option(min=0, max=0.5, help="Share clipped from below, 0.02 = 2 %.")
    ] = None,
    no_clip: Annotated[bool, typer.Option("--no-clip", help="No clipping.")] = False,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="ENTRY", help="Leave out an entry; repeat for more.")
    ] = None,
    drop_texts: Annotated[str, typer.Option(metavar="N|3%|IDS", help=_DROP)] = "",
    domain: Annotated[
        list[str] | None, typer.Option(help="Use only texts of this domain; repeat for more.")
    ] = None,
    centre_on: Annotated[
        list[str] | None,
        typer.Option(metavar="ENTRY", help="The mean of these is the origin; no KL depends on it."),
    ] = None,
    analysis: Annotated[
        str, typer.Option(help="Exclude and drop by rule for sizes, seeds or pretraining.")
    ] = "",
    after: Annotated[
        int, typer.Option(help="First step after warm-up; -1 = two regular intervals.")
    ] = -1,
    score: Annotated[
        str, typer.Option(help="Rank outlier texts by their largest step (max) or its SD (sd).")
    ] = "max",
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of a recipe of that name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a recipe: exclude entries, clip, drop texts, restrict to domains, centre; keep it.

    With --analysis odd checkpoints and runs are excluded by rule, tau is taken over the rest, and
    the top 3 % of texts that jump most between checkpoints are dropped.
    """
    if no_clip and clip is not None:
        raise UsageError("--clip and --no-clip exclude each other")
    n, share, ids = dropped(drop_texts)
    spec = RecipeSpec(
        str(project),
        "make",
        name,
        base=base,
        clip_quantile=0.0 if no_clip else -1.0 if clip is None else clip,
        excluded=tuple(exclude or ()),
        dropped_texts=ids,
        n_drop=n,
        drop_share=share,
        domains=tuple(domain or ()),
        centred_on=tuple(centre_on or ()),
        analysis=analysis,
        after=after,
        score=score,
        replace=replace,
    )
    _done(spec, "Made", as_json)


def freeze(project: Project, name: Name, as_json: AsJson = False) -> None:
    """Work a recipe out again from the project as it is: a new version where anything differs."""
    _done(RecipeSpec(str(project), "freeze", name), "Froze", as_json)


def delete(project: Project, name: Name, as_json: AsJson = False) -> None:
    """Take a recipe out of the project. raw and clip2 are built in and stay."""
    done = run_job(RecipeSpec(str(project), "delete", name))
    typer.echo(json.dumps(dict(done.summary)) if as_json else f"Deleted the recipe {name}")


def flags(
    project: Project,
    recipe: Annotated[str, typer.Option(help="Its clipping applies.")] = "clip2",
    as_json: AsJson = False,
) -> None:
    """List what looks wrong in the training runs: spikes, copies, gaps, runs far from the rest."""
    found = recipes.flags(project, recipe)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for flag in found:
        kept = "" if flag["excludes"] else " It stays in."
        typer.echo(f"{flag['title']}: {flag['reason']}{kept}")
    if not found:
        typer.echo("No checkpoint and no run looks wrong")


def texts(
    project: Project,
    analysis: Annotated[str, typer.Option(help="sizes, seeds or pretraining.")] = "pretraining",
    n: Annotated[int, typer.Option("-n", "--n", min=1, help="How many to list.")] = 20,
    recipe: Annotated[
        str, typer.Option(help="What to start from where the analysis has no stored recipe.")
    ] = "clip2",
    as_json: AsJson = False,
) -> None:
    """List the texts that jump most between neighbouring checkpoints, with both scores."""
    found = recipes.texts(project, analysis, n, recipe)
    typer.echo(json.dumps(found) if as_json else "\n".join(_text_lines(found)))


def dropped(words: str) -> tuple[int, float, tuple[str, ...]]:
    """(number, share, ids) of ``--drop-texts``; -1 = not given.

    Raises
    ------
    UsageError
        If it is a share of more than everything.
    """
    words = words.strip()
    if re.fullmatch(r"\d+", words):
        return int(words), -1.0, ()
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", words):
        share = float(found[1]) / 100
        if share >= 1:
            raise UsageError(f"{words} of the texts cannot be dropped")
        return -1, share, ()
    listed = words.removeprefix("ids:").split(",")
    return -1, -1.0, tuple(name.strip() for name in listed if name.strip())


def _done(spec: RecipeSpec, verb: str, as_json: bool) -> None:
    summary = run_job(spec).summary
    if as_json:
        typer.echo(json.dumps(dict(summary)))
        return
    item = summary["recipe"]
    head = f"{verb} {_head(item)}" if summary["changed"] else f"{_head(item)} is as it was"
    typer.echo(f"{head}: {_does(item)}")
    _remarks(item)


def _head(item: Mapping[str, Any]) -> str:
    return f"{item['name']} version {item['version']}"


def _does(item: Mapping[str, Any]) -> str:
    """``clips at -1,412.3 nats (2 %), excludes 1 entry, drops 300 of 10,000 texts``."""
    parts = [_clip(item)] if item["clip_quantile"] else []
    n, m = len(item["excluded"]), len(item["dropped_texts"])
    parts += [f"excludes {'1 entry' if n == 1 else f'{count(n)} entries'}"] if n else []
    parts += [f"drops {count(m)} of {count(item['n_texts'])} texts"] if m else []
    parts += [f"keeps the domains {', '.join(item['domains'])}"] if item["domains"] else []
    n = len(item["centred_on"])
    parts += [f"centres on {'1 entry' if n == 1 else f'{count(n)} entries'}"] if n else []
    made = f" (from {item['base']})" if item["base"] else ""
    return (", ".join(parts) or "changes nothing") + made


def _clip(item: Mapping[str, Any]) -> str:
    share, tau = 100 * item["clip_quantile"], item["tau_nats"]
    where = "not frozen yet" if tau is None else f"at {tau:,.1f} nats".replace("-", "−")
    return f"clips the lowest {share:g} % {where}"


def _all_of(item: Mapping[str, Any]) -> list[str]:
    lines = [f"{_head(item)}: {_does(item)}"]
    lines += [f"Analysis: {item['analysis']}"] if item["analysis"] else []
    lines += [f"Excluded: {out['id']} ({out['reason']})" for out in item["excluded"]]
    lines += [f"Dropped texts: {', '.join(item['dropped_texts'])}"] if item["dropped_texts"] else []
    return lines + (["Centred on: " + ", ".join(item["centred_on"])] if item["centred_on"] else [])


def _remarks(item: Mapping[str, Any]) -> None:
    for warning in item["warnings"]:
        typer.echo(f"Warning: {warning}", err=True)
    n = len(item.get("old_maps", ()))
    if n:
        maps = "1 stored map was" if n == 1 else f"{count(n)} stored maps were"
        typer.echo(f"Note: {maps} made with an older version of {item['name']}.", err=True)


def _text_lines(found: Mapping[str, Any]) -> list[str]:
    r = found["correlation_of_max_and_sd"]
    head = (
        f"{count(found['n_texts'])} texts over {count(found['n_pairs'])} pairs of neighbouring "
        f"checkpoints; {count(found['n_dropped'])} dropped by {found['recipe']}; "
        f"correlation of maximum and SD {plain(r)}"
    )
    return [head, "rank  max  SD (nats)  text", *_rows(found["texts"])]


def _rows(items: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{item['rank']:>4}  {item['max_nats']:.1f}  {item['sd_nats']:.1f}  "
        f"{'dropped' if item['dropped'] else 'kept'}  {item['id']}  "
        f"{' '.join(item['text'].split())[:_SHOWN]}"
        for item in items
    ]
