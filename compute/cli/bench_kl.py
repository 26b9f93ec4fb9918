"""``klscope bench kl``: the KL matrix beside plain products, and the memory of a large one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from compute import store
from compute.cli.bench import Json, place, show
from compute.core.errors import InputError
from compute.core.tables import Entry, Recipe, TextSet
from compute.geometry import bench

_LARGE = "Also all pairs of thousands of entries by `klscope kl --npy`, in a process of its own."
_FOLDER = "Where the large project is made (1.2 GB at 10,000 x 10,000), else a temporary folder."
_LIMIT_GB = 4.0
_RUN = """
import sys
from compute.cli import build_app, main_guard
code = main_guard(build_app(), sys.argv[1:])
status = open("/proc/self/status").read() if sys.platform == "linux" else ""
print([line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")])
sys.exit(code)
"""


def kl(
    entries: Annotated[int, typer.Option(min=2, help="Entries beside the products.")] = 1018,
    texts: Annotated[int, typer.Option(min=2, help="Texts.")] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds after the first.")] = 7,
    large: Annotated[bool, typer.Option("--large", help=_LARGE)] = False,
    large_entries: Annotated[int, typer.Option(min=2, help="Entries of the large one.")] = 10_000,
    folder: Annotated[Path | None, typer.Option(help=_FOLDER)] = None,
    as_json: Json = False,
) -> None:
    """Measure the KL matrix beside one float64 product of that shape, and memory at scale.

    Ends with code 1 when it takes more than twice the product, or 10,000 entries more than 4 GB.
    """
    figures: dict[str, Any] = dict(bench.measure(entries, texts, rounds, _say))
    broken = figures["times the product"][bench.WAYS["kl"]]["ratio"] > bench.LIMIT
    if large:
        with place(folder) as made:
            found = _large(made, large_entries, texts)
        figures["all pairs into a file"] = found
        broken |= found["peak memory of the process, GB"] >= _LIMIT_GB
    show(figures, as_json=as_json)
    if broken:
        raise typer.Exit(1)


def _large(folder: Path, n_entries: int, n_texts: int) -> dict[str, Any]:
    project, matrix = folder / "large.h5", folder / "large.npy"
    _say(f"making a project of {n_entries} entries")
    make = "import sys; from pathlib import Path; from compute.cli.bench_kl import make_project; "
    call = f"make_project(Path(sys.argv[1]), {n_entries}, {n_texts})"
    _child(make + call, str(project))
    _say("all pairs")
    began = time.perf_counter()
    out = _child(_RUN, "kl", str(project), "--npy", str(matrix), "--json")
    seconds = time.perf_counter() - began
    peak = json.loads(out[-1].replace("'", '"'))
    try:
        return {
            "entries": n_entries,
            "texts": n_texts,
            "s": float(f"{seconds:.3g}"),
            "peak memory of the process, GB": float(f"{int(peak[0]) * 1024 / 1e9:.3g}"),
            "size of the file, GB": float(f"{matrix.stat().st_size / 1e9:.3g}"),
        }
    except IndexError:
        raise InputError(
            "this system does not say how much memory a process used at most",
            tried="Measuring the memory of a large matrix",
        ) from None
    finally:
        for file in (project, matrix):
            file.unlink(missing_ok=True)


def _child(code: str, *arguments: str) -> list[str]:
    """Lines that a fresh interpreter prints.

    Raises
    ------
    InputError
        If it fails; with its last words.
    """
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise InputError(last, tried="Measuring the memory of a large matrix")
    return done.stdout.strip().splitlines()


def make_project(path: Path, n_entries: int, n_texts: int) -> None:
    """Made-up entries on made-up texts; the clip value is not frozen, which takes most memory."""
    rng = np.random.default_rng(0)
    body = "x" * 960
    texts = TextSet(
        tuple(map(str, range(n_texts))), tuple(f"{k} {body}" for k in range(n_texts)),
        ("",) * n_texts, source="made up for a measurement",
    )  # fmt: skip
    base = (-700 + 80 * rng.standard_normal(n_texts, np.float32)).astype(np.float32)
    entries = tuple(
        Entry(f"e{k}", label=f"entry {k}", status="done", n_scored=n_texts)
        for k in range(n_entries)
    )
    rows = {e.id: base + 20 * rng.standard_normal(n_texts, np.float32) for e in entries}
    store.create(path, texts)
    recipe = Recipe("clip2", clip_quantile=0.02)
    store.commit(path, store.PutEntries(entries), store.PutRows(rows), store.PutRecipe(recipe))


def _say(line: str) -> None:
    typer.echo(line, err=True)
