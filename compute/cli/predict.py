"""``klscope predict``: benchmark scores from log-likelihood vectors."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from compute import store
from compute.analysis.prediction import Prediction, TaskPrediction
from compute.analysis.prediction import predict as predict_scores
from compute.core.files import csv_lines, write_atomically
from compute.core.numbers import count, minus

_CSV = "Write scores, predictions and the hint of each model."
_STANDS_OUT = 3.5


def predict(
    project: Annotated[Path, typer.Argument(help="The project, an HDF5 file.")],
    task: Annotated[list[str] | None, typer.Option(help="A task; all if none is named.")] = None,
    recipe: Annotated[str, typer.Option(help="Name of the recipe.")] = "clip2",
    seeds: Annotated[int, typer.Option(min=1, help="Repetitions with other folds.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help=_CSV)] = None,
) -> None:
    """Predict benchmark scores of models from those of other families, and say how well it goes.

    Ridge regression on the log-likelihood vectors; the scores come with an imported release.
    """
    found = predict_scores(
        store.read(project), store.read_benchmarks(project), recipe, task or (), seeds=range(seeds)
    )
    if csv_file is not None:
        _write(csv_file, found)
    typer.echo(json.dumps(_json(found)) if as_json else _text(found))


def _text(found: Prediction) -> str:
    state = ", provisional" if found.provisional else ""
    wide = max(len(task.task) for task in found.tasks)
    lines = [f"{'':<{wide}}  Pearson  SD     models"]
    lines += [f"{task.task:<{wide}}  {_line(task)}" for task in found.tasks]
    lines += [
        f"Families are held out whole, mean and SD over repetitions; {count(found.n_texts)} texts, "
        f"recipe {found.recipe}{state}"
    ]
    lines += [f"{note}." for note in dict.fromkeys((*found.notes, *_notes(found)))]
    return "\n".join([*lines, *_hint_lines(found)])


def _line(task: TaskPrediction) -> str:
    if math.isnan(task.pearson):
        return f"–        –      {count(len(task.rows))}: {task.reason}"
    return minus(f"{task.pearson:<7.3f}  {task.sd:.3f}  {count(len(task.rows))}")


def _notes(found: Prediction) -> list[str]:
    return [note for task in found.tasks for note in task.notes]


def _hint_lines(found: Prediction) -> list[str]:
    z = found.hint.z
    order = np.argsort(-np.nan_to_num(z, nan=-math.inf), kind="stable")
    shown = [k for k in order.tolist() if z[k] > _STANDS_OUT]
    some = [f"{found.labels[k]}  z = {z[k]:.1f}" for k in shown[:10]]
    head = f"Texts likelier than ability explains (z > {_STANDS_OUT}): {count(len(shown))} models"
    return ["", head, *some, found.hint.words]


def _json(found: Prediction) -> dict[str, Any]:
    return {
        "tasks": [
            {
                "task": task.task,
                "pearson": _finite(task.pearson),
                "sd": _finite(task.sd),
                "n_models": len(task.rows),
                "n_families": task.n_groups,
                "n_folds": task.n_folds,
                "alphas": list(task.alphas),
                "notes": list(task.notes),
            }
            | ({"reason": task.reason} if task.reason else {})
            for task in found.tasks
        ],
        "leak_hint": {
            "words": found.hint.words,
            "z": {
                name: _finite(z) for name, z in zip(found.ids, found.hint.z.tolist(), strict=True)
            },
        },
        "n_texts": found.n_texts,
        "recipe": found.recipe,
        "notes": list(found.notes),
    } | ({"provisional": True} if found.provisional else {})


def _write(file: Path, found: Prediction) -> None:
    tasks = [name for task in found.tasks for name in (task.task, f"{task.task} predicted")]
    values = np.full((len(found.ids), len(tasks)), math.nan)
    for t, task in enumerate(found.tasks):
        values[task.rows, 2 * t], values[task.rows, 2 * t + 1] = task.actual, task.predicted
    lines: list[list[Any]] = [["id", "label", *tasks, "leak_hint_z"]]
    for k, name in enumerate(found.ids):
        cells = [*values[k].tolist(), float(found.hint.z[k])]
        lines.append([name, found.labels[k], *("" if math.isnan(v) else v for v in cells)])
    write_atomically(file, csv_lines(lines))


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else value
