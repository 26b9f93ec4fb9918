from __future__ import annotations

import numpy as np
import pytest

from compute.embedding.faith import true_neighbours, trustworthiness
from explorer.state.faith import excess, jumps


def test_that_the_mean_over_points_is_scikit_learns_trustworthiness(make_rows) -> None:
    from sklearn.manifold import trustworthiness as theirs

    rows = make_rows(k=60)
    coords = np.random.default_rng(1).normal(size=(60, 2))
    for k in (1, 10, 29):
        ours = trustworthiness(rows.kl, coords, k)
        assert ours.mean() == pytest.approx(theirs(rows.qs, coords, n_neighbors=k), abs=1e-6)
    assert ours.shape == (60,)


def test_that_a_true_picture_is_trusted_and_a_misplaced_point_is_not(make_rows) -> None:
    points = np.random.default_rng(0).normal(size=(50, 2))
    kl = ((points[:, None] - points) ** 2).sum(axis=2)
    assert (trustworthiness(kl, points) == 1).all()
    far = int(np.argmax(kl[0]))
    points[0] = points[far]
    assert trustworthiness(kl, points).argmin() == 0


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_that_few_points_can_be_asked_too(make_rows, k: int) -> None:
    rows = make_rows(k=k)
    assert trustworthiness(rows.kl, rows.qs[:, :2]).shape == (k,)
    assert true_neighbours(rows.kl).shape == (k, min(5, k - 1))


def test_that_true_neighbours_are_nearest_first() -> None:
    kl = np.array([[0, 3, 1, 2], [3, 0, 9, 8], [1, 9, 0, 5], [2, 8, 5, 0.0]])
    assert true_neighbours(kl, 2).tolist() == [[2, 3], [0, 3], [0, 3], [0, 2]]


def test_that_a_long_segment_without_kl_is_a_jump_by_the_limit_of_the_dimensions() -> None:
    kl = np.arange(1.0, 12.0)
    drawn = kl.copy()
    drawn[5] = 99.0  # rank 0.5 by KL, 1.0 drawn
    assert jumps(kl, drawn, 3).nonzero()[0].tolist() == [5]
    assert not jumps(kl, drawn, 2).any()
    assert excess(kl, drawn)[5] == pytest.approx(0.5)


def test_that_equal_lengths_share_a_rank_and_unknown_kl_is_no_jump() -> None:
    kl = np.array([1.0, 1.0, np.nan, 2.0])
    found = excess(kl, np.array([5.0, 5.0, 99.0, 6.0]))
    assert found[[0, 1, 3]].tolist() == [0, 0, 0]
    assert np.isnan(found[2])
    assert not jumps(kl, np.array([5.0, 5.0, 99.0, 6.0]), 3).any()
    assert excess(np.array([1.0]), np.array([2.0])).tolist() == [0]
