from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.analysis.diffusion.folding import (
    folded,
    folding,
    mean_squared_displacement,
    saw,
    takagi,
)


@given(st.floats(-1e6, 1e6))
def test_that_the_saw_is_the_distance_to_the_nearest_integer(x: float) -> None:
    found = float(saw(np.array(x)))
    assert found == pytest.approx(min(x % 1, 1 - x % 1), abs=1e-9)
    assert 0 <= found <= 0.5


def test_that_alpha_one_is_the_takagi_function() -> None:
    assert takagi(np.array([0.5]), 1.0) == pytest.approx(0.5)
    assert takagi(np.array([1 / 3]), 1.0) == pytest.approx(2 / 3)
    assert takagi(np.array([0.0]), 0.4) == 0


def test_that_the_map_only_sees_the_path_along_u_and_moves_along_v() -> None:
    rng = np.random.default_rng(0)
    w, u, v = rng.normal(size=(50, 3)), np.array([1.0, 0.0, 0.0]), np.array([2.0, -1.0])
    f = folded(w, u, v, 0.5)
    np.testing.assert_allclose(f[:, 0], -2 * f[:, 1])
    np.testing.assert_array_equal(folded(w * [1, 9, 9], u, v, 0.5), f)


def test_that_displacements_are_averaged_over_all_starts() -> None:
    path = np.array([[0.0], [1.0], [3.0]])
    found = mean_squared_displacement(path, np.array([1, 2]))
    assert found.tolist() == [2.5, 9.0]


@pytest.mark.parametrize("alpha", [0.25, 0.36])
def test_that_folding_multiplies_the_exponent_by_alpha(alpha: float) -> None:
    found = [folding(alpha, seed=seed) for seed in range(6)]
    c_w = np.mean([one.law_w.exponent for one in found])
    c_f = np.mean([one.law_f.exponent for one in found])
    assert c_w == pytest.approx(1.0, abs=0.02)
    assert c_f == pytest.approx(alpha * c_w, abs=0.03)


def test_that_the_illustration_is_the_same_each_time() -> None:
    one, two = folding(0.3, n_steps=2_000), folding(0.3, n_steps=2_000)
    np.testing.assert_array_equal(one.squared_f, two.squared_f)
    assert one.height.shape == one.along.shape == (2_000,)
