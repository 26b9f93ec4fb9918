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
from compute.embedding import ESTIMATORS, options_of


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
    for estimator in ESTIMATORS.values():
        for option in options_of(estimator.params):
            default = given[flags.get(option.name, option.name)].default
            assert default == ("" if option.many else option.default)


def test_that_chosen_components_are_drawn_and_a_wrong_list_is_one_sentence(
    project: Path, capsys
) -> None:
    embed(project, method="pca", components="3,1", as_json=True)
    chosen = json.loads(capsys.readouterr().out)
    embed(project, method="pca", dims=3, as_json=True)
    first = json.loads(capsys.readouterr().out)
    assert chosen["params"] == {"method": "pca", "dims": 2, "components": [3, 1]}
    assert [r["x"] for r in chosen["coords"]] == [r["z"] for r in first["coords"]]
    assert [r["y"] for r in chosen["coords"]] == [r["x"] for r in first["coords"]]
    embed(project, method="pca", components="3,1")
    assert "(components 3, 1, recipe clip2, 20 texts)" in capsys.readouterr().out
    with pytest.raises(UsageError, match="is not a list of components"):
        embed(project, method="pca", components="1;2")
    with pytest.raises(UsageError, match="different whole numbers from 1 to 50"):
        embed(project, method="pca", components="2,2")


def test_that_new_entries_are_placed_into_the_stored_map_without_moving_it(
    project: Path, capsys
) -> None:
    embed(project, iterations=10, as_json=True)
    before = json.loads(capsys.readouterr().out)
    rng = np.random.default_rng(1)
    new = tuple(Entry(f"n{i}", label=f"n{i}", status="done", n_scored=20) for i in range(2))
    rows = {e.id: rng.normal(-600, 9, size=20).astype(np.float32) for e in new}
    store.commit(project, store.PutEntries(new), store.PutRows(rows))
    for base in (before["key"], "auto"):
        embed(project, iterations=10, place_into=base, as_json=True)
        after = json.loads(capsys.readouterr().out)
        assert after["coords"][:12] == before["coords"]
        assert (after["info"]["base"], after["info"]["placed"]) == (before["key"], ["n0", "n1"])
        assert after["info"]["cached"] == (base == "auto")
    embed(project, iterations=10, place_into="auto")
    said = capsys.readouterr().out
    assert f"2 entries placed into the map of 12 ({before['key']})." in said
    embed(project, iterations=10, as_json=True)
    assert json.loads(capsys.readouterr().out)["key"] not in (before["key"], after["key"])
    for base, why in (("0" * 32, "holds no such map"), (before["key"], "other parameters")):
        with pytest.raises(typer.Exit):
            embed(project, iterations=11, place_into=base)
        assert why in capsys.readouterr().err


def test_that_a_wrong_request_is_one_sentence(project: Path, tmp_path: Path, capsys) -> None:
    with pytest.raises(UsageError, match="Choose one of tsne, pca"):
        embed(project, method="umap")
    with pytest.raises(InputError, match=r"Writing .*: the folder is not there"):
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
