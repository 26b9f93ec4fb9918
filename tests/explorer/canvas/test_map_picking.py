"""The index over places on the screen, beside looking at every mark."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.canvas.camera import nearest
from explorer.canvas.picking import Index


def _marks(n: int, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    screen = np.column_stack([rng.normal(600, spread, (n, 2)), rng.uniform(0.5, 2, n)])
    return screen, rng.uniform(8, 20, n)


@pytest.mark.parametrize(("n", "spread"), [(3, 5.0), (400, 200.0), (5000, 300.0), (300, 9e4)])
def test_that_the_index_finds_what_looking_at_all_marks_finds(n: int, spread: float) -> None:
    screen, reach = _marks(n, spread)
    index = Index(screen, reach)
    rng = np.random.default_rng(1)
    places = np.concatenate([rng.uniform(-300, 1500, (150, 2)), screen[:50, :2] + 6.0])
    found = [index.nearest((x, y)) for x, y in places.tolist()]
    assert found == [nearest(screen, (x, y), reach) for x, y in places.tolist()]
    assert max(found) >= 0


def test_that_marks_behind_the_eye_or_far_off_the_screen_are_never_found() -> None:
    screen = np.array([[np.nan, np.nan, -1.0], [1e12, 5.0, 1.0], [100.0, 100.0, 1.0]])
    index = Index(screen, np.full(3, 10.0))
    assert index.nearest((103.0, 103.0)) == 2
    assert index.nearest((5.0, 5.0)) == -1


def test_that_an_index_over_nothing_finds_nothing() -> None:
    assert Index(np.zeros((0, 3)), np.zeros(0)).nearest((1.0, 1.0)) == -1
    assert Index(np.full((2, 3), np.nan), np.ones(2)).nearest((1.0, 1.0)) == -1


def test_that_the_nearer_of_two_marks_at_one_place_is_found() -> None:
    screen = np.array([[50.0, 50.0, 1.4], [50.0, 50.0, 0.9], [50.0, 50.0, 1.1]])
    assert Index(screen, np.full(3, 10.0)).nearest((52.0, 50.0)) == 1
