from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute.analysis.diffusion import (
    NO_WEIGHTS,
    at_start,
    diffusion_of,
    in_weights,
    representative_start,
    text_draws,
)
from compute.analysis.diffusion.runs import NO_INTERVAL, TOO_SHORT
from compute.analysis.diffusion.scales import SCALES, on_scale
from compute.analysis.runs import runs_of
from compute.core.tables import WeightDistances
from compute.geometry import kl_pair, prepare


def distances(points: np.ndarray, steps: np.ndarray, run: str = "a") -> WeightDistances:
    squared = ((points[:, None] - points) ** 2).sum(axis=-1)
    return WeightDistances(run, np.asarray(steps, np.int64), squared)


@pytest.fixture
def two_runs(project, fractional):
    """Runs of 30 checkpoints with exponent 0.3 and 0.7, 400 texts, nats; weights of the first."""
    snapshot = project({"a": 5 * fractional(0.3, 30, 400), "b": 5 * fractional(0.7, 30, 400, 1)})
    weights = distances(fractional(1.0, 30, 500, 2), 1_000 * np.arange(30))
    return snapshot, weights


def test_that_squared_distances_are_kl(two_runs) -> None:
    snapshot, _ = two_runs
    rows = prepare(snapshot, snapshot.recipes["clip2"])
    for run in runs_of(snapshot.entries):
        path = diffusion_of(rows, run).loglik.trajectory
        at = [rows.row(name) for name in run.ids]
        np.testing.assert_allclose(path.squared, rows.kl[np.ix_(at, at)], rtol=1e-9, atol=1e-15)
    pair = kl_pair(snapshot, snapshot.recipes["clip2"], "b/step4000", "b/step9000")
    assert path.squared[4, 9] == pytest.approx(pair.kl, rel=1e-9)


def test_that_a_row_of_the_table_equals_a_plain_computation(two_runs) -> None:
    snapshot, weights = two_runs
    rows = prepare(snapshot, snapshot.recipes["raw"])
    run = runs_of(snapshot.entries)[0]
    found = diffusion_of(rows, run, weights)
    row = at_start(found, rows, 15, text_draws(400, 200, 42))

    x = np.log(1_000 * np.arange(1, 11))
    raw = np.array([snapshot.loglik[snapshot.row_of[name]] for name in run.ids], dtype=np.float64)
    d = raw[16:26] - raw[15]
    c_q = np.polyfit(x, np.log(d.var(axis=1)), 1)[0]
    c_w = np.polyfit(x, np.log(weights.squared[15, 16:26]), 1)[0]
    assert (row.start, row.end, row.n_points, row.reason, row.reason_w) == (
        15_000, 25_000, 10, "", "",
    )  # fmt: skip
    assert row.c_q == pytest.approx(c_q, abs=1e-9)
    assert row.c_w == pytest.approx(c_w, abs=1e-9)
    assert row.alpha == pytest.approx(c_q / c_w, abs=1e-9)
    assert (row.hurst, row.dimension) == (row.c_q / 2, 2 / row.c_q)
    assert row.c_q_interval[0] < row.c_q < row.c_q_interval[1]
    probability = np.exp(raw / rows.mean_bytes)
    moved = ((probability[16:26] - probability[15]) ** 2).sum(axis=1)
    assert row.c_scales[1] == pytest.approx(np.polyfit(x, np.log(moved), 1)[0], abs=1e-8)
    v = (np.diff(raw[15:26] - raw[15:26].mean(axis=1, keepdims=True), axis=0) ** 2).mean(axis=0)
    assert row.effective_dimension == pytest.approx(v.sum() ** 2 / (v**2).sum(), rel=1e-9)


def test_that_small_coordinates_have_the_exponent_of_their_exponentials(two_runs) -> None:
    snapshot, _ = two_runs
    rows = prepare(snapshot, snapshot.recipes["raw"])
    for run in runs_of(snapshot.entries):
        row = at_start(diffusion_of(rows, run), rows, 12, text_draws(400, 20, 0))
        assert np.abs(rows.qs).max() < 0.25
        assert row.c_scales[0] == pytest.approx(row.c_q, abs=0.03)
        assert row.c_scales[0] != row.c_q


def test_that_likelihood_scales_are_finite_for_texts_of_thousands_of_nats(
    project, fractional
) -> None:
    snapshot = project({"a": 5 * fractional(0.5, 14, 50) - 3_000})
    rows = prepare(snapshot, snapshot.recipes["raw"])
    run = runs_of(snapshot.entries)[0]
    for scale in SCALES:
        squared = on_scale(scale, rows, run).squared
        assert np.isfinite(squared).all()
        assert (squared[0, 1:] > 0).all()


def test_that_all_scales_of_a_row_are_of_clipped_values(project, fractional) -> None:
    path = 5 * fractional(0.4, 14, 60)
    path[:, :2] -= 2_000 + 400 * np.arange(14.0)[:, None] ** 0.9
    snapshot = project({"a": path})
    recipe = replace(snapshot.recipes["clip2"], tau=-900.0)
    rows, (run,) = prepare(snapshot, recipe), runs_of(snapshot.entries)
    row = at_start(diffusion_of(rows, run), rows, 2, text_draws(60, 20, 0))
    clipped = np.maximum(snapshot.loglik.astype(np.float64), -900.0)
    x = np.log(1_000 * np.arange(1, 11))
    for found, points in (
        (row.c_q, clipped - clipped.mean(axis=1, keepdims=True)),
        (row.c_scales[1], np.exp(clipped / rows.mean_bytes)),
    ):
        moved = ((points[3:13] - points[2]) ** 2).sum(axis=1)
        assert found == pytest.approx(np.polyfit(x, np.log(moved), 1)[0], abs=1e-8)


def test_that_projects_without_weights_say_so(two_runs) -> None:
    snapshot, _ = two_runs
    rows = prepare(snapshot, snapshot.recipes["raw"])
    found = diffusion_of(rows, runs_of(snapshot.entries)[1])
    row = at_start(found, rows, representative_start(found), text_draws(400, 20, 0))
    assert row.reason_w == NO_WEIGHTS
    assert np.isnan([row.c_w, row.r2_w, row.alpha]).all()
    assert np.isfinite([row.c_q, row.r2_q]).all()


def test_that_excluded_checkpoints_are_gaps_in_both_spaces(two_runs) -> None:
    snapshot, weights = two_runs
    recipe = replace(snapshot.recipes["raw"], excluded=("a/step12000",), reasons=("spike",))
    rows = prepare(snapshot, recipe)
    found = diffusion_of(rows, runs_of(snapshot.entries)[0], weights)
    for one in (found.loglik, found.weights):
        assert np.flatnonzero(np.isnan(one.law.exponent)).tolist() == [12]
        assert one.reason(12).startswith("the start takes no part: ")
        assert one.law.n_points[[1, 2, 11, 13]].tolist() == [10, 9, 9, 10]
    row = at_start(found, rows, 10, text_draws(400, 20, 0))
    assert row.n_points == 9
    assert np.isfinite([row.c_q, *row.c_q_interval, row.effective_dimension, row.laws.wins]).all()
    excluded = at_start(found, rows, 12, text_draws(400, 20, 0))
    assert excluded.reason.startswith("the start takes no part")
    assert np.isnan([excluded.c_q, *excluded.c_q_interval, excluded.laws.wins]).all()


def test_that_steps_without_weight_distances_have_a_reason(two_runs) -> None:
    snapshot, weights = two_runs
    run = runs_of(snapshot.entries)[0]
    part = WeightDistances("a", weights.steps[:20], weights.squared[:20, :20])
    path = in_weights(part, run)
    np.testing.assert_array_equal(path.squared[:20, :20], part.squared)
    assert np.isnan(path.squared[20:]).all()
    assert np.isnan(path.squared[:, 20:]).all()
    assert path.reasons[19:21] == ("", "its weight distances are not in the project")


def test_that_weight_distances_that_are_not_positive_leave_the_fit(two_runs) -> None:
    snapshot, weights = two_runs
    run = runs_of(snapshot.entries)[0]
    squared = weights.squared.copy()
    squared[5, [6, 7, 8]] = [0.0, -1.0, np.nan]
    rows = prepare(snapshot, snapshot.recipes["raw"])
    found = diffusion_of(rows, run, WeightDistances("a", weights.steps, squared))
    assert found.weights.law.n_points[5] == 7
    assert found.loglik.law.n_points[5] == 10


def test_that_short_and_irregular_runs_have_reasons_in_place_of_numbers(
    project, fractional
) -> None:
    for n, steps, reason in (
        (8, None, TOO_SHORT),
        (5, [0, 1, 3, 7, 15], NO_INTERVAL),
        (1, None, NO_INTERVAL),
    ):
        snapshot = project({"a": fractional(0.5, n, 40), "b": fractional(0.5, n, 40, 1)}, steps)
        rows = prepare(snapshot, snapshot.recipes["raw"])
        found = diffusion_of(rows, runs_of(snapshot.entries)[0])
        assert representative_start(found) == -1
        row = at_start(found, rows, -1, text_draws(40, 20, 0))
        assert row.reason == reason
        assert (row.start, row.n_points) == (-1, 0)
        assert np.isnan([row.c_q, row.c_w, row.alpha, row.hurst, *row.c_scales]).all()


def test_that_all_equal_rows_are_undefined_and_never_a_wrong_number(project) -> None:
    snapshot = project({"a": np.zeros((20, 40))})
    rows = prepare(snapshot, snapshot.recipes["raw"])
    found = diffusion_of(rows, runs_of(snapshot.entries)[0])
    row = at_start(found, rows, 3, text_draws(40, 20, 0))
    assert row.reason.startswith("only 0 of 10 points")
    assert np.isnan([row.c_q, row.r2_q, row.effective_dimension, row.laws.wins]).all()
