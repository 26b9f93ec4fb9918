"""Fig. 5, Tables 1 and 4 and the folding illustration, from a small made-up project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compute.analysis import published
from compute.analysis.analyses import Analysis
from compute.core.tables import BUILT_IN_RECIPES, Entry, Snapshot, TextSet, WeightDistances
from compute.report import kit
from compute.report.contract import DataTable, Missing, Piece
from compute.report.diffusion import size_name
from compute.report.figures import fig05, folding
from compute.report.study import Options, Study
from compute.report.tables import table1, table4

STEPS = 1_000 * np.arange(40)
NAMES = ("410m", "1b", "small")


def _study(*, n_steps: int = 40, weights: bool = True, bootstrap: int = 40) -> Study:
    """Three runs, Brownian in both spaces; the second has an excluded checkpoint."""
    rng, n = np.random.default_rng(4), 60
    base = rng.normal(-600, 80, n)
    entries, rows, distances = [], [], {}
    for k, name in enumerate(NAMES):
        path = np.cumsum(rng.normal(size=(n_steps, n)), axis=0)
        for step, point in zip(STEPS.tolist(), path, strict=False):
            entries.append(
                Entry(f"{name}/{step}", run=name, step=step, n_params=10**k, status="done",
                      n_scored=n)
            )  # fmt: skip
            rows.append(base + point)
        w = np.cumsum(rng.normal(size=(n_steps, 30)), axis=0)
        squared = ((w[:, None] - w) ** 2).sum(axis=-1)
        distances[name] = WeightDistances(name, STEPS[:n_steps], squared)
    texts = TextSet(tuple(map(str, range(n))), tuple("x" * 900 for _ in range(n)), ("",) * n)
    recipes = {recipe.name: recipe for recipe in BUILT_IN_RECIPES}
    snapshot = Snapshot(
        Path("made-up.h5"), texts, tuple(entries), np.array(rows, np.float32), recipes
    )
    recipe = replace(recipes["raw"], excluded=("1b/20000",), reasons=("spike",))
    ids = tuple(entry.id for entry in entries)
    made = {name: Analysis(name, name, ids, recipe) for name in ("sizes", "pretraining")}
    options = Options(bootstrap=bootstrap)
    return Study(snapshot, distances if weights else {}, options=options, _analyses=made)


def _table(piece: Piece, name: str) -> DataTable:
    return next(table for table in piece.tables if table.name == name)


def _column(table: DataTable, name: str) -> list[object]:
    return [row[[head for head, _ in table.columns].index(name)] for row in table.rows]


def test_that_every_row_has_a_cell_for_every_column() -> None:
    study = _study()
    for piece in (fig05.make(study), table1.make(study), table4.make(study), folding.make(study)):
        for table in piece.tables:
            assert {len(row) for row in table.rows} <= {len(table.columns)}
            heads = [head for head, _ in table.columns]
            assert len(set(heads)) == len(heads)


def test_that_table_1_has_the_exponents_of_plain_least_squares() -> None:
    study = _study()
    table = _table(table1.make(study), "exponents")
    assert _column(table, "start") == [29_000] * 3
    x = np.log(1_000 * np.arange(1, 11))
    for k, name in enumerate(NAMES):
        raw = study.snapshot.loglik[40 * k : 40 * (k + 1)].astype(np.float64)
        c_q = np.polyfit(x, np.log((raw[30:] - raw[29]).var(axis=1)), 1)[0]
        c_w = np.polyfit(x, np.log(study.weights[name].squared[29, 30:]), 1)[0]
        assert _column(table, "c_q")[k] == pytest.approx(c_q, abs=1e-9)
        assert _column(table, "c_w")[k] == pytest.approx(c_w, abs=1e-9)
        assert _column(table, "alpha")[k] == pytest.approx(c_q / c_w, abs=1e-9)


def test_that_published_values_stand_beside_sizes_of_the_same_name() -> None:
    table = _table(table1.make(_study()), "published")
    assert _column(table, "size") == ["410M", "1B"]
    assert _column(table, "c_q, paper") == [
        published.EXPONENTS["410M"].loglik, published.EXPONENTS["1B"].loglik
    ]  # fmt: skip
    fits = table4.make(_study()).tables[0]
    assert _column(fits, "R² of weights, paper") == [0.993, 0.999, None]


def test_that_each_run_gets_a_verdict_in_words() -> None:
    piece = table1.make(_study())
    for name in NAMES:
        assert sum(remark.startswith(f"{name}: ") for remark in piece.remarks) == 1
    assert "60 texts" in piece.caption
    assert "recipe raw" in piece.caption


def test_that_projects_without_weights_have_empty_columns_and_the_reason() -> None:
    study = _study(weights=False)
    piece = table1.make(study)
    assert set(_column(_table(piece, "exponents"), "c_w")) == {None}
    assert set(_column(_table(piece, "exponents"), "alpha")) == {None}
    assert any(r.startswith("No weight distances of 410m, 1b, small.") for r in piece.remarks)
    assert set(_column(table4.make(study).tables[0], "R² of weights")) == {None}
    figure = fig05.make(study)
    assert set(_column(_table(figure, "distances"), "space")) == {"log-likelihood"}


def test_that_without_bootstraps_laws_are_not_compared() -> None:
    piece = table1.make(_study(bootstrap=0))
    assert set(_column(_table(piece, "laws"), "verdict")) == {"not compared"}
    assert set(_column(_table(piece, "exponents"), "c_q from")) == {None}
    assert None not in _column(_table(piece, "exponents"), "c_q")


def test_that_an_excluded_start_is_a_gap_with_its_reason() -> None:
    table = _table(fig05.make(_study()), "exponents")
    gaps = [row for row in table.rows if row[3] is None]
    assert [(row[0], row[1], row[2]) for row in gaps] == [
        ("1b", "log-likelihood", 20_000), ("1b", "weights", 20_000)
    ]  # fmt: skip
    assert all(row[6].startswith("the start takes no part") for row in gaps)


def test_that_table_4_is_the_mean_and_sd_of_r_squared_after_warm_up() -> None:
    study = _study()
    every = _table(fig05.make(study), "exponents").rows
    r2 = [r[4] for r in every if r[0] == "small" and r[1] == "weights" and r[2] >= 2_000]
    row = table4.make(study).tables[0].rows[2]
    assert row[5] == pytest.approx(np.mean(r2))
    assert row[6] == pytest.approx(np.std(r2))
    assert row[2] == len(r2) == 28


@pytest.mark.parametrize("make", [fig05.make, table1.make, table4.make])
def test_that_runs_too_short_for_a_window_are_missing(make) -> None:
    with pytest.raises(Missing, match="10 regular intervals after it"):
        make(_study(n_steps=8))


@pytest.mark.parametrize("weights", [True, False])
def test_that_figure_5_names_runs_and_exponents_as_text(weights: bool) -> None:
    piece = fig05.make(_study(weights=weights))
    with kit.style():
        picture = kit.svg(piece.drawings[0].draw()).decode()
    for words in ("Exponent against start", "Brownian", *NAMES):
        assert words in picture
    assert (">Weights<" in picture) == weights
    c_q = _table(table1.make(_study()), "exponents").rows[0][4]
    assert f">{c_q:.2f}<" in picture


def test_that_the_fold_is_drawn_with_both_exponents() -> None:
    piece = folding.make(_study())
    with kit.style():
        picture = kit.svg(piece.drawings[0].draw()).decode()
    row = next(r for r in _table(piece, "exponents").rows if r[0] == folding.ALPHA)
    assert f"w  {row[1]:.2f}" in picture
    assert f"f  {row[2]:.2f}" in picture


def test_that_sizes_are_named_as_in_the_paper() -> None:
    study = _study()
    runs = {run.name: run for run in study.runs("sizes")}
    assert [size_name(runs[name]) for name in NAMES] == ["410M", "1B", "small"]
    named = replace(runs["small"], size="pythia-1.4b")
    assert size_name(named) == "1.4B"
