"""``klscope kl``: the KL of a pair with its standard error, or the matrix of all pairs."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from compute import geometry, store
from compute.core.errors import InputError, UsageError
from compute.core.numbers import COMMON_ERRORS, count, with_se
from compute.core.tables import Entry, Recipe, Snapshot
from compute.geometry import PairKL, Prepared
from compute.jobs.recipes import warnings_of


def kl(
    project: Annotated[Path, typer.Argument(help="The project, an HDF5 file.")],
    a: Annotated[str, typer.Argument(help="An entry, by label or id.")] = "",
    b: Annotated[str, typer.Argument(help="Another entry.")] = "",
    recipe: Annotated[str, typer.Option(help="Name of the recipe.")] = "clip2",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file.")
    ] = None,
) -> None:
    """KL in bits/byte: of two entries with its standard error, or of all pairs as CSV."""
    snapshot = store.read(project)
    chosen = geometry.find_recipe(snapshot, recipe)
    if a and not b:
        raise UsageError("Only one entry is named", advice="Name two entries, or none for all")
    for warning in () if as_json else warnings_of(snapshot, chosen):
        typer.echo(f"Warning: {warning}", err=True)
    if a:
        _pair(snapshot, chosen, (a, b), as_json=as_json, file=csv_file)
    else:
        _matrix(snapshot, chosen, as_json=as_json, file=csv_file)


def _pair(
    snapshot: Snapshot,
    recipe: Recipe,
    names: tuple[str, str],
    *,
    as_json: bool,
    file: Path | None,
) -> None:
    first, second = (geometry.find_entry(snapshot.entries, name) for name in names)
    result = geometry.kl_pair(snapshot, recipe, first.id, second.id)
    values = pair_json(result)
    if file is not None:
        _write_csv(file, [["a", "b", *values], [*map(_name, (first, second)), *values.values()]])
    if as_json:
        typer.echo(json.dumps(values | _warned(snapshot, recipe)))
    else:
        typer.echo(_pair_text(_name(first), _name(second), result))


def _warned(snapshot: Snapshot, recipe: Recipe) -> dict[str, Any]:
    """``warnings`` about the recipe, only where there are any."""
    warnings = list(warnings_of(snapshot, recipe))
    return {"warnings": warnings} if warnings else {}


def pair_json(result: PairKL) -> dict[str, Any]:
    """What ``--json`` prints for a pair; ``provisional`` and ``caution`` only where they apply."""
    values: dict[str, Any] = {
        "kl_bits_per_byte": result.kl,
        "se": result.se,
        "n_texts": result.n_texts,
        "recipe": result.recipe,
        "estimator": result.estimator,
    }
    values |= {"provisional": True} if result.provisional else {}
    return values | ({"caution": result.caution} if result.caution else {})


def _pair_text(first: str, second: str, result: PairKL) -> str:
    value, se = with_se(result.kl, result.se)
    number = f"{value} ± {se}" if se else value
    state = ", provisional" if result.provisional else ""
    caution = f"\nCaution: {result.caution}" if result.caution else ""
    return (
        f"{first}  {second}\nKL {number} bits/byte\n{result.estimator} over "
        f"{count(result.n_texts)} texts, recipe {result.recipe}{state}{caution}"
    )


def _matrix(snapshot: Snapshot, recipe: Recipe, *, as_json: bool, file: Path | None) -> None:
    rows = geometry.prepare(snapshot, recipe)
    entries = [snapshot.entries[snapshot.row_of[name]] for name in rows.ids]
    table = _table(entries, rows)
    if file is not None:
        _write_csv(file, table)
    if as_json:
        typer.echo(json.dumps(matrix_json(entries, rows) | _warned(snapshot, recipe)))
    elif file is None:
        csv.writer(sys.stdout).writerows(table)
        for line in matrix_remarks(rows):
            typer.echo(line, err=True)
    else:
        typer.echo(_matrix_text(rows, file))


def matrix_json(entries: Sequence[Entry], rows: Prepared) -> dict[str, Any]:
    """What ``--json`` prints for all pairs."""
    values: dict[str, Any] = {
        "entries": [{"id": e.id, "label": e.label} for e in entries],
        "kl_bits_per_byte": geometry.kl_matrix(rows).tolist(),
        "n_texts": rows.n_texts,
        "recipe": rows.recipe.name,
        "estimator": geometry.ESTIMATOR,
        "left_out": [item._asdict() for item in rows.left_out],
    }
    values |= {"provisional": True} if rows.provisional else {}
    partial = {"n_partial": rows.n_partial, "first_texts": rows.n_prefix, "of": rows.n_total}
    return (
        values
        | (partial if rows.n_partial else {})
        | ({"cautions": list(rows.cautions)} if rows.cautions else {})
    )


def _matrix_text(rows: Prepared, file: Path) -> str:
    state = ", provisional" if rows.provisional else ""
    left_out = f"; {_entries(len(rows.left_out))} left out" if rows.left_out else ""
    head = (
        f"KL of {_entries(len(rows.ids))} in bits/byte, {geometry.ESTIMATOR} over "
        f"{rows.sample}, recipe {rows.recipe.name}{state}{left_out}: {file}"
    )
    return "\n".join([head, *matrix_remarks(rows)])


def matrix_remarks(rows: Prepared) -> list[str]:
    """Lines about what to keep in mind with all pairs: partial entries, cautions."""
    partial = f"{_entries(rows.n_partial)} only partly scored. {COMMON_ERRORS}"
    return [*([partial] if rows.n_partial else []), *(f"Caution: {c}" for c in rows.cautions)]


def _entries(n: int) -> str:
    return "1 entry" if n == 1 else f"{count(n)} entries"


def _table(entries: Sequence[Entry], rows: Prepared) -> list[list[Any]]:
    """A header of names, then a line for each entry. Labels that occur twice give way to ids."""
    times = Counter(e.label for e in entries)
    names = [e.label if e.label and times[e.label] == 1 else e.id for e in entries]
    kl = geometry.kl_matrix(rows)
    return [["entry", *names], *([n, *map(float, row)] for n, row in zip(names, kl, strict=True))]


def _name(entry: Entry) -> str:
    return entry.label or entry.id


def _write_csv(file: Path, lines: Sequence[Sequence[Any]]) -> None:
    try:
        with file.open("w", newline="", encoding="utf-8") as handle:
            _write_lines(handle, lines)
    except OSError as error:
        raise InputError(f"{error.strerror or error}", tried=f"Writing {file}") from error


def _write_lines(handle: IO[str], lines: Sequence[Sequence[Any]]) -> None:
    csv.writer(handle, lineterminator="\n").writerows(lines)
