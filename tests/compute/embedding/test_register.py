from __future__ import annotations

import numpy as np
import pytest

from compute.embedding.register import turn_onto


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_that_a_turned_mirrored_scaled_and_shifted_picture_is_brought_back(
    dims: int, mirrored: bool
) -> None:
    rng = np.random.default_rng(dims)
    target = rng.normal(size=(20, dims)).astype(np.float32)
    rotation, _ = np.linalg.qr(rng.normal(size=(dims, dims)))
    if (np.linalg.det(rotation) < 0) != mirrored:
        rotation[:, 0] *= -1
    moved = (3 * target @ rotation + 7).astype(np.float32)
    turn = turn_onto(moved, target)
    np.testing.assert_allclose(turn.of(moved), target, atol=1e-5)
    assert turn.scale == pytest.approx(1 / 3, rel=1e-5)


def test_that_a_turn_keeps_the_shape_of_the_picture() -> None:
    rng = np.random.default_rng(0)
    coords, target = rng.normal(size=(2, 30, 2)).astype(np.float32)
    turn = turn_onto(coords, target)
    before = np.linalg.norm(coords[:, None] - coords, axis=2)
    shown = turn.of(coords)
    after = np.linalg.norm(shown[:, None] - shown, axis=2)
    np.testing.assert_allclose(after, turn.scale * before, atol=1e-5)
    assert shown.std() == pytest.approx(target.std(), rel=0.1)
    assert turn_onto(coords, target, scaled=False).scale == 1


def test_that_too_few_points_or_one_point_only_are_not_turned() -> None:
    two = np.zeros((2, 2), np.float32)
    assert turn_onto(two, two) is None
    same = np.ones((9, 2), np.float32)
    assert turn_onto(same, np.arange(18, dtype=np.float32).reshape(9, 2)) is None
