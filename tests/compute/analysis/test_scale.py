"""Statistics of groups, and intervals over pairs, draws and texts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.analysis import published, scale
from compute.analysis.groups import Group, Pool, draw
from compute.analysis.scale import measure, over_texts, resampled_kl, summary
from compute.core.tables import Recipe, Snapshot
from compute.core.units import LN2
from compute.geometry import kl_pair, prepare
from tests.compute.made_suite import made_suite

RAW = Recipe("raw")


@pytest.fixture(scope="module")
def project() -> Snapshot:
    return made_suite(200)


@given(st.lists(st.floats(0, 50), min_size=1, max_size=40))
def test_that_statistics_are_those_of_numpy(values: list[float]) -> None:
    kl = np.array(values)
    found = summary(np.append(kl, np.nan), bootstrap=20)
    assert found.n == len(values)
    assert found.median == np.median(kl)
    assert found.mean == pytest.approx(np.mean(kl))
    assert found.sd == pytest.approx(np.std(kl, ddof=0), abs=1e-12)
    if len(values) > 1:
        assert kl.min() <= found.interval.low <= found.interval.high <= kl.max()


def test_that_no_pairs_give_nan_and_one_pair_no_interval() -> None:
    none, one = summary(np.array([])), summary(np.array([0.5]))
    assert none.n == 0
    assert np.isnan([none.median, none.mean, none.sd, none.interval.low]).all()
    assert (one.n, one.median, one.sd) == (1, 0.5, 0.0)
    assert np.isnan(one.interval.low)


def test_that_the_interval_of_the_median_covers_it_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        found = summary(rng.exponential(1.0, 50), bootstrap=200, seed=trial).interval
        hits += found.low <= LN2 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_that_a_group_measures_the_kl_of_each_pair(project: Snapshot) -> None:
    rows = prepare(project, RAW)
    pairs = (("ant/base-0", "ant/tune-0"), ("ant/base-0", "cat/base-1"))
    found = measure(Group("fine-tune", "FT", "", "", pairs, ("", "")), rows)
    for k, (a, b) in enumerate(pairs):
        single = kl_pair(project, RAW, a, b)
        assert found.kl[k] == pytest.approx(single.kl, rel=1e-12)
        assert found.se[k] == pytest.approx(single.se, rel=1e-12)
    assert (found.recipe, found.n_texts) == ("raw", 200)
    assert found.published == published.SETTINGS["fine-tune"]
    assert found.all_pairs == found.summary


def test_that_a_group_without_rows_or_pairs_measures_nothing(project: Snapshot) -> None:
    group = Group("seed", "Seed", "", "seeds", reason="none")
    for rows in (None, prepare(project, RAW)):
        found = measure(group, rows)
        assert found.summary.n == 0
        assert found.kl.size == 0
        assert np.isnan(found.summary.median)


def test_that_the_median_of_many_draws_surrounds_that_of_all_pairs(project: Snapshot) -> None:
    rows = prepare(project, RAW)
    names = tuple(e.id for e in project.entries if e.id.count("/") == 1 and not e.run)
    pool = Pool("", names, 20)
    group = Group("random", "R", "", "", draw(pool, 42), ("",) * 20, pools=(pool,))
    found = measure(group, rows, draws=100)
    assert found.over_draws.n == 100
    assert found.over_draws.low < found.all_pairs.median < found.over_draws.high
    assert found.all_pairs.n == len(names) * (len(names) - 1) // 2
    assert found.over_draws == measure(group, rows, draws=100).over_draws


def test_that_all_pairs_of_a_pool_are_those_of_single_pairs(project: Snapshot) -> None:
    rows = prepare(project, RAW)
    names = tuple(e.id for e in project.entries if e.id.count("/") == 1 and not e.run)[:14]
    pool = Pool("", (*names, "nobody"), 3)
    group = Group("random", "R", "", "", draw(Pool("", names, 3), 1), ("",) * 3, pools=(pool,))
    single = [kl_pair(project, RAW, a, b).kl for a, b in itertools.combinations(names, 2)]
    found = measure(group, rows, draws=5).all_pairs
    assert found.n == len(single)
    assert found.mean == pytest.approx(np.mean(single), rel=1e-11)
    assert found.median == pytest.approx(np.median(single), rel=1e-11)


def test_that_a_pool_too_large_for_a_matrix_is_drawn_from(
    project: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "MOST_IN_A_POOL", 5)
    monkeypatch.setattr(scale, "DRAWN_OF_A_POOL", 12)
    rows = prepare(project, RAW)
    names = tuple(e.id for e in project.entries if e.id.count("/") == 1 and not e.run)[:9]
    pool = Pool("", names, 3)
    found = measure(Group("random", "R", "", "", draw(pool, 1), ("",) * 3, pools=(pool,)), rows)
    assert found.all_pairs.n == 12
    assert found.over_draws.n == 200


def test_that_kl_on_texts_drawn_again_is_that_of_a_project_with_those_texts(
    project: Snapshot,
) -> None:
    rows = prepare(project, RAW)
    n, seed = rows.n_texts, 5
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=3)
    found = resampled_kl(rows, np.array([[0, 1], [4, 9]]), project.texts, bootstrap=3, seed=seed)
    for b, w in enumerate(weights):
        texts = np.repeat(np.arange(n), w)
        mean_bytes = project.texts.n_bytes[texts].mean()
        for p, (i, j) in enumerate(((0, 1), (4, 9))):
            d = project.loglik[i, texts].astype(float) - project.loglik[j, texts]
            assert found[b, p] == pytest.approx(d.var() / (2 * mean_bytes * LN2), rel=1e-9)


def test_that_the_interval_over_texts_is_about_the_standard_error(project: Snapshot) -> None:
    rows = prepare(project, RAW)
    pair = ("ant/base-0", "bee/base-0")
    single = kl_pair(project, RAW, *pair)
    found = over_texts(rows, (pair, ("ant/base-0", "nobody")), project.texts, bootstrap=400)
    assert found.low < single.kl < found.high
    # The bytes per text are drawn again as well, which the standard error does not hold.
    assert (found.high - found.low) / 3.92 == pytest.approx(single.se, rel=0.3)


def test_that_published_values_have_every_setting_of_the_paper() -> None:
    assert len(published.SETTINGS) == 10
    assert published.SIZE_PAIRS[("410M", "1B")] == published.SIZES_410M["1B"].kl
    for size, row in published.EXPONENTS.items():
        assert row.alpha == pytest.approx(row.loglik / row.weights, abs=0.01), size
