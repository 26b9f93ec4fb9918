"""Scores of outlier texts, and what dropping them does."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from compute.analysis.outliers import (
    curve_counts,
    drop_curves,
    n_outliers,
    pairs_after,
    text_scores,
)
from compute.analysis.pairs import windows
from compute.analysis.runs import Run, runs_of
from compute.core.errors import InputError
from compute.core.tables import Recipe
from compute.geometry import prepare, select
from tests.compute.analysis.made_runs import FIVE_SIZES, changed, project

CLIP2, RAW = Recipe("clip2", 0.02, tau=-800.0), Recipe("raw")


def _by_hand(snapshot, recipe, after, skipped=()):
    """All clipped differences of neighbours, the slow way."""
    tau = recipe.tau if recipe.clip_quantile else -np.inf
    at = {(e.run, e.step): k for k, e in enumerate(snapshot.entries) if e.id not in skipped}
    return np.array(
        [
            np.maximum(snapshot.loglik[at[run, step + 1000]].astype(float), tau)
            - np.maximum(snapshot.loglik[k].astype(float), tau)
            for (run, step), k in at.items()
            if step >= after and (run, step + 1000) in at
        ]
    )


@pytest.mark.parametrize("recipe", [CLIP2, RAW])
def test_that_scores_are_the_largest_step_and_the_deviation_of_all_steps(recipe) -> None:
    snapshot = project(FIVE_SIZES)
    scores = text_scores(select(snapshot, recipe), runs_of(snapshot.entries))
    d = _by_hand(snapshot, recipe, 2000)
    assert scores.n_pairs == len(d) == 5 * 13
    np.testing.assert_allclose(scores.maximum, abs(d).max(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scores.sd, d.std(axis=0), rtol=1e-9)
    assert scores.correlation == pytest.approx(np.corrcoef(scores.maximum, scores.sd)[0, 1])
    assert (np.diff(scores.maximum[scores.order]) <= 0).all()


def test_that_pairs_that_touch_an_excluded_checkpoint_are_skipped_not_bridged() -> None:
    snapshot = project(FIVE_SIZES)
    out = ("p-1B/step7000",)
    scores = text_scores(select(snapshot, replace(CLIP2, excluded=out)), runs_of(snapshot.entries))
    d = _by_hand(snapshot, CLIP2, 2000, skipped=out)
    assert scores.n_pairs == len(d) == 5 * 13 - 2
    np.testing.assert_allclose(scores.maximum, abs(d).max(axis=0), rtol=1e-12)


def test_that_planted_texts_are_the_top_and_dropped() -> None:
    wild = [3, 77, 150, 151]

    def plant(loglik, row_of):
        rng = np.random.default_rng(0)
        loglik[:, wild] += rng.normal(0, 60, (len(loglik), 4)).astype(np.float32)

    snapshot = changed(project(FIVE_SIZES), plant)
    scores = text_scores(select(snapshot, RAW), runs_of(snapshot.entries))
    assert scores.top(4).tolist() == wild
    assert scores.correlation > 0.9
    assert scores.top(0).tolist() == []
    by_sd = np.argsort(-scores.sd, kind="stable")[:9]
    assert scores.top(9, "sd").tolist() == sorted(by_sd.tolist())
    with pytest.raises(InputError, match="200 outlier texts cannot be dropped of 200"):
        scores.top(200)
    with pytest.raises(InputError, match="199 outlier texts cannot be dropped of 200"):
        scores.top(199)
    assert len(scores.top(198)) == 198


def test_that_three_per_cent_are_dropped_unless_a_number_is_given() -> None:
    assert [n_outliers(n) for n in (10_000, 500, 120, 20, 10, 0)] == [300, 15, 4, 1, 0, 0]
    assert n_outliers(10_000, 0) == 0
    assert curve_counts(10_000) == (0, 10, *range(100, 1001, 100))
    assert curve_counts(3) == (0,)


@pytest.mark.parametrize("recipe", [CLIP2, RAW])
def test_that_each_curve_is_the_kl_after_preparing_again_without_these_texts(recipe) -> None:
    snapshot = project(FIVE_SIZES)
    rows = select(snapshot, recipe)
    runs = runs_of(snapshot.entries)
    scores = text_scores(rows, runs)
    curves = drop_curves(rows, runs[1], scores, snapshot.texts.n_bytes)
    assert curves.steps.tolist() == list(range(10_000, 15_000, 1000))
    assert curves.n_dropped[:4] == (0, 2, 4, 6)
    for n, kl in zip(curves.n_dropped, curves.kl, strict=True):
        names = tuple(snapshot.texts.ids[k] for k in scores.top(n))
        again = prepare(snapshot, replace(recipe, dropped_texts=names))
        for step, value in zip(curves.steps, kl, strict=True):
            a, b = (again.row_of[f"p-1B/step{s}"] for s in (step, step + 1000))
            difference = again.qs[a] - again.qs[b]
            assert value == pytest.approx(difference @ difference, rel=1e-9)


def test_that_without_pairs_there_are_no_scores_and_no_curves() -> None:
    snapshot = project({"a": {}}, n_steps=2)
    rows, (run,) = select(snapshot, RAW), runs_of(snapshot.entries)
    scores = text_scores(rows, [run])
    assert scores.n_pairs == 0
    assert np.isnan(scores.maximum).all()
    assert np.isnan(scores.correlation)
    curves = drop_curves(rows, run, scores, snapshot.texts.n_bytes)
    assert curves.kl.shape == (len(curves.n_dropped), 0)
    with pytest.raises(InputError, match="0 to 199 dropped texts"):
        drop_curves(rows, run, scores, snapshot.texts.n_bytes, n_dropped=(200,))


def test_that_equal_steps_everywhere_give_no_correlation() -> None:
    def still(loglik, row_of):
        loglik[:] = loglik[0]

    snapshot = changed(project(FIVE_SIZES), still)
    scores = text_scores(select(snapshot, RAW), runs_of(snapshot.entries))
    assert (scores.maximum == 0).all()
    assert np.isnan(scores.correlation)


@pytest.mark.parametrize("last", [800, 512, 1290])
def test_that_scores_begin_where_the_early_pairs_begin_though_steps_are_rounded(last: int) -> None:
    even = [round(k * last / 31) for k in range(32)]
    steps = np.array(sorted({*even, *(2**k for k in range(10) if 2**k <= last)}))
    run = Run("r", tuple(map(str, steps)), steps)
    rows = SimpleNamespace(row_of={name: k for k, name in enumerate(run.ids)})
    scored = pairs_after(run, rows, run.after)
    assert [(steps[a], steps[b]) for a, b in scored] == list(itertools.pairwise(even))[2:]
    assert windows(run)[0].first == even[2]
