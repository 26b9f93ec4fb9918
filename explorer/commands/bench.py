"""``klscope bench``: the speed budget, measured here and now."""

from __future__ import annotations

import importlib
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from compute.core.errors import UsageError
from explorer.bench import BENCHES


def bench(
    names: Annotated[list[str] | None, typer.Argument(help="start, window, together.")] = None,
    repeats: Annotated[int, typer.Option(help="How often each measurement is repeated.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Measure; every figure stands beside something run in the same process run."""
    chosen = names or list(BENCHES)
    for name in chosen:
        if name not in BENCHES:
            known = ", ".join(BENCHES)
            raise UsageError(f"there is no benchmark {name!r}", advice=f"Choose one of: {known}")
    with tempfile.TemporaryDirectory(prefix="klscope-bench-") as folder:
        found = {name: _measure(name, repeats, Path(folder)) for name in chosen}
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for name, figures in found.items():
        typer.echo(f"{name}: {BENCHES[name][1]}")
        for label, value in figures.items():
            typer.echo(f"  {label}: {value}")


def _measure(name: str, repeats: int, folder: Path) -> dict[str, object]:
    module, _, function = BENCHES[name][0].partition(":")
    return dict(getattr(importlib.import_module(module), function)(repeats, folder))
