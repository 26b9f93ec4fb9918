"""``klscope embed``: the coordinates of a map, kept in the project and printed or written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from compute import store
from compute.cli.progress import run_job
from compute.core.errors import UsageError
from compute.core.files import csv_lines, write_atomically
from compute.core.numbers import count
from compute.core.specs import EmbedSpec
from compute.core.tables import Entry
from compute.embedding import ESTIMATORS, make_params, options_of
from compute.embedding.parameters import shown
from compute.embedding.tsne import TsneParams

_DEFAULT = TsneParams()
_OPTIONS = {
    option.name: option
    for params in (*(e.params for e in ESTIMATORS.values()), TsneParams)
    for option in options_of(params)
}
_METHODS = " ".join(f"{e.id}: {e.title}. {e.help}" for e in ESTIMATORS.values())
_PLACE = (
    "Keep the stored map with this key as it is and place the entries that it does not show; "
    "'auto' takes the largest stored map with these parameters whose rows are as they were."
)
_PROGRESS_EVERY = 25


def _flag(name: str, *declarations: str) -> Any:
    """A flag with range and help of the parameter."""
    option = _OPTIONS[name]
    number = int if option.whole else float
    low, high = number(option.low), number(option.high)
    users = [e.title for e in ESTIMATORS.values() if option in options_of(e.params)]
    whose = "" if len(users) in (0, len(ESTIMATORS)) else f" Of {', '.join(users)}."
    return typer.Option(*declarations, min=low, max=high, help=option.help + whose)


def embed(
    project: Annotated[Path, typer.Argument(help="The project, an HDF5 file.")],
    method: Annotated[str, typer.Option(help=_METHODS)] = _DEFAULT.method,
    dims: Annotated[int, _flag("dims")] = _DEFAULT.dims,
    perplexity: Annotated[float, _flag("perplexity")] = _DEFAULT.perplexity,
    seed: Annotated[int, _flag("seed")] = _DEFAULT.seed,
    iterations: Annotated[int, _flag("n_iter", "--iterations")] = _DEFAULT.n_iter,
    exaggeration: Annotated[float, _flag("exaggeration")] = _DEFAULT.exaggeration,
    components: Annotated[
        str, typer.Option(metavar="LIST", help=f"{_OPTIONS['components'].help} For example 1,3.")
    ] = "",
    place_into: Annotated[str, typer.Option(metavar="KEY", help=_PLACE)] = "",
    recipe: Annotated[str, typer.Option(help="Name of the recipe.")] = "clip2",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the coordinates there.")
    ] = None,
) -> None:
    """Compute a map of all scored entries, or take it from the project if it is there.

    The result is kept in the project under a key made from rows, recipe and parameters. With
    --place-into no old point moves; without, all entries are computed together.
    """
    spec = EmbedSpec(
        str(project),
        method,
        dims,
        perplexity,
        seed,
        iterations,
        exaggeration=exaggeration,
        components=_listed(components),
        base=place_into,
        recipe=recipe,
        frame_every=_PROGRESS_EVERY,
    )
    make_params(method, asdict(spec))
    summary = run_job(spec).summary
    table = _table(store.read(project).entries, summary)
    if csv_file is not None:
        _write(csv_file, table)
    report = _report(summary, table, csv_file)
    for warning in [] if as_json else summary["warnings"]:
        typer.echo(f"Warning: {warning}", err=True)
    typer.echo(json.dumps(report) if as_json else _text(report))


def _listed(components: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in components.split(",") if part.strip())
    except ValueError:
        raise UsageError(
            f"{components!r} is not a list of components", advice="Write it as 1,3"
        ) from None


def _table(entries: Sequence[Entry], summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    by_id = {entry.id: entry for entry in entries}
    return [
        {"id": name, "label": by_id[name].label, "run": by_id[name].run, "step": by_id[name].step}
        | dict(zip("xyz", coords, strict=False))
        for name, coords in zip(summary["ids"], summary["coords"], strict=True)
    ]


def _write(file: Path, table: Sequence[Mapping[str, Any]]) -> None:
    write_atomically(file, csv_lines([list(table[0]), *(row.values() for row in table)]))


def _report(
    summary: Mapping[str, Any], table: list[dict[str, Any]], file: Path | None
) -> dict[str, Any]:
    """What ``--json`` prints; coordinates are left to the CSV file where there is one."""
    info = summary["info"]
    report = {
        "key": summary["key"],
        "params": summary["params"],
        "n_entries": len(table),
        "info": {k: v for k, v in info.items() if k != "provisional"},
    }
    if info["provisional"]:
        report["provisional"] = True
    if summary["warnings"]:
        report["warnings"] = summary["warnings"]
    return report | ({"coords": table} if file is None else {"csv": str(file)})


def _text(report: Mapping[str, Any]) -> str:
    params, info = report["params"], report["info"]
    method = ESTIMATORS[params["method"]].title
    details = [f"{k} {shown(v)}" for k, v in params.items() if k not in ("method", "dims")]
    details += [f"recipe {info['recipe']}", info["sample"]]
    details += ["provisional"] * ("provisional" in report)
    where = (
        _why_not_kept(info)
        if "provisional" in report
        else f"Its key in the project: {report['key']}"
    )
    head = f"{method} of {count(report['n_entries'])} entries in {params['dims']}D"
    base = f"{info['base_words']} ({info['base']})." if info["base_words"] else ""
    lines = [f"{head} ({', '.join(details)})", info["note"], base, where]
    lines += [f"Caution: {caution}" for caution in info["cautions"]]
    lines += [f"The coordinates are in {report['csv']}"] if "csv" in report else []
    return "\n".join(line for line in lines if line)


def _why_not_kept(info: Mapping[str, Any]) -> str:
    n = info["n_partial"]
    if n:
        partly = "1 entry is" if n == 1 else f"{count(n)} entries are"
        return f"Not kept in the project: {partly} only partly scored."
    return "Not kept in the project: it is provisional until the first scoring job has ended."
