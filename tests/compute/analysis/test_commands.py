"""``klscope tree`` and ``klscope predict``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from compute import store
from compute.cli.predict import predict
from compute.cli.tree import tree
from compute.core.errors import InputError, UsageError
from compute.core.tables import Benchmarks, Entry, TextSet


def project_of(path: Path, k: int, *, scores: bool = True) -> Path:
    """Two groups of models far apart; ability moves every vector along one direction."""
    rng = np.random.default_rng(0)
    n = 60
    store.create(path, TextSet(tuple(map(str, range(n))), ("x" * 700,) * n, ("",) * n))
    entries = tuple(
        Entry(f"e{i}", label=f"model {i}", family=f"f{i % 6}", status="done", n_scored=n)
        for i in range(k)
    )
    ability, way, far = rng.normal(size=k), rng.normal(0, 20, n), rng.normal(0, 60, n)
    rows = {
        e.id: (-600 + ability[i] * way + (i % 2) * far + rng.normal(0, 3, n)).astype(np.float32)
        for i, e in enumerate(entries)
    }
    put = [store.PutEntries(entries), store.PutRows(rows)]
    if scores:
        values = 50 + 10 * np.column_stack([ability, ability + rng.normal(0, 0.1, k)])
        put.append(store.PutBenchmarks(Benchmarks(("arc", "mmlu"), tuple(rows), values)))
    store.commit(path, *put)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return project_of(tmp_path / "project.h5", 30)


def test_that_a_tree_is_newick_text_and_a_cut_gives_the_groups(
    project: Path, tmp_path: Path, capsys
) -> None:
    tree(project, recipe="raw")
    text = capsys.readouterr().out
    assert text.endswith(";\n")
    assert all(f"'model {k}'" in text for k in range(30))
    tree(project, out=tmp_path / "t.nwk", clusters=2, recipe="raw")
    assert (tmp_path / "t.nwk").read_text() == text
    shown = capsys.readouterr().out
    assert "Cophenetic correlation 0." in shown
    one = set(shown.splitlines()[0][3:].split(", "))
    assert one in ({f"model {k}" for k in range(0, 30, 2)}, {f"model {k}" for k in range(1, 30, 2)})


def test_that_json_of_a_tree_has_merges_heights_and_clusters(project: Path, capsys) -> None:
    tree(project, clusters=4, linkage="average", recipe="raw", as_json=True)
    out = json.loads(capsys.readouterr().out)
    assert (len(out["merges"]), len(out["heights"]), len(out["order"])) == (29, 29, 30)
    assert set(out["clusters"]) == {1, 2, 3, 4}
    assert (out["unit"], out["n_texts"], out["linkage"]) == ("bits/byte", 60, "average")
    assert out["heights"] == sorted(out["heights"])


def test_that_a_tree_that_cannot_be_is_a_sentence(project: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="30 entries cannot be cut into 31 clusters"):
        tree(project, clusters=31)
    with pytest.raises(InputError, match=r"Writing .*: the folder is not there"):
        tree(project, out=tmp_path / "nowhere" / "t.nwk")


def test_that_a_tree_of_one_entry_says_so(tmp_path: Path, capsys) -> None:
    tree(project_of(tmp_path / "one.h5", 1, scores=False), as_json=True)
    out = json.loads(capsys.readouterr().out)
    assert (out["merges"], out["cophenetic_correlation"]) == ([], None)
    assert out["notes"] == ["A single entry has no tree"]


def test_that_scores_are_predicted_and_each_model_is_written(
    project: Path, tmp_path: Path, capsys
) -> None:
    predict(project, recipe="raw", seeds=2, as_json=True, csv_file=tmp_path / "p.csv")
    out = json.loads(capsys.readouterr().out)
    assert [task["task"] for task in out["tasks"]] == ["arc", "mmlu", "mean of the tasks"]
    assert all(task["pearson"] > 0.9 and task["n_models"] == 30 for task in out["tasks"])
    assert out["leak_hint"]["words"].startswith("A hint, not proof")
    assert set(out["leak_hint"]["z"]) == {f"e{k}" for k in range(30)}
    with (tmp_path / "p.csv").open(newline="") as handle:
        head, *lines = csv.reader(handle)
    assert head[:4] == ["id", "label", "arc", "arc predicted"]
    assert len(lines) == 30
    predict(project, task=["mmlu"], recipe="raw", seeds=1)
    text = capsys.readouterr().out
    assert "mmlu  0.9" in text
    assert "arc" not in text
    assert "A hint, not proof" in text


def test_that_a_project_without_scores_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no benchmark scores"):
        predict(project_of(tmp_path / "none.h5", 12, scores=False))
