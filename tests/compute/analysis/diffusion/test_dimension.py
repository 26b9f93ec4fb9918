from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from compute.analysis.diffusion.dimension import (
    caution,
    effective_dimension,
    embedding_dimension,
    hoelder,
    hurst,
    text_variances,
    trajectory_dimension,
)


def test_that_one_text_has_one_effective_dimension_and_equal_ones_all() -> None:
    assert effective_dimension(np.array([0.0, 3.0, 0.0])) == 1
    assert effective_dimension(np.full(77, 1e-9)) == pytest.approx(77)


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1e200)), st.floats(1e-3, 1e3))
def test_that_it_lies_between_one_and_all_and_has_no_unit(v: np.ndarray, unit: float) -> None:
    found = effective_dimension(v)
    if not v.any() or math.isnan(found):
        assert math.isnan(found)
        return
    assert 1 - 1e-9 <= found <= len(v) + 1e-9
    if v.max() > 1e-100:
        assert effective_dimension(unit * v) == pytest.approx(found)


def test_that_isotropic_noise_has_nearly_all_dimensions() -> None:
    rng = np.random.default_rng(0)
    for n_steps in (10, 400):
        walk = np.cumsum(rng.normal(size=(n_steps + 1, 5_000)), axis=0)
        found = effective_dimension(text_variances(walk))
        assert found == pytest.approx(5_000 * n_steps / (n_steps + 2), rel=0.02)
    assert found > 0.99 * 5_000


def test_that_no_step_bridges_a_row_that_takes_no_part() -> None:
    rows = np.array([[0.0, 0.0], [1.0, 0.0], [np.nan, np.nan], [9.0, 9.0], [9.0, 12.0]])
    np.testing.assert_allclose(text_variances(rows), [0.5, 4.5])
    assert np.isnan(text_variances(rows[1:4])).all()
    assert math.isnan(effective_dimension(text_variances(rows[1:4])))


def test_that_few_effective_dimensions_are_cautioned_about() -> None:
    assert caution(12.3, 1_000) == (
        "Effective dimension 12 of 1,000 texts: below about 30 the exponent is unreliable."
    )
    assert caution(30.0, 1_000) == ""
    assert caution(math.nan, 1_000) == ""


def test_that_derived_numbers_are_those_of_the_paper() -> None:
    assert (hurst(1.0), trajectory_dimension(1.0)) == (0.5, 2.0)
    assert trajectory_dimension(0.25) == 8
    assert hoelder(0.21, 0.91) == pytest.approx(0.23, abs=0.005)
    assert [embedding_dimension(d) for d in (1.0, 1.4, 1.5, 8.0)] == [3, 3, 4, 17]


def test_that_exponents_without_a_dimension_have_none() -> None:
    for c in (0.0, -0.2, math.nan):
        assert math.isnan(trajectory_dimension(c))
        assert math.isnan(hoelder(0.2, c))
        assert embedding_dimension(trajectory_dimension(c)) == -1
