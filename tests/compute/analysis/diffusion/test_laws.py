from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from compute.analysis.diffusion import Comparison, compare, noise_plus_drift, power_law, verdict
from compute.analysis.diffusion.resampling import interval, resampled_distances, text_draws

LAGS = np.arange(1.0, 11.0)


@pytest.mark.parametrize(("ratio", "c"), [(1, 0.75), (5, 0.41), (10, 0.27), (20, 0.16)])
def test_that_noise_plus_drift_imitates_these_exponents(ratio: float, c: float) -> None:
    squared = ratio + LAGS
    found = power_law(LAGS, squared)
    assert found.exponent == pytest.approx(c, abs=0.006)
    assert 0.92 < found.r2 < 0.995
    other = noise_plus_drift(LAGS, squared)
    assert other.noise / other.drift == pytest.approx(ratio, rel=1e-4)
    assert other.r2 == pytest.approx(1.0, abs=1e-9)


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-2, 1e4))
def test_that_exact_noise_plus_drift_is_found(noise: float, drift: float, unit: float) -> None:
    lags = unit * LAGS
    squared = noise + drift / unit * lags
    found = noise_plus_drift(lags, squared)
    np.testing.assert_allclose(found.noise + found.drift * lags, squared, rtol=1e-4)
    assert found.rss < 1e-8


@given(arrays(np.float64, 10, elements=st.floats(1e-3, 1e3)))
def test_that_no_noise_and_drift_on_a_fine_grid_fit_better(squared: np.ndarray) -> None:
    found = noise_plus_drift(LAGS, squared)
    assert found.noise >= 0
    assert found.drift >= 0
    y = np.log(squared)
    fitted = np.log(found.noise + found.drift * LAGS)
    assert found.rss == pytest.approx(((y - fitted) ** 2).sum(), rel=1e-9, abs=1e-12)
    shares = np.concatenate([[0.0, 1.0], 1 / (1 + np.exp(-np.linspace(-12, 12, 801)))])
    curves = np.log((1 - shares)[:, None] + shares[:, None] * LAGS / 4.0)
    residuals = y - curves
    residuals -= residuals.mean(axis=1, keepdims=True)
    assert found.rss <= (residuals**2).sum(axis=1).min() + 1e-7


def test_that_decreasing_distances_have_no_drift_and_steep_ones_no_noise() -> None:
    assert noise_plus_drift(LAGS, 1 / LAGS).drift == 0
    assert noise_plus_drift(LAGS, LAGS**1.7).noise == 0


def test_that_many_windows_are_fitted_as_each_alone() -> None:
    squared = np.random.default_rng(0).lognormal(size=(6, 10))
    squared[2, 4], squared[3, 0] = np.nan, 0.0
    together = noise_plus_drift(LAGS, squared)
    alone = [noise_plus_drift(LAGS, row) for row in squared]
    np.testing.assert_allclose(together.rss, [found.rss for found in alone], atol=1e-12)
    np.testing.assert_allclose(together.noise, [found.noise for found in alone], atol=1e-9)


def _told(path: np.ndarray) -> Comparison:
    moves = path[1:] - path[0]
    boots = resampled_distances(moves, text_draws(moves.shape[1], 200, 1), row_centred=False)
    return compare(LAGS, (moves**2).sum(axis=1), boots)


def test_that_noise_plus_drift_is_told_from_a_power_law_on_paths(fractional) -> None:
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.normal(size=(11, 4_000)), axis=0)
    noisy = walk + rng.normal(scale=np.sqrt(5 / 2), size=walk.shape)  # a/b = 5, c = 0.41
    for path, winner in ((noisy, "noise plus drift"), (fractional(0.41, 11, 4_000), "power law")):
        found = _told(path)
        assert found.winner == winner
        assert max(found.wins, 1 - found.wins) >= 0.95


def test_that_few_dimensions_leave_it_open(fractional) -> None:
    winners = [_told(fractional(0.41, 11, 12, seed)).winner for seed in range(10)]
    assert winners.count("") >= 4


def test_that_brownian_paths_fit_both_laws_alike() -> None:
    """Both contain distance^2 = b t: neither wins where it holds exactly."""
    found = compare(LAGS, 3 * LAGS, np.outer(np.arange(1.0, 5.0), LAGS))
    assert found.wins == 0.5
    assert found.winner == ""


def test_that_fewer_than_three_points_or_no_bootstrap_are_not_compared() -> None:
    two = compare(LAGS[:2], LAGS[:2], np.ones((9, 2)))
    none = compare(LAGS, LAGS, np.ones((0, 10)))
    for found in (two, none):
        assert np.isnan(found.wins)
        assert found.winner == ""
        assert verdict(found, 0.3).startswith("Not compared")


COMPARED = Comparison(10, 0.84, 0.77, 0.71, 200, 1.0, 0.1)


def test_that_the_verdict_speaks_plainly() -> None:
    assert verdict(COMPARED, 0.2449, "c_q") == (
        "Too close to call. The power law wins in 71\u2009% of 200 bootstraps. "
        "Do not read c_q = 0.24 as subdiffusion on its own."
    )
    assert verdict(replace(COMPARED, wins=0.2), 1.3) == (
        "Too close to call. Noise plus drift wins in 80\u2009% of 200 bootstraps. "
        "Do not read c = 1.30 as superdiffusion on its own."
    )
    assert verdict(replace(COMPARED, wins=0.955), 0.24, "c_q") == (
        "The power law fits better in 95\u2009% of 200 bootstraps. "
        "With R² 0.84 and 10 points, read c_q = 0.24 with care."
    )
    assert verdict(replace(COMPARED, wins=1.0, r2_power=0.97), 0.24) == (
        "The power law fits better in 100\u2009% of 200 bootstraps."
    )
    assert verdict(replace(COMPARED, wins=0.01), 0.24, "c_q") == (
        "Noise plus drift fits better in 99\u2009% of 200 bootstraps. "
        "Do not read c_q = 0.24 as subdiffusion."
    )


@given(st.integers(0, 200))
def test_that_a_winner_is_named_only_from_95_per_cent_on(n: int) -> None:
    found = replace(COMPARED, wins=n / 200)
    named = bool(found.winner)
    assert named == (n >= 190 or n <= 10)
    assert ("Too close" in verdict(found, 0.3)) != named
    if not named:
        assert not any(f" {p}\u2009%" in verdict(found, 0.3) for p in range(95, 101))


@given(st.integers(2, 60), st.integers(1, 8), st.integers(0, 10**6))
def test_that_draws_take_every_bootstrap_as_many_texts(n: int, b: int, seed: int) -> None:
    draws = text_draws(n, b, seed)
    assert draws.shape == (n, b)
    assert (draws.sum(axis=0) == n).all()
    np.testing.assert_array_equal(draws, text_draws(n, b, seed))


def test_that_resampled_distances_are_the_variances_over_the_drawn_texts() -> None:
    rng = np.random.default_rng(2)
    moves = rng.normal(size=(4, 30))
    moves -= moves.mean(axis=1, keepdims=True)
    draws = text_draws(30, 5, 0)
    found = resampled_distances(moves, draws)
    plain = resampled_distances(moves, draws, row_centred=False)
    for b in range(5):
        drawn = np.repeat(np.arange(30), draws[:, b].astype(int))
        np.testing.assert_allclose(found[b], 30 * moves[:, drawn].var(axis=1), rtol=1e-10)
        np.testing.assert_allclose(plain[b], (moves[:, drawn] ** 2).sum(axis=1), rtol=1e-10)
    np.testing.assert_allclose(
        resampled_distances(moves, np.ones((30, 1)))[0], (moves**2).sum(axis=1), rtol=1e-12
    )


def test_that_the_bootstrap_interval_covers_the_exponent(fractional) -> None:
    covered = 0
    for seed in range(20):
        path = fractional(0.5, 11, 800, seed)
        boots = resampled_distances(path[1:] - path[0], text_draws(800, 200, seed))
        low, high = interval(power_law(LAGS, boots).exponent)
        covered += low <= 0.5 <= high
        assert high - low < 0.2
    assert covered >= 16


def test_that_an_interval_of_undefined_values_is_undefined() -> None:
    assert np.isnan(interval(np.array([1.0, np.nan]))).all()
    assert np.isnan(interval(np.zeros(0))).all()
    assert interval(np.arange(1001.0)) == pytest.approx((25.0, 975.0))
