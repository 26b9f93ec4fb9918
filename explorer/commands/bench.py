"""``klscope bench start``, ``window``, ``together``, ``embed``: what scoring benchmarks cannot see."""

from __future__ import annotations

from typing import Annotated

import typer

from compute.cli.bench import Json, place, show

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
    as_json: Json = False,
) -> None:
    """Measure t-SNE with its frames delivered beside openTSNE called directly, and the first PCA.

    1,018 made-up entries on 10,000 texts. Ends with code 1 when a budget does not hold.
    """
    from explorer.bench.embed import measure

    with place() as folder:
        figures = measure(repeats, folder, three=three)
    show(figures, as_json=as_json)
    if figures["missed"]:
        raise typer.Exit(1)
