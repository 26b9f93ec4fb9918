from __future__ import annotations

import csv
import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import typer

from compute import store
from compute.cli.embed import embed
from compute.core.errors import InputError, UsageError
from compute.core.tables import Entry, Recipe, TextSet
from compute.embedding import options_of
from compute.embedding.tsne import TsneParams


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of 12 done entries over 20 texts with a frozen tau."""
    rng = np.random.default_rng(0)
    texts = TextSet(tuple(map(str, range(20))), ("x" * 300,) * 20, ("",) * 20)
    entries = tuple(
        Entry(f"e{i}", label=f"run@{i}", run="run", step=i, status="done", n_scored=20)
        for i in range(12)
    )
    rows = {e.id: rng.normal(-600, 9, size=20).astype(np.float32) for e in entries}
    path = tmp_path / "project.h5"
    recipe = Recipe("clip2", clip_quantile=0.02, tau=-900.0)
    store.create(path, texts)
    store.commit(path, store.PutEntries(entries), store.PutRows(rows), store.PutRecipe(recipe))
    return path


def test_that_json_gives_key_parameters_used_and_coordinates(project: Path, capsys) -> None:
    embed(project, dims=3, iterations=10, as_json=True)
    out = json.loads(capsys.readouterr().out)
    kept = store.read_embedding(project, out["key"])
    assert out["n_entries"] == 12
    assert out["params"]["perplexity"] == pytest.approx(11 / 3)
    assert out["info"]["note"].startswith("Perplexity 3.67 is used, 30 was asked")
    assert "provisional" not in out
    assert [row["label"] for row in out["coords"]] == [f"run@{i}" for i in range(12)]
    assert [[r["x"], r["y"], r["z"]] for r in out["coords"]] == kept.coords.tolist()


def test_that_csv_holds_the_coordinates_and_the_text_says_where(
    project: Path, tmp_path: Path, capsys
) -> None:
    embed(project, method="pca", csv_file=tmp_path / "map.csv")
    out = capsys.readouterr().out
    assert out.startswith(
        "PCA of 12 entries in 2D (recipe clip2, 20 texts)\nIts key in the project: "
    )
    assert out.endswith(f"The coordinates are in {tmp_path / 'map.csv'}\n")
    with (tmp_path / "map.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == ["id", "label", "run", "step", "x", "y"]
    assert len(lines) == 12


def test_that_flags_are_those_of_the_parameter_class() -> None:
    given = inspect.signature(embed).parameters
    flags = {"n_iter": "iterations"}
    for option in options_of(TsneParams):
        assert given[flags.get(option.name, option.name)].default == option.default


def test_that_a_wrong_request_is_one_sentence(project: Path, tmp_path: Path, capsys) -> None:
    with pytest.raises(UsageError, match="Choose one of tsne, pca"):
        embed(project, method="umap")
    with pytest.raises(InputError, match=r"Writing .*: No such file or directory"):
        embed(project, method="pca", csv_file=tmp_path / "nowhere" / "map.csv")
    with pytest.raises(typer.Exit):
        embed(tmp_path / "not-there.h5", method="pca")
    assert "there is no such file" in capsys.readouterr().err


def test_that_a_map_over_a_part_of_the_texts_says_so_and_is_not_kept(project: Path, capsys) -> None:
    texts = store.read(project).texts
    partial = Entry("p", label="p", bos="prepend", status="partial", n_scored=20, n_prefix=20)
    row = np.full(20, -600, np.float32)
    row[texts.order[-1]] = np.nan
    store.commit(project, store.PutEntries((partial,)), store.PutRows({"p": row}))
    embed(project, method="pca", as_json=True)
    info = json.loads(capsys.readouterr().out)["info"]
    assert (info["n_partial"], info["n_texts"], info["n_total"]) == (1, 19, 20)
    embed(project, method="pca")
    out = capsys.readouterr().out
    assert "19 texts, provisional)\n" in out
    assert "Not kept in the project: 1 entry is only partly scored.\n" in out
    assert "Caution: The BOS rule of 12 of 13 entries is not known." in out
    assert store.embedding_keys(project) == ()
