"""The window's benchmarks: ``klscope bench start``, ``window``, ``map`` and so on."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from compute.cli.bench import Json, place, show
from compute.core.errors import UsageError

_SIZES, _TEXTS, _FEWEST = "1000,10000,100000", "1000,10000", 100

Repeats = Annotated[int, typer.Option(min=1, help="How often each measurement is repeated.")]


def start(repeats: Repeats = 5, as_json: Json = False) -> None:
    """Measure the time to the first paint and the first map; ends with 1 if one takes too long."""
    from explorer.bench.start import measure, too_slow

    with place() as folder:
        figures = measure(repeats, folder)
    show(figures, as_json=as_json)
    for sentence in (found := too_slow(figures)):
        typer.echo(sentence, err=True)
    if found:
        raise typer.Exit(1)


def window(repeats: Repeats = 5, as_json: Json = False) -> None:
    """Measure how long the GUI thread is blocked while a job and a t-SNE run."""
    from explorer.bench.window import measure

    with place() as folder:
        show(measure(repeats, folder), as_json=as_json)


def map_(
    repeats: Repeats = 5,
    points: Annotated[str, typer.Option(help="Numbers of points, with commas.")] = _SIZES,
    as_json: Json = False,
) -> None:
    """Measure how fast the map is drawn and answers, beside vispy's Markers and Line.

    Same window, same pictures (compared first), turns taken. Exit code 1 when a budget does not
    hold. Means something only while nothing else runs.
    """
    from explorer.bench.map import measure, table

    found = measure(repeats, _numbers(points))
    typer.echo(json.dumps(found, indent=1) if as_json else "\n".join(table(found)))
    if found["broken"]:
        raise typer.Exit(1)


def diffusion(
    repeats: Repeats = 3,
    texts: Annotated[str, typer.Option(help="Numbers of texts, with commas.")] = _TEXTS,
    as_json: Json = False,
) -> None:
    """Measure dragging the window of the diffusion view, beside an empty canvas.

    20 runs of 154 checkpoints. Exit code 1 when a step of the drag takes too long.
    """
    from explorer.bench.diffusion import measure, table

    found = measure(repeats, _numbers(texts, "--texts", _TEXTS))
    typer.echo(json.dumps(found, indent=1) if as_json else "\n".join(table(found)))
    if found["broken"]:
        raise typer.Exit(1)


def together(repeats: Repeats = 5, as_json: Json = False) -> None:
    """Measure scoring and t-SNE at once, beside each alone."""
    from explorer.bench.together import measure

    with place() as folder:
        show(measure(repeats, folder), as_json=as_json)


def embed(
    repeats: Repeats = 5,
    three: Annotated[
        bool, typer.Option("--3d/--no-3d", help="Also one round in 3D, beside scikit-learn.")
    ] = True,
    window: Annotated[
        bool, typer.Option("--window", help="Also the same maps drawn in the window, not judged.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure t-SNE with its frames delivered beside openTSNE called directly, and the first PCA.

    1,018 made-up entries on 10,000 texts. Ends with code 1 when a budget does not hold.
    """
    from explorer.bench.embed import measure

    with place() as folder:
        figures = measure(repeats, folder, three=three, window=window)
    show(figures, as_json=as_json)
    if figures["missed"]:
        raise typer.Exit(1)


def heatmap(repeats: Repeats = 5, as_json: Json = False) -> None:
    """Measure the KL heat map of 10,000 models on 10,000 texts beside an empty vispy canvas.

    Made-up log-likelihoods: 400 MB on disk, 3 GB of memory. Ends with code 1 when a budget does
    not hold. Means something only while nothing else runs.
    """
    from explorer.bench.heatmap import measure

    with place() as folder:
        figures = measure(repeats, folder)
    show(figures, as_json=as_json)
    if figures["missed"]:
        raise typer.Exit(1)


def views(
    repeats: Annotated[int, typer.Option(min=1, help="How often all is done.")] = 1,
    as_json: Json = False,
) -> None:
    """Measure how long the GUI thread is blocked in each view, 2,000 entries on 10,000 texts.

    Every view is opened, pointed at, pressed and switched in the whole window. Ends with code 1
    when something outside painting took 100 ms or more.
    """
    from explorer.bench.views import measure

    with place() as folder:
        figures = measure(repeats, folder)
    show(figures, as_json=as_json)
    if figures["missed"]:
        raise typer.Exit(1)


def _numbers(text: str, option: str = "--points", example: str = _SIZES) -> tuple[int, ...]:
    parts = [part.strip().replace("_", "") for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() and int(part) >= _FEWEST for part in parts):
        raise UsageError(
            f"{option} {text!r} is not a list of numbers", advice=f"Write for example {example}"
        )
    return tuple(map(int, parts))
