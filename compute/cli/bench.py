"""``klscope bench ...``: measurements of this machine, as ratios within one run."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from compute.scoring import bench
from compute.scoring.bench.numbers import Figures, lines

_SHAPES = f"Shapes, with commas: {', '.join(bench.SHAPES)}. Default: those at home here."
_FOLDER = "Where checkpoints are made (up to 4 GB), else a temporary folder."

Shapes = Annotated[str, typer.Option(help=_SHAPES)]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:0, ... or mps.")]
Dtype = Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")]
Threads = Annotated[int, typer.Option(min=0, help="0 = every core.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def scoring(
    shapes: Shapes = "",
    texts: Annotated[int, typer.Option(min=0, help="Texts of a block, 0 = by shape.")] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each comparison.")] = 7,
    switches: Annotated[
        int, typer.Option(min=-1, help="Checkpoint switches each way, 0 = as rounds, -1 = none.")
    ] = 0,
    whole: Annotated[
        int, typer.Option(min=0, help="Texts also scored in one go, 0 = by shape, on a GPU.")
    ] = 0,
    device: Device = "auto",
    dtype: Dtype = "auto",
    threads: Threads = 0,
    folder: Annotated[Path | None, typer.Option(help=_FOLDER)] = None,
    as_json: Json = False,
) -> None:
    """Measure scoring beside the plain loop, and lm-evaluation-harness where it is installed.

    Models have random weights. Every ratio is that of medians of interleaved blocks, with its
    range; a round is repeated when the matrix products beside it were 20 % off. Takes about ten
    minutes on 2 cores; means something only while nothing else runs.
    """
    with place(folder) as made:
        ask = bench.Ask(
            folder=made,
            shapes=_names(shapes),
            device=device,
            dtype=dtype,
            n_threads=threads,
            texts=texts,
            whole=whole,
            rounds=rounds,
            switches=switches,
        )
        show(bench.measure(ask, _say), as_json=as_json)


def budget(
    device: Device = "auto", dtype: Dtype = "auto", threads: Threads = 0, as_json: Json = False
) -> None:
    """Measure what a token takes in memory and time, for the formula of the token budget.

    Prints the constants as they are recorded in the program; they decide how batches are planned.
    """
    ask = bench.Ask(folder=Path(), device=device, dtype=dtype, n_threads=threads)
    show(bench.budget(ask, _say), as_json=as_json)


def lens(
    shapes: Shapes = "",
    texts: Annotated[int, typer.Option(min=0, help="Texts of a block, 0 = a few.")] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each comparison.")] = 7,
    device: Device = "auto",
    dtype: Dtype = "auto",
    threads: Threads = 0,
    as_json: Json = False,
) -> None:
    """Measure what all layers cost beside a forward pass and one unembedding for each.

    Models have random weights; blocks are interleaved. Then peak memory with one layer and with all
    of 32.
    """
    ask = bench.Ask(
        folder=Path(),
        shapes=_names(shapes),
        device=device,
        dtype=dtype,
        n_threads=threads,
        texts=texts,
        rounds=rounds,
    )
    show(bench.lens(ask, _say), as_json=as_json)


@contextmanager
def place(folder: Path | None = None) -> Iterator[Path]:
    """The folder given, else a temporary one."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="klscope-bench-") as made:
        yield Path(made)


def show(figures: Figures, *, as_json: bool) -> None:
    """Print figures for people or for programs."""
    typer.echo(json.dumps(figures, indent=1) if as_json else "\n".join(lines(figures)))


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
