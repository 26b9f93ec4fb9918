"""``klscope kl``: the KL of a pair with its standard error, or the matrix of all pairs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from compute import geometry, store
from compute.cli import kl_details
from compute.cli.kl_details import Output, name_of, number
from compute.cli.kl_files import matrix_file, table, write_csv, write_lines
from compute.core.errors import UsageError
from compute.core.numbers import COMMON_ERRORS, count
from compute.core.tables import Entry, Recipe, Snapshot
from compute.geometry import LeanPrepared, PairKL, Prepared, Selected
from compute.jobs.recipes import warnings_of

MANY = 3_000
"""Entries above which the matrix goes through a file instead of memory."""

_NPY = "Write the matrix as a .npy file, thousands of entries too; names beside it."
_COMPARE = "Two more entries: is the KL of A and B larger than theirs?"


def kl(
    project: Annotated[Path, typer.Argument(help="The project, an HDF5 file.")],
    a: Annotated[str, typer.Argument(help="An entry, by label or id.")] = "",
    b: Annotated[str, typer.Argument(help="Another entry.")] = "",
    recipe: Annotated[str, typer.Option(help="Name of the recipe.")] = "clip2",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file.")
    ] = None,
    npy_file: Annotated[Path | None, typer.Option("--npy", metavar="FILE", help=_NPY)] = None,
    nearest: Annotated[int, typer.Option(min=0, help="How many entries nearest to A.")] = 0,
    contributions: Annotated[
        bool, typer.Option("--contributions", help="Texts and domains the KL of A and B is from.")
    ] = False,
    compare: Annotated[tuple[str, str] | None, typer.Option(metavar="C D", help=_COMPARE)] = None,
    resamples: Annotated[int, typer.Option(min=2, help="Resamples of the texts.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resamples.")] = 42,
) -> None:
    """KL in bits/byte: of two entries with its standard error, or of all pairs as CSV."""
    asked = {
        "--nearest": (bool(nearest), 1),
        "--contributions": (contributions, 2),
        "--compare": (compare is not None, 2),
        "--npy": (npy_file is not None, 0),
    }
    names = [name for name in (a, b) if name]
    what = _checked({name: n for name, (there, n) in asked.items() if there}, names)
    snapshot = store.read(project)
    chosen = geometry.find_recipe(snapshot, recipe)
    found = [geometry.find_entry(snapshot.entries, name) for name in (*names, *(compare or ()))]
    out = Output(as_json, csv_file, tuple(warnings_of(snapshot, chosen)))
    for warning in () if as_json else out.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    match what:
        case "--nearest":
            kl_details.nearest(snapshot, chosen, found[0], nearest, out)
        case "--contributions":
            kl_details.contributions(snapshot, chosen, found, out)
        case "--compare":
            kl_details.compare(snapshot, chosen, found, (resamples, seed), out)
        case _ if names:
            _pair(snapshot, chosen, found, out)
        case _:
            _matrix(snapshot, chosen, out, npy_file)


def _checked(asked: dict[str, int], names: Sequence[str]) -> str:
    """The one thing asked for, "" = the KL itself; ``asked`` says how many entries it is about."""
    if len(asked) > 1:
        raise UsageError(f"{' and '.join(asked)} cannot be asked for at once")
    what = next(iter(asked), "")
    if what and len(names) != asked[what]:
        about = ("no entry", "one entry, A", "two entries, A and B")[asked[what]]
        named = "1 is" if len(names) == 1 else f"{len(names)} are"
        raise UsageError(f"{what} is about {about}; {named} named")
    if not what and len(names) == 1:
        raise UsageError("Only one entry is named", advice="Name two entries, or none for all")
    return what


def _pair(snapshot: Snapshot, recipe: Recipe, pair: Sequence[Entry], out: Output) -> None:
    result = geometry.kl_pair(snapshot, recipe, pair[0].id, pair[1].id)
    values = pair_json(result)
    first, second = (name_of(entry) for entry in pair)
    lines = [["a", "b", *values], [first, second, *values.values()]]
    out.show(_pair_text(first, second, result), values, lines)


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
    state = ", provisional" if result.provisional else ""
    caution = f"\nCaution: {result.caution}" if result.caution else ""
    return (
        f"{first}  {second}\nKL {number(result.kl, result.se)} bits/byte\n{result.estimator} over "
        f"{count(result.n_texts)} texts, recipe {result.recipe}{state}{caution}"
    )


def _matrix(snapshot: Snapshot, recipe: Recipe, out: Output, npy_file: Path | None) -> None:
    if npy_file is not None or len(snapshot.entries) > MANY:
        _large(geometry.prepare_lean(snapshot, recipe), snapshot, out, npy_file)
        return
    rows = geometry.prepare(snapshot, recipe)
    entries = _entries_of(snapshot, rows)
    lines = list(table(entries, geometry.kl_matrix(rows)))
    if out.csv_file is not None:
        write_csv(out.csv_file, lines)
    if out.as_json:
        typer.echo(out.json(matrix_json(entries, rows)))
    elif out.csv_file is None:
        write_lines(sys.stdout, lines)
        for line in matrix_remarks(rows):
            typer.echo(line, err=True)
    else:
        typer.echo(_matrix_text(rows, out.csv_file))


def _large(rows: LeanPrepared, snapshot: Snapshot, out: Output, npy_file: Path | None) -> None:
    """All pairs through files: nothing of the size of the matrix is in memory."""
    entries = _entries_of(snapshot, rows)
    if npy_file is None and out.as_json:
        raise UsageError(
            f"{count(len(entries))} entries are too many for one JSON object",
            advice="Write the matrix with --npy FILE or --csv FILE",
        )
    with matrix_file(rows, entries, npy_file, out.csv_file) as (file, matrix):
        if npy_file is not None:
            head = {"file": str(file)} | matrix_head(entries, rows)
            typer.echo(out.json(head) if out.as_json else _matrix_text(rows, file))
        lines = table(entries, matrix)
        if out.csv_file is not None:
            write_csv(out.csv_file, lines)
            typer.echo(_matrix_text(rows, out.csv_file), err=out.as_json)
        elif npy_file is None:
            write_lines(sys.stdout, lines)


def _entries_of(snapshot: Snapshot, rows: Selected) -> list[Entry]:
    return [snapshot.entries[snapshot.row_of[name]] for name in rows.ids]


def matrix_json(entries: Sequence[Entry], rows: Prepared) -> dict[str, Any]:
    """What ``--json`` prints for all pairs."""
    head = matrix_head(entries, rows)
    named = {"entries": head.pop("entries")}
    return named | {"kl_bits_per_byte": geometry.kl_matrix(rows).tolist()} | head


def matrix_head(entries: Sequence[Entry], rows: Selected) -> dict[str, Any]:
    """The same without the matrix."""
    values: dict[str, Any] = {
        "entries": [{"id": e.id, "label": e.label} for e in entries],
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


def _matrix_text(rows: Selected, file: Path) -> str:
    state = ", provisional" if rows.provisional else ""
    left_out = f"; {_entries(len(rows.left_out))} left out" if rows.left_out else ""
    head = (
        f"KL of {_entries(len(rows.ids))} in bits/byte, {geometry.ESTIMATOR} over "
        f"{rows.sample}, recipe {rows.recipe.name}{state}{left_out}: {file}"
    )
    return "\n".join([head, *matrix_remarks(rows)])


def matrix_remarks(rows: Selected) -> list[str]:
    """Lines about what to keep in mind with all pairs: partial entries, cautions."""
    partial = f"{_entries(rows.n_partial)} only partly scored. {COMMON_ERRORS}"
    return [*([partial] if rows.n_partial else []), *(f"Caution: {c}" for c in rows.cautions)]


def _entries(n: int) -> str:
    return "1 entry" if n == 1 else f"{count(n)} entries"
