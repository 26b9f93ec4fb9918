"""Odd projects through the command line and every item: a sentence or a defined answer."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.cli import build_app, main_guard
from compute.core.errors import InputError
from compute.core.tables import Benchmarks, Entry, TextSet, WeightDistances
from compute.report import ITEMS
from compute.report.contract import Missing
from compute.report.study import Options, Study

N = 40
STEPS = (0, 1, 2, 4, 8, *range(100, 2001, 100))
SIZES = np.random.default_rng(0).integers(260, 1000, N)
TEXTS = TextSet(
    tuple(f"t{k}" for k in range(N)),
    tuple(f"{k} " + "x" * int(SIZES[k]) for k in range(N)),
    tuple("ab"[k % 2] for k in range(N)),
)


def run(name: str, steps, size: str = "1b") -> list[Entry]:
    return [
        Entry(f"{name}/{s}", label=f"{name} step {s}", run=name, step=s, size=size, family="p")
        for s in steps
    ]


def walk(n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(-600, 100, N) + np.cumsum(rng.normal(0, 8, (n, N)), axis=0)


def two_runs(steps=STEPS, second: str = "2b") -> tuple[list[Entry], np.ndarray]:
    rows = np.concatenate([walk(len(steps), seed) for seed in (1, 2)])
    return run("r", steps) + run("q", steps, second), rows


def models(n: int, *, equal: bool = False) -> tuple[list[Entry], np.ndarray]:
    rows = np.random.default_rng(3).normal(-600, 100, (1 if equal else n, N))
    entries = [Entry(f"m{k}", label=f"m{k}", family="abcd"[k % 4]) for k in range(n)]
    return entries, np.repeat(rows, n, axis=0) if equal else rows


def nan_rows() -> tuple[list[Entry], np.ndarray]:
    entries, rows = two_runs()
    rows[10], rows[12, ::3], rows[40, 5] = np.nan, np.nan, np.nan
    return entries, rows


def partly() -> tuple[list[Entry], np.ndarray]:
    entries, rows = two_runs()
    for k in (3, 10, 30):
        entries[k] = entries[k].with_(status="partial", n_scored=15, n_prefix=15)
        rows[k, 15:] = np.nan
    return entries, rows


def other_rule() -> tuple[list[Entry], np.ndarray]:
    entries, rows = two_runs()
    return [e.with_(bos="prepend") if e.run == "q" else e for e in entries], rows


def equal_runs() -> tuple[list[Entry], np.ndarray]:
    entries, rows = two_runs()
    return entries, np.repeat(rows[:1], len(entries), axis=0)


def same_label() -> tuple[list[Entry], np.ndarray]:
    entries, rows = models(12)
    return [e.with_(label="same") for e in entries], rows


def same_steps() -> tuple[list[Entry], np.ndarray]:
    entries, rows = two_runs()
    return [*entries, *(e.with_(id=f"{e.id}+") for e in entries[:7])], np.vstack([rows, rows[:7]])


ODD = {
    "one model": lambda: models(1),
    "two models": lambda: models(2),
    "equal models": lambda: models(12, equal=True),
    "one label": same_label,
    "all missing": lambda: (models(3)[0], np.full((3, N), np.nan)),
    "equal runs": equal_runs,
    "no consecutive steps": lambda: two_runs((0, 7, 100, 1234)),
    "two checkpoints": lambda: two_runs((1000, 2000)),
    "one size": lambda: two_runs(second="1b"),
    "steps twice": same_steps,
    "missing rows": nan_rows,
    "unknown steps": lambda: ([e.with_(step=-1) for e in run("r", range(12))], walk(12)),
    "no run": lambda: ([e.with_(run="") for e in run("r", STEPS)], walk(len(STEPS))),
    "partly scored": partly,
    "two rules": other_rule,
}


def written(path: Path, entries, rows, *more) -> Path:
    done = tuple(
        e
        if e.status == "partial"
        else e.with_(status="done", n_scored=N, n_prefix=N, bos=e.bos or "tokenizer")
        for e in entries
    )
    values = {e.id: np.asarray(row, np.float32) for e, row in zip(done, rows, strict=True)}
    store.create(path, TEXTS, store.PutEntries(done), store.PutRows(values), *more)
    return path


def said(capsys, *words: object) -> tuple[int, str]:
    code = main_guard(build_app(), [str(word) for word in words])
    out, err = capsys.readouterr()
    assert code in (0, 1, 2), words
    assert "Traceback" not in out + err
    assert "unexpected" not in out + err
    return code, out + err


def items(study: Study) -> dict[str, str]:
    """Every item without a map: its id -> why it is not there, "" = it is."""
    found = {}
    for item in (i for i in ITEMS if not i.maps and i.id != "folding"):
        module, _, name = item.make.partition(":")
        try:
            piece = getattr(importlib.import_module(module), name)(study)
        except (Missing, InputError) as error:
            found[item.id] = error.message
            continue
        found[item.id] = ""
        for table in piece.tables:
            for row in table.rows:
                assert len(row) == len(table.columns)
                assert not [v for v in row if isinstance(v, float) and math.isinf(v)]
    return found


@pytest.mark.parametrize("name", ODD)
def test_that_an_odd_project_has_sentences_and_defined_answers(name, tmp_path, capsys) -> None:
    entries, rows = ODD[name]()
    project = written(tmp_path / "odd.h5", entries, rows)
    code, words = said(capsys, "kl", project)
    assert (code == 0) == (name != "all missing"), words
    for command in (["tree"], ["recipe", "flags"], ["recipe", "texts"], ["recipe", "list"]):
        said(capsys, *command, project)
    said(capsys, "predict", project)
    said(capsys, "recipe", "make", project, "own", "--analysis", "pretraining")
    a, b = entries[0].id, entries[-1].id
    code, words = said(capsys, "kl", project, a, b)
    assert (code == 0) == (name != "all missing"), words
    study = Study(store.read(project), options=Options(bootstrap=5))
    found = items(study)
    assert [reason for reason in found.values() if reason and not reason.endswith(".")] == []
    assert found["table3"] or found["fig04"] == ""


def test_that_weights_of_a_run_that_is_not_there_and_gaps_in_them_are_drawn_as_they_are(
    tmp_path,
) -> None:
    steps = np.array(STEPS)
    squared = np.abs(np.subtract.outer(steps, steps)).astype(float)
    ghost = WeightDistances("ghost", steps, squared.copy())
    squared[9], squared[:, 9] = np.nan, np.nan
    squared[12, 13] = squared[13, 12] = 0.0
    own = WeightDistances("r", steps, squared)
    project = written(
        tmp_path / "w.h5", *two_runs(), store.PutWeights(own), store.PutWeights(ghost)
    )
    study = Study(
        store.read(project), store.read_weights(project), options=Options(bootstrap=5, start=900)
    )
    found = items(study)
    assert [k for k in ("fig05", "fig11", "table1", "table4") if found[k]] == []
    unknown = replace(own, squared=np.full_like(squared, np.nan))
    lacking = items(replace(study, weights={"r": unknown}, _analyses={}, _prepared={}))
    assert "no distances between the weights" in lacking["fig11"]
    assert lacking["table1"] == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.full((12, 1), 3.0), "all scores are the same"),
        (np.full((12, 1), np.nan), "only 0 of 10 needed models"),
        (np.where(np.arange(12)[:, None] < 5, 1.0, np.nan), "only 5 of 10 needed models"),
        (np.random.default_rng(4).normal(size=(12, 1)), "t  "),
    ],
)
def test_that_scores_of_one_task_are_predicted_or_it_is_said_why(
    values, words, tmp_path, capsys
) -> None:
    entries, rows = models(12)
    scores = Benchmarks(("t",), tuple(e.id for e in entries), values)
    project = written(tmp_path / "b.h5", entries, rows, store.PutBenchmarks(scores))
    _, found = said(capsys, "predict", project)
    assert words in found
    code, found = said(capsys, "predict", project, "--task", "other")
    assert code == 2
    assert "The project has: t." in found


def test_that_a_recipe_that_leaves_too_little_is_refused(tmp_path, capsys) -> None:
    project = written(tmp_path / "p.h5", *two_runs())
    ids = [f"t{k}" for k in range(N)]
    for words, expected in (
        (["--drop-texts", ",".join(ids)], "drops every text"),
        (["--drop-texts", ",".join(ids[1:])], "only 1 text can be used"),
        (["--drop-texts", "40", "--analysis", "sizes"], "cannot be dropped of 40"),
        (["--drop-texts", "39", "--analysis", "sizes"], "cannot be dropped of 40"),
        (["--domain", "zz"], "Its domains are: a, b"),
    ):
        code, found = said(capsys, "recipe", "make", project, "x", *words)
        assert code != 0
        assert expected in found
    assert "x" not in store.read(project).recipes
