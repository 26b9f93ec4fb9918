from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from compute.analysis.diffusion import power_law
from compute.analysis.diffusion.exponents import exponents

LAGS = 1_000.0 * np.arange(1, 11)
SQUARES = arrays(np.float64, 10, elements=st.floats(1e-6, 1e6))


@given(st.floats(-1.0, 3.0), st.floats(1e-12, 1e12), st.floats(1e-3, 1e6))
def test_that_an_exact_power_law_is_found_exactly(c: float, size: float, unit: float) -> None:
    lags = unit * np.arange(1, 11)
    found = power_law(lags, size * lags**c)
    assert found.exponent == pytest.approx(c, abs=1e-9)
    assert np.exp(found.intercept) == pytest.approx(size, rel=1e-6)
    assert found.rss == pytest.approx(0.0, abs=1e-18)
    if abs(c) > 1e-3:
        assert found.r2 == pytest.approx(1.0, abs=1e-9)


@given(SQUARES)
def test_that_the_fit_is_that_of_polyfit_with_its_r_squared(squared: np.ndarray) -> None:
    found, x, y = power_law(LAGS, squared), np.log(LAGS), np.log(squared)
    slope, intercept = np.polyfit(x, y, 1)
    assert found.exponent == pytest.approx(slope, abs=1e-8)
    assert found.intercept == pytest.approx(intercept, abs=1e-7)
    if np.ptp(y) > 1e-6:
        assert found.r2 == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, abs=1e-6)


@given(SQUARES, st.floats(1e-6, 1e6), st.floats(1e-3, 1e3))
def test_that_neither_unit_changes_the_exponent(
    squared: np.ndarray, factor: float, per_step: float
) -> None:
    found, other = power_law(LAGS, squared), power_law(per_step * LAGS, factor * squared)
    assert other.exponent == pytest.approx(found.exponent, abs=1e-8)
    assert other.rss == pytest.approx(found.rss, rel=1e-6, abs=1e-9)


@given(SQUARES, st.lists(st.sampled_from([0.0, -1.0, np.nan, np.inf, -np.inf]), max_size=10))
def test_that_points_that_are_not_positive_and_finite_leave_the_fit(
    squared: np.ndarray, bad: list[float]
) -> None:
    squared[: len(bad)] = bad
    found, without = (
        power_law(LAGS, squared),
        power_law(LAGS[len(bad) :], squared[len(bad) :]),
    )
    assert found.n_points == 10 - len(bad)
    np.testing.assert_allclose(found.exponent, without.exponent, atol=1e-10)
    np.testing.assert_allclose(found.r2, without.r2, atol=1e-10)


def test_that_fewer_than_two_points_have_no_exponent() -> None:
    for squared in (np.zeros(0), np.array([2.0]), np.array([0.0, 3.0]), np.array([-1.0, np.nan])):
        found = power_law(LAGS[: len(squared)], squared)
        assert np.isnan([found.exponent, found.intercept, found.r2, found.rss]).all()


def test_that_two_points_give_a_slope_and_no_r_squared() -> None:
    found = power_law(np.array([1.0, 4.0]), np.array([1.0, 2.0]))
    assert found.exponent == pytest.approx(0.5)
    assert np.isnan(found.r2)


def test_that_equal_distances_have_exponent_zero_and_no_r_squared() -> None:
    found = power_law(LAGS, np.full(10, 0.37))
    assert found.exponent == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(found.r2)


def test_that_one_lag_for_all_points_has_no_exponent() -> None:
    assert np.isnan(power_law(np.full(4, 5.0), np.arange(1.0, 5.0)).exponent)


@pytest.mark.parametrize("c", [0.3, 0.6, 1.0])
def test_that_fractional_brownian_paths_of_5000_dimensions_have_their_exponent(
    c, fractional, trajectory
) -> None:
    """As long as a Pythia run. The mean over all 144 starts; one start alone has an SD of 0.01."""
    found = exponents(trajectory(fractional(c, 154, 5_000))).law
    assert found.exponent.shape == (144,)
    assert found.exponent.mean() == pytest.approx(c, abs=0.02)
    assert np.abs(found.exponent - c).max() < 0.05
    assert (found.r2 > 0.95).all()


def test_that_moving_and_scaling_space_changes_no_exponent(fractional, trajectory) -> None:
    path = fractional(0.5, 30, 200)
    found = exponents(trajectory(path)).law.exponent
    moved = exponents(trajectory(path * 1e-3 + 7.0)).law.exponent
    np.testing.assert_allclose(moved, found, atol=1e-6)
