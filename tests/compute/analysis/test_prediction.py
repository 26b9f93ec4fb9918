"""Benchmark scores from vectors."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.analysis.prediction import (
    ALPHAS,
    MEAN,
    centred_kernel,
    group_folds,
    kernel_of,
    leak_hint,
    pearson,
    predict,
    predict_tasks,
    ridge_path,
)
from compute.core.errors import InputError, UsageError
from compute.core.tables import BUILT_IN_RECIPES, Benchmarks, Entry, Recipe, Snapshot, TextSet
from compute.geometry import prepare, prepare_lean


def made_up(k: int = 40, n: int = 60, n_families: int = 8, seed: int = 0) -> Snapshot:
    """Models whose vectors move along one direction with their ability, and by family."""
    rng = np.random.default_rng(seed)
    texts = TextSet(tuple(f"t{i}" for i in range(n)), ("x" * 700,) * n, ("",) * n)
    families = [f"f{i % n_families}" for i in range(k)]
    entries = tuple(Entry(f"e{i}", family=families[i], status="done") for i in range(k))
    shifts = rng.normal(0, 5, (n_families, n))
    moves = abilities(k)[:, None] * rng.normal(0, 20, n)
    own = np.array([shifts[i % n_families] for i in range(k)])
    loglik = -600 + rng.normal(0, 100, n) + own + moves + rng.normal(0, 3, (k, n))
    recipes = {r.name: r for r in BUILT_IN_RECIPES}
    return Snapshot(Path("made-up.h5"), texts, entries, loglik.astype(np.float32), recipes)


def abilities(k: int) -> np.ndarray:
    return np.random.default_rng(7).normal(size=k)


def scores_of(snapshot: Snapshot, n_tasks: int = 3) -> Benchmarks:
    k = len(snapshot.entries)
    noise = np.random.default_rng(8).normal(0, 0.2, (k, n_tasks))
    values = 50 + 10 * (abilities(k)[:, None] + noise)
    tasks = tuple(f"task{t}" for t in range(n_tasks))
    return Benchmarks(tasks, tuple(e.id for e in snapshot.entries), values)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), n=st.integers(2, 30), alpha=st.sampled_from([0.1, 1.0, 10, 1e4]))
def test_that_the_dual_is_the_primal(seed: int, n: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    rows, y = rng.normal(size=(12, n)), rng.normal(size=(12, 2))
    test, train = np.array([1, 5, 11]), np.array([0, 2, 3, 4, 6, 7, 8, 9, 10])
    x = rows[train] - rows[train].mean(axis=0)
    middle = y[train].mean(axis=0)
    weights = np.linalg.solve(x.T @ x + alpha * np.eye(n), x.T @ (y[train] - middle))
    primal = middle + (rows[test] - rows[train].mean(axis=0)) @ weights
    centred = rows - rows.mean(axis=0)
    for kernel in (rows @ rows.T, centred @ centred.T):
        dual = ridge_path(kernel, y, train, test, (alpha,))[0]
        np.testing.assert_allclose(dual, primal, rtol=1e-7, atol=1e-9)


def test_that_sklearn_predicts_the_same() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(3)
    rows, y = rng.normal(0, 30, (25, 80)), rng.normal(size=(25, 1))
    train, test = np.arange(20), np.arange(20, 25)
    path = ridge_path(rows @ rows.T, y, train, test, (10.0, 1e6))
    for alpha, mine in zip((10.0, 1e6), path, strict=True):
        theirs = linear_model.Ridge(alpha=alpha).fit(rows[train], y[train]).predict(rows[test])
        np.testing.assert_allclose(mine[:, 0], theirs.reshape(-1), rtol=1e-8)


def test_that_columns_are_centred_by_the_training_rows_alone() -> None:
    rows = np.random.default_rng(0).normal(size=(9, 4))
    train, test = np.arange(6), np.arange(6, 9)
    x = rows - rows[train].mean(axis=0)
    out = centred_kernel(rows @ rows.T, train, test)
    np.testing.assert_allclose(out, x[test] @ x[train].T, atol=1e-12)


def test_that_a_held_out_model_does_not_change_what_is_learned_without_it() -> None:
    rng = np.random.default_rng(1)
    rows, y = rng.normal(size=(10, 5)), rng.normal(size=(10, 1))
    train, test = np.arange(8), np.array([8])
    before = ridge_path(rows @ rows.T, y, train, test, (1.0,))
    rows[9] *= 1000
    y[8:] = 1e6
    np.testing.assert_allclose(ridge_path(rows @ rows.T, y, train, test, (1.0,)), before)


@pytest.mark.parametrize("what", ["scores", "vectors"])
def test_that_what_is_held_out_with_a_model_changes_nothing_about_its_prediction(what) -> None:
    """With five families each is a fold: scores of a family, and its other models, leave no trace
    in what its models are predicted, not in means, and not in the penalty."""
    rng = np.random.default_rng(4)
    rows, y = rng.normal(0, 30, (30, 12)), rng.normal(size=(30, 2))
    groups = [f"f{k % 5}" for k in range(30)]
    family = np.array([k for k in range(30) if groups[k] == "f2"])
    asked = family if what == "scores" else family[:1]

    def predicted(rows, y):
        found = predict_tasks(rows @ rows.T, y, groups, ["a", "b"], seeds=(0, 1))
        return np.array([task.predicted for task in found])

    before = predicted(rows, y)
    if what == "scores":
        y = y.copy()
        y[family] = 1e3 + rng.normal(size=(len(family), 2))
    else:
        rows = rows.copy()
        rows[family[1:]] += rng.normal(0, 500, (len(family) - 1, 12))
    after = predicted(rows, y)
    np.testing.assert_allclose(after[:, asked], before[:, asked], rtol=1e-6)
    others = np.setdiff1d(np.arange(30), family)
    assert not np.allclose(after[:, others], before[:, others], rtol=1e-3)


@settings(max_examples=20, deadline=None)
@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_that_folds_share_no_group_and_hold_every_row_once(sizes: list[int], seed: int) -> None:
    groups = [f"g{g}" for g, n in enumerate(sizes) for _ in range(n)]
    folds = list(group_folds(groups, np.random.default_rng(seed)))
    assert len(folds) == min(5, len(sizes))
    assert sorted(np.concatenate(folds).tolist()) == list(range(len(groups)))
    held = [{groups[k] for k in fold} for fold in folds]
    assert sum(map(len, held)) == len(sizes)
    assert all(map(len, held))


def test_that_products_are_those_of_the_rows_in_nats(monkeypatch) -> None:
    snapshot = made_up()
    q = prepare(snapshot, Recipe("raw")).q
    monkeypatch.setattr("compute.analysis.prediction._BLOCK_BYTES", 16 * 60 * 7)
    np.testing.assert_allclose(kernel_of(prepare_lean(snapshot, Recipe("raw"))), q @ q.T, rtol=1e-9)


def test_that_abilities_that_vectors_hold_are_predicted_across_families() -> None:
    snapshot = made_up()
    found = predict(snapshot, scores_of(snapshot), "raw", seeds=(0, 1))
    assert [task.task for task in found.tasks] == ["task0", "task1", "task2", MEAN]
    for task in found.tasks:
        assert task.pearson > 0.9
        assert (task.n_groups, task.n_folds, len(task.alphas)) == (8, 5, 10)
        assert set(task.alphas) <= set(ALPHAS)
    mean = found.tasks[-1]
    np.testing.assert_allclose(mean.actual, scores_of(snapshot).values.mean(axis=1))
    again = predict(snapshot, scores_of(snapshot), "raw", seeds=(0, 1))
    assert again.tasks[0].pearson == found.tasks[0].pearson


def test_that_repetitions_are_averaged_each_with_its_own_correlation() -> None:
    snapshot = made_up()
    noisy = replace(scores_of(snapshot, 1), values=scores_of(snapshot, 1).values.copy())
    noisy.values[:] += np.random.default_rng(1).normal(0, 15, noisy.values.shape)
    both, *alone = (predict(snapshot, noisy, "raw", seeds=s).tasks[0] for s in ((0, 1), (0,), (1,)))
    each = [one.pearson for one in alone]
    assert both.pearson == pytest.approx(np.mean(each), rel=1e-12)
    assert both.sd == pytest.approx(np.std(each), rel=1e-9)
    np.testing.assert_allclose(both.predicted, np.mean([a.predicted for a in alone], axis=0))


def test_that_scores_without_relation_are_not_predicted() -> None:
    snapshot = made_up(k=60)
    noise = np.random.default_rng(5).normal(size=(60, 1))
    scores = Benchmarks(("noise",), tuple(e.id for e in snapshot.entries), noise)
    assert abs(predict(snapshot, scores, "raw", seeds=(0,)).tasks[0].pearson) < 0.45


def test_that_what_has_no_score_or_vector_takes_no_part() -> None:
    snapshot = made_up()
    scores = scores_of(snapshot)
    values = scores.values.copy()
    values[3, 0] = np.nan
    values[4, 1] = np.inf
    loglik = snapshot.loglik.copy()
    loglik[5] = np.nan
    gone = replace(scores, values=values, ids=("elsewhere", *scores.ids[1:]))
    found = predict(replace(snapshot, loglik=loglik), gone, "raw", seeds=(0,))
    assert "e5" not in found.ids
    assert "e0" not in found.ids
    assert [len(task.rows) for task in found.tasks] == [37, 37, 38, 36]
    assert found.notes == ("Models with a score but no usable vector: 1",)
    assert all(np.isfinite(task.predicted).all() for task in found.tasks)


def test_that_constant_scores_have_no_correlation_and_say_so() -> None:
    snapshot = made_up()
    values = scores_of(snapshot).values.copy()
    values[:, 1] = 33.3
    found = predict(snapshot, replace(scores_of(snapshot), values=values), "raw", seeds=(0,))
    assert math.isnan(found.tasks[1].pearson)
    assert found.tasks[1].reason == "all scores are the same"
    assert found.tasks[0].pearson > 0.9


def test_that_vectors_that_do_not_differ_predict_nothing_and_say_so() -> None:
    snapshot = made_up()
    same = np.repeat(snapshot.loglik[:1], 40, axis=0)
    with pytest.raises(InputError, match="the vectors of these models do not differ"):
        predict(replace(snapshot, loglik=same), scores_of(snapshot, 1), "raw", seeds=(0,))
    same[3, 7] += 1.0
    found = predict(replace(snapshot, loglik=same), scores_of(snapshot, 1), "raw", seeds=(0,))
    assert math.isfinite(found.tasks[0].pearson)


def test_that_few_families_give_few_folds_and_a_note() -> None:
    snapshot = made_up(n_families=3)
    task = predict(snapshot, scores_of(snapshot, 1), "raw", seeds=(0,)).tasks[0]
    assert (task.n_groups, task.n_folds) == (3, 3)
    assert task.notes == ("Only 3 model types: as many folds",)


def test_that_too_little_or_too_much_is_a_sentence(monkeypatch) -> None:
    snapshot = made_up()
    few = made_up(k=9)
    with pytest.raises(InputError, match=r"Predicting task0: only 9 of 10 needed models"):
        predict(few, scores_of(few), "raw", seeds=(0,))
    one = made_up(n_families=1)
    with pytest.raises(InputError, match="all models are of one family"):
        predict(one, scores_of(one), "raw", seeds=(0,))
    with pytest.raises(InputError, match=r"made-up.h5 has no benchmark scores.*Import"):
        predict(snapshot, None)
    with pytest.raises(UsageError, match=r"no scores of 'task9'.*task0, task1"):
        predict(snapshot, scores_of(snapshot), "raw", ["task9"])
    monkeypatch.setattr("compute.analysis.prediction.MOST_MODELS", 39)
    with pytest.raises(InputError, match=r"40 models have scores, 39 can be .* by a recipe"):
        predict(snapshot, scores_of(snapshot), "raw", seeds=(0,))
    out = {"raw": Recipe("raw", excluded=("e0", "e1"))}
    assert (
        len(predict(replace(snapshot, recipes=out), scores_of(snapshot), "raw", seeds=(0,)).ids)
        == 38
    )
    nobody = replace(scores_of(snapshot), ids=tuple(f"x{k}" for k in range(40)))
    with pytest.raises(InputError, match="no entry with a score is in the project"):
        predict(snapshot, nobody, "raw", seeds=(0,))


def test_that_a_task_with_few_scores_does_not_stop_the_others() -> None:
    snapshot = made_up()
    scores = np.column_stack([abilities(40), np.where(np.arange(40) < 5, 1.0, np.nan)])
    kernel = kernel_of(prepare_lean(snapshot, Recipe("raw")))
    groups = [e.family for e in snapshot.entries]
    good, few = predict_tasks(kernel, scores, groups, ["good", "few"])
    assert good.pearson > 0.9
    assert math.isnan(few.pearson)
    assert "only 5 of 10 needed models" in few.reason


def test_that_entries_of_unknown_family_are_held_out_together() -> None:
    snapshot = made_up()
    entries = tuple(replace(e, family="") if k % 8 == 0 else e for k, e in
                    enumerate(snapshot.entries))  # fmt: skip
    found = predict(replace(snapshot, entries=entries), scores_of(snapshot, 1), "raw", seeds=(0,))
    assert found.tasks[0].n_groups == 8
    assert found.notes == ("Models of unknown family, held out together: 5",)


def test_that_a_correlation_of_something_constant_is_not_a_number() -> None:
    x = np.arange(5.0)
    assert pearson(x, 2 * x + 1) == pytest.approx(1)
    assert math.isnan(pearson(x, np.full(5, 0.1) + 1e-17))


def test_that_z_counts_robust_standard_deviations_from_the_line() -> None:
    x = np.arange(9.0)
    off = np.array([0, 1, -1, 1, 2, -1, -2, 0, 40.0])  # median 0, median absolute deviation 1
    hint = leak_hint(off - 1.0, np.full(9, 7.0))
    np.testing.assert_allclose(hint.z, off / 1.4826, rtol=1e-12)
    line = leak_hint(0.5 * x - 3 + np.where(x == 4, 9.0, 0.0), x)
    np.testing.assert_allclose(line.residual, np.where(x == 4, 9.0, 0.0), atol=1e-12)


def test_that_a_model_whose_texts_are_too_likely_stands_out_and_it_is_called_a_hint() -> None:
    rng = np.random.default_rng(2)
    ability = rng.normal(size=80)
    loglik = -1 + 0.1 * ability + rng.normal(0, 0.01, 80)
    loglik[13] += 0.2
    hint = leak_hint(loglik, ability)
    assert int(np.argmax(hint.z)) == 13
    assert hint.z[13] > 10
    assert np.abs(np.delete(hint.z, 13)).max() < 5
    assert hint.words.startswith("A hint, not proof")
    ability[4] = np.nan
    assert np.isnan(leak_hint(loglik, ability).z[4])
    flat = leak_hint(np.full(9, 0.5), np.arange(9.0))
    assert np.isnan(flat.z).all()
    assert "not defined" in flat.words
