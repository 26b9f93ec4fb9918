from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.analysis.projections import (
    EvenSeries,
    autocorrelation,
    components,
    period_of,
    second_half,
    spiral,
    turned,
    zero_crossings,
)  # fmt: skip
from compute.analysis.runs import Run
from compute.core.tables import Recipe
from compute.geometry import prepare
from compute.geometry.distances import squared_distances

RAW = Recipe("raw")


def naive(values) -> list[float]:
    """Autocorrelation as a sum over pairs, written out."""
    x = [v for v in values if not math.isnan(v)]
    mean = sum(x) / len(x)
    x = [0.0 if math.isnan(v) else v - mean for v in values]
    sums = [sum(x[t] * x[t + k] for t in range(len(x) - k)) for k in range(len(x))]
    return [s / sums[0] for s in sums]


def even(n: int, interval: int = 1000) -> EvenSeries:
    return EvenSeries(np.arange(n) * interval, tuple(map(str, range(n))), interval)


@settings(max_examples=25, deadline=None)
@given(k=st.integers(2, 12), n=st.integers(2, 20), seed=st.integers(0, 20))
def test_that_components_are_those_of_the_singular_value_decomposition(k, n, seed) -> None:
    qs = np.random.default_rng(seed).normal(size=(k, n))
    rows = SimpleNamespace(ids=tuple(map(str, range(k))), qs=qs)
    found = components(rows, k)
    q = qs - qs.mean(axis=0)
    left, sizes, _ = np.linalg.svd(q, full_matrices=False)
    m = min(len(sizes), k)
    np.testing.assert_allclose(found.shares[:m], sizes**2 / (sizes**2).sum(), atol=1e-12)
    solid = sizes > 1e-6 * sizes[0]
    expected = np.abs(left * sizes)[:, solid]
    np.testing.assert_allclose(np.abs(found.coords[:, :m][:, solid]), expected, atol=1e-7)
    assert found.shares.sum() == pytest.approx(1)
    assert found.mean_kl == pytest.approx(squared_distances(qs).mean(), rel=1e-9)
    assert found.mean_kl == pytest.approx(2 * q.var(axis=0).sum(), rel=1e-9)


def test_that_many_rows_have_the_components_of_few(make_pythia) -> None:
    rows = prepare(make_pythia(("410m", "1b", "1.4b", "2.8b", "6.9b"), n=40), RAW)
    found, all_of_them = components(rows, 5), np.linalg.svd(rows.qs)[1] ** 2
    assert len(rows.ids) > 600
    np.testing.assert_allclose(found.shares, all_of_them[:5] / all_of_them.sum(), rtol=1e-9)
    far = found.coords[np.abs(found.coords).argmax(axis=0), range(5)]
    assert (far < 0).all()
    assert "step0" in rows.ids[int(found.coords[:, 0].argmin())]


def test_that_components_do_not_depend_on_what_the_rows_are_centred_on(make_pythia) -> None:
    snapshot = make_pythia(("1b",), n=15)
    rows = prepare(snapshot, RAW)
    moved = replace(rows, qs=rows.qs + np.random.default_rng(0).normal(size=15))
    one, two = components(rows, 4), components(moved, 4)
    np.testing.assert_allclose(one.coords, two.coords, atol=1e-9)
    assert one.mean_kl == pytest.approx(two.mean_kl)


@pytest.mark.parametrize("k", [1, 4])
def test_that_equal_rows_have_no_components(make_pythia, k: int) -> None:
    snapshot = make_pythia(("1b",), n=15, steps=range(k))
    same = replace(snapshot, loglik=np.repeat(snapshot.loglik[:1], k, axis=0))
    found = components(prepare(same, RAW), 3)
    assert not found.coords.any()
    assert not found.shares.any()
    assert found.mean_kl == pytest.approx(0, abs=1e-20)


@given(st.lists(st.one_of(st.just(math.nan), st.floats(-5, 5, width=32)), min_size=2, max_size=25))
def test_that_the_autocorrelation_is_a_sum_over_pairs(values: list[float]) -> None:
    known = [v for v in values if not math.isnan(v)]
    found = autocorrelation(np.array(values))
    if len(known) < 2 or np.var(known) < 1e-20:
        assert len(found) == len(values)
    else:
        np.testing.assert_allclose(found, naive(values), atol=1e-9)


@pytest.mark.parametrize("period", [8, 12.5, 20, 31])
def test_that_the_period_of_a_spiral_is_found_within_one_checkpoint(period: float) -> None:
    t = np.arange(100)
    angle = 2 * np.pi * t / period
    path = np.stack([t / 4, np.cos(angle), 0.9 * np.sin(angle)], axis=1)
    turned = path @ np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0] + 7
    found = spiral(even(100), turned)
    assert abs(found.period - period) <= 1
    assert found.period_steps == 1000 * found.period
    assert found.reason == ""
    assert found.shares.sum() == pytest.approx(1)
    assert len(found.crossings) > 3


def test_that_the_period_is_that_of_the_third_component() -> None:
    t = np.arange(96)
    path = np.stack([t / 3, 4 * np.cos(2 * np.pi * t / 32), np.cos(2 * np.pi * t / 12)], axis=1)
    found = spiral(even(96), path)
    assert found.shares[0] > found.shares[1] > found.shares[2] > 0
    assert abs(found.period - 12) <= 1


def test_that_a_spiral_keeps_its_period_with_a_checkpoint_missing() -> None:
    t = np.arange(80)
    path = np.stack([t / 4, np.cos(t / 2), np.sin(t / 2)], axis=1)
    path[40] = np.nan
    found = spiral(even(80), path)
    assert abs(found.period - 4 * np.pi) <= 1
    assert np.isnan(found.points[40]).all()


@pytest.mark.parametrize(
    ("acf", "crossings"),
    [
        ([1, 0.5, -0.5, 0.5], (1.5, 2.5)),
        ([1, 0, -1, 0, 1], (1.0, 3.0)),
        ([1, 0, 0.5, -0.5], (2.5,)),
        ([1, 0.5], ()),
        ([], ()),
        ([np.nan, np.nan], ()),
    ],
)
def test_that_zero_crossings_are_changes_of_sign(acf, crossings) -> None:
    assert zero_crossings(np.array(acf, float)) == pytest.approx(crossings)


def test_that_a_period_is_the_highest_lag_between_second_and_third_crossing() -> None:
    assert period_of(np.array([1, -1, -2, 1, 3, 2, -1, 9.0])) == (4, "")


@pytest.mark.parametrize(
    ("acf", "word"), [([1, 0.5], "never"), ([1, -1, -1], "once"), ([1, -1, 1], "twice")]
)
def test_that_too_few_crossings_give_no_period_and_say_so(acf, word) -> None:
    period, reason = period_of(np.array(acf, float))
    assert math.isnan(period)
    assert word in reason


@pytest.mark.parametrize("points", [[], [[1, 2, 3]], [[1, 2, 3]] * 4, [[0, 0, 1], [0, 0, 2]]])
def test_that_points_that_fill_no_space_have_no_period(points) -> None:
    found = spiral(even(len(points)), np.array(points, float).reshape(-1, 3))
    assert math.isnan(found.period)
    assert found.reason


@given(st.integers(0, 50), st.integers(0, 12))
def test_that_a_turned_map_keeps_distances_and_goes_right(seed: int, n: int) -> None:
    xy = np.random.default_rng(seed).normal(size=(n, 2)) * (3, 1) + 5
    found = turned(xy)
    np.testing.assert_allclose(squared_distances(found), squared_distances(xy), atol=1e-9)
    if n > 2:
        assert found[-1, 0] >= found[0, 0]
        assert found[:, 0].var() >= found[:, 1].var()
        area = [_area(p) for p in (xy, found)]
        assert area[0] == pytest.approx(area[1])


def _area(p: np.ndarray) -> float:
    """Signed area of the triangle of the first three points."""
    (a, b), (c, d) = p[1] - p[0], p[2] - p[0]
    return float(a * d - b * c) / 2


def test_that_the_later_part_of_pythia_is_its_second_half(pythia_steps) -> None:
    run = Run("r", tuple(map(str, pythia_steps)), np.array(pythia_steps))
    part = second_half(run, set(run.ids) - {"116000"})
    assert part.steps.tolist() == list(range(73_000, 144_000, 1000))
    assert part.ids[0] == "73000"
    assert part.ids[116 - 73] == ""


def test_that_rounded_intervals_and_steps_between_keep_an_even_series() -> None:
    steps = [0, 26, 52, 77, 103, 128, 129, 155, 181, 206, 232, 256, 258, 284, 335]
    run = Run("r", tuple(map(str, steps)), np.array(steps))
    part = second_half(run, run.ids)
    assert part.ids == ("206", "232", "258", "284", "", "335")
    assert part.steps[-2] == 309
    alone = Run("r", ("x",), np.array([4]))
    assert second_half(alone, alone.ids).ids == ()
