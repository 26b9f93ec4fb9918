"""``klscope demo``: the example in a window, or the whole main job anew without a display."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from compute.core.errors import InputError, KlscopeError


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: grow, score, embed and draw.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder for the headless results.")] = Path(
        "klscope-demo"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON lines.")] = False,
) -> None:
    """Open the bundled example; without a display, do the whole main job and draw it."""
    from explorer.bridge.display import has_display

    if has_display() and not headless:
        from compute.core.assets import asset
        from explorer.app import run

        raise typer.Exit(run(asset("example.h5"), demo_folder=out))
    run_headless(out, as_json=as_json)


def run_headless(out: Path, *, as_json: bool) -> None:
    """Grow a suite, score it on held-out texts, embed it in 2D and 3D, draw both."""
    folder = _fresh(out)
    suite, project = folder / "suite", folder / "demo.h5"
    _grow(suite, as_json)
    _score(suite, project, as_json)
    pictures = _draw(project, folder)
    _report(project, pictures, as_json)


def _fresh(out: Path) -> Path:
    """An empty demo folder: an older demo is removed, anything else is refused."""
    mark = out / "made-by-klscope-demo"
    try:
        if out.exists():
            if not out.is_dir() or (any(out.iterdir()) and not mark.exists()):
                raise InputError(
                    f"{out} holds other files",
                    tried="Preparing the demo folder",
                    advice="Choose another folder with --out",
                )
            shutil.rmtree(out)
        out.mkdir(parents=True)
        mark.write_text("This folder is removed and made again by 'klscope demo'.\n")
    except OSError as e:
        raise InputError(
            e.strerror or str(e),
            tried=f"Preparing the demo folder {out}",
            advice="Choose another folder with --out",
        ) from e
    return out


def _grow(suite: Path, as_json: bool) -> None:
    """Two sizes, two seeds, and 128 texts that no model of the suite was trained on."""
    from compute.cli.progress import run_job
    from compute.minisuite import PRESETS

    run_job(replace(PRESETS["demo"], out=str(suite)), as_json)


def _score(suite: Path, project: Path, as_json: bool) -> None:
    from compute import sources
    from compute.cli.progress import run_job
    from compute.core.specs import ScoreSpec

    checkpoints = sources.resolve(str(suite)).checkpoints
    run_job(ScoreSpec(str(project), checkpoints, texts=str(suite / "texts.jsonl")), as_json)


def _draw(project: Path, folder: Path) -> tuple[Path, ...]:
    from explorer.commands.render import Shot, draw

    shots = (
        Shot(project, folder / "map-2d.png"),
        Shot(project, folder / "map-3d.png", dims=3, theme="light"),
    )
    draw(shots)
    return tuple(shot.out for shot in shots)


def _report(project: Path, pictures: tuple[Path, ...], as_json: bool) -> None:
    from compute import store

    snapshot = store.read(project)
    scored = sum(e.status == "done" for e in snapshot.entries)
    if scored == 0:
        raise KlscopeError("no checkpoint of the demo could be scored")
    if as_json:
        paths = [str(p) for p in pictures]
        typer.echo(json.dumps({"project": str(project), "scored": scored, "pictures": paths}))
        return
    typer.echo(f"{scored} checkpoints scored on {len(snapshot.texts)} texts.")
    for path in (project, *pictures):
        typer.echo(str(path))
