"""``klscope bench weights``: distances in weight space beside plain reading."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from compute.cli.bench import place
from compute.core.errors import KlscopeError
from compute.weights import bench

_FOLDERS = "Checkpoints of one run. Default: two of random weights are made."
_MAKE = "import sys; from pathlib import Path; from compute.weights.bench import make_pair; "


def weights(
    checkpoints: Annotated[list[Path] | None, typer.Argument(help=_FOLDERS)] = None,
    size_mb: Annotated[int, typer.Option(min=1, help="MiB of each made checkpoint.")] = 2048,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds after the first.")] = 5,
    folder: Annotated[Path | None, typer.Option(help="Where they are made.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure how fast weights are compared, beside plain reading of the same files.

    Both read from the system's cache after the first round. Peak memory is that of this process.
    """
    with place(folder) as made:
        pair = checkpoints or _made(made, size_mb)
        figures = bench.measure(pair, rounds, lambda line: typer.echo(line, err=True))
    typer.echo(json.dumps(figures, indent=1) if as_json else _text(figures))


def _made(folder: Path, size_mb: int) -> list[Path]:
    """Made by another process, so that what that takes is not counted as ours."""
    code = f"{_MAKE}make_pair(Path(sys.argv[1]), {size_mb} << 20)"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise KlscopeError(done.stderr.strip().rpartition("\n")[2], tried="Making checkpoints")
    return [folder / "step0", folder / "step1"]


def _text(figures: dict[str, float | int | list[float]]) -> str:
    share = figures["share"]
    assert isinstance(share, list)
    size, plain, ours, memory = (
        float(figures[k])  # type: ignore[arg-type]
        for k in ("bytes", "plain_s", "distances_s", "memory_bytes")
    )
    return (
        f"{figures['checkpoints']} checkpoints, {size / 1e9:.2f} GB: "
        f"read in {plain:.2f} s ({size / plain / 1e9:.2f} GB/s), "
        f"compared in {ours:.2f} s ({size / ours / 1e9:.2f} GB/s)\n"
        f"rate of comparing over reading: {share[0]:.2f} ({share[1]:.2f}-{share[2]:.2f})\n"
        f"peak memory {memory / 2**20:.0f} MiB"
    )
