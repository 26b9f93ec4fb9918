"""``klscope bench start``, ``window`` and ``together``: what the headless benchmarks cannot see."""

from __future__ import annotations

from typing import Annotated

import typer

from compute.cli.bench import Json, place, show

Repeats = Annotated[int, typer.Option(min=1, help="How often each measurement is repeated.")]


def start(repeats: Repeats = 5, as_json: Json = False) -> None:
    """Measure the time to the first paint, beside an empty window."""
    from explorer.bench.start import measure

    with place() as folder:
        show(measure(repeats, folder), as_json=as_json)


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
