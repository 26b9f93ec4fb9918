"""Figures 11, 12, 13 and 15: what stands out is marked, and the numbers are those measured."""

from __future__ import annotations

import importlib
from dataclasses import replace

import numpy as np
import pytest

from compute.core.tables import WeightDistances
from compute.geometry import kl_pair
from compute.report import kit
from compute.report.contract import Missing
from compute.report.study import Options, Study
from tests.compute.analysis.made_runs import FIVE_SIZES, TWELVE, changed, project, without

NAMES = ("fig11", "fig12", "fig13", "fig15")
N_STEPS = 24


def make(name: str, study: Study):
    return importlib.import_module(f"compute.report.figures.{name}").make(study)


def _plant(loglik, row_of) -> None:
    rng = np.random.default_rng(9)
    n = loglik.shape[1]
    loglik[:, :6] += rng.normal(0, 40, (len(loglik), 6)).astype(np.float32)
    loglik[row_of["p-1B/step7000"]] += rng.normal(-40, 30, n).astype(np.float32)
    rows = [row_of[f"p-410M-seed3/step{t * 1000}"] for t in range(N_STEPS)]
    loglik[rows] += rng.normal(0, 60, n).astype(np.float32)


def _weights(run: str, at: int = -1) -> WeightDistances:
    walk = np.random.default_rng(0).normal(0, 1, (N_STEPS, 300)).cumsum(axis=0)
    if at >= 0:
        walk[at] += np.random.default_rng(1).normal(0, 20, 300)
    squared = ((walk[:, None] - walk[None]) ** 2).sum(axis=2)
    return WeightDistances(run, np.arange(N_STEPS) * 1000, squared)


@pytest.fixture(scope="module")
def study() -> Study:
    snapshot = changed(project(TWELVE, n_steps=N_STEPS), _plant)
    weights = {"p-1B": _weights("p-1B", 9), "p-2.8B": _weights("p-2.8B")}
    return Study(snapshot, weights)


@pytest.mark.parametrize("name", NAMES)
def test_that_it_is_drawn_with_its_data_and_says_what_it_is_made_from(study, name) -> None:
    piece = make(name, study)
    assert name == "fig11" or ("N = " in piece.caption and "recipe" in piece.caption)
    for table in piece.tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
    with kit.style():
        for drawing in piece.drawings:
            assert kit.svg(drawing.draw()).startswith(b"<?xml")


@pytest.mark.parametrize("name", NAMES)
def test_that_what_a_project_lacks_is_said_with_how_to_add_it(name) -> None:
    snapshot = project({"a": {}}, n_steps=1)
    for entries in (snapshot.entries, tuple(e.with_(run="", step=-1) for e in snapshot.entries)):
        with pytest.raises(Missing, match=r"(Score|score|Measure).*\.$"):
            make(name, Study(replace(snapshot, entries=entries)))


def test_that_the_checkpoint_with_odd_weights_is_marked_and_no_other(study) -> None:
    (table,) = make("fig11", study).tables
    marked = {(row[0], row[1], row[4]) for row in table.rows if row[4]}
    assert marked == {("p-1B", 8000, "second"), ("p-1B", 9000, "first")}
    values = {(row[0], row[1]): row[3] for row in table.rows}
    assert values["p-2.8B", 4000] == study.weights["p-2.8B"].squared[4, 5]
    quiet = make("fig11", replace(study, weights={"p-2.8B": study.weights["p-2.8B"]}))
    assert "None stands out" in quiet.caption


def test_that_unknown_and_zero_weight_distances_are_drawn_as_far_as_they_go(study) -> None:
    holes = study.weights["p-1B"].squared.copy()
    holes[3, 4] = holes[4, 3] = np.nan
    zero = np.zeros_like(holes)
    steps = study.weights["p-1B"].steps
    odd = {"p-1B": WeightDistances("p-1B", steps, holes), "x": WeightDistances("x", steps, zero)}
    piece = make("fig11", replace(study, weights=odd))
    with kit.style():
        assert kit.svg(piece.drawings[0].draw())
    nothing = {"x": WeightDistances("x", steps, np.full_like(holes, np.nan))}
    with pytest.raises(Missing):
        make("fig11", replace(study, weights=nothing))


def test_that_the_planted_texts_are_those_dropped_and_ranked_first(study) -> None:
    (table,) = make("fig12", study).tables
    assert {row[1] for row in table.rows if row[5]} == {f"t{k}" for k in range(6)}
    assert [row[0] for row in table.rows] == list(range(1, 201))
    assert all(row[5] for row in table.rows[:6])


def test_that_the_curve_of_the_dropped_texts_is_the_kl_of_the_recipe(study) -> None:
    (table,) = make("fig13", study).tables
    recipe = study.analysis("sizes").recipe
    curve = {(row[0], row[2]): row[3] for row in table.rows if row[1] == 6}
    assert len(curve) == 5 * 13 - 0
    for run, step in (("p-1B", 12_000), ("p-6.9B", 20_000)):
        pair = kl_pair(study.snapshot, recipe, f"{run}/step{step}", f"{run}/step{step + 1000}")
        assert curve[run, step] == pytest.approx(pair.kl, rel=1e-9)


def test_that_all_seeds_are_compared_and_those_left_out_are_marked(study) -> None:
    piece = make("fig15", study)
    (table,) = piece.tables
    assert [row[0] for row in table.rows if row[-1]] == ["p-410M-seed3"]
    assert "One run stands out (marked): p-410M-seed3, median KL " in piece.caption
    assert len(table.rows) == 7
    recipe = study.analysis("seeds").recipe
    pair = kl_pair(
        study.snapshot, recipe, "p-410M-seed1/step23000", "p-410M-seed3/step23000"
    )  # fmt: skip
    assert table.rows[1][2 + 3] == pytest.approx(pair.kl, rel=1e-9)


def test_that_options_and_a_stored_recipe_are_followed(study) -> None:
    few = replace(study, options=Options(n_drop=2), _analyses={}, _prepared={})
    (table,) = make("fig12", few).tables
    assert sum(row[5] for row in table.rows) == 2
    later = replace(study, options=Options(after=12_000), _analyses={}, _prepared={})
    assert "from step 12,000 on" in make("fig12", later).caption


def test_that_one_size_and_a_seed_without_a_common_step_have_an_answer() -> None:
    snapshot = project(TWELVE, n_steps=14)
    one = without(snapshot, *(f"p-410M-seed6/step{k * 1000}" for k in range(1, 14)))
    assert "at step 0" in make("fig15", Study(one)).caption
    none = without(one, "p-410M/step0", *(f"p-410M-seed{k}/step0" for k in range(1, 6)))
    with pytest.raises(Missing, match="no step in common"):
        make("fig15", Study(none))
    single = project({k: FIVE_SIZES[k] for k in ["p-1B"]}, n_steps=14)
    assert len(make("fig13", Study(single)).tables[0].rows)
