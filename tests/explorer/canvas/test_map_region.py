"""What lies inside a box or a lasso."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.canvas.region import box, inside


def _circle(x: float, y: float, r: float, n: int = 200) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1)


def _by_winding(outline: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The plain test: how often the outline goes around each point."""
    turn = np.zeros(len(points))
    for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        u, v = a - points, b - points
        turn += np.arctan2(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0], (u * v).sum(axis=1))
    return np.round(np.abs(turn) / (2 * np.pi)) > 0


def test_that_a_box_holds_what_is_between_its_corners_whichever_come_first() -> None:
    points = np.array([[15.0, 15.0], [9.0, 15.0], [31.0, 15.0], [15.0, 41.0], [29.5, 39.5]])
    expected = [True, False, False, False, True]
    for a, b in (((10, 10), (30, 40)), ((30, 40), (10, 10)), ((10, 40), (30, 10))):
        assert inside(box(a, b), points).tolist() == expected


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_that_a_lasso_agrees_with_the_plain_test_away_from_its_edge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 40))
    radius = rng.uniform(60, 250, 40)
    outline = 300 + np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points = rng.uniform(0, 600, (1500, 2))
    ends = np.roll(outline, -1, axis=0)
    along = np.linspace(0, 1, 150)[:, None, None]
    edge = (outline + along * (ends - outline)).reshape(-1, 2)
    clear = np.array([np.square(edge - p).sum(axis=1).min() > 8.0 for p in points])
    assert clear.sum() > 1100
    found = inside(outline, points)
    assert (found == _by_winding(outline, points))[clear].all()
    assert 80 < found.sum() < 1400


def test_that_a_lasso_that_crosses_itself_holds_all_that_it_goes_around() -> None:
    twice = np.concatenate([_circle(100, 100, 50), _circle(100, 100, 40)])
    assert inside(twice, np.array([[100.0, 100.0], [100.0, 200.0]])).tolist() == [True, False]


def test_that_points_behind_the_eye_or_outside_the_window_are_never_inside() -> None:
    points = np.array([[np.nan, np.nan, np.nan], [-5.0, 10.0, 1.0], [10.0, 10.0, 1.0]])
    assert inside(box((-20, -20), (40, 40)), points).tolist() == [False, True, True]
    assert not inside(box((0, 0), (40, 40)), points[:2]).any()


def test_that_less_than_an_area_holds_nothing() -> None:
    points = np.array([[10.0, 10.0]])
    assert not inside(np.array([[0.0, 0.0], [20.0, 20.0]]), points).any()
    assert not inside(box((10, 0), (10, 20)), points).any()
    assert inside(_circle(10, 10, 5), np.zeros((0, 3))).shape == (0,)


def test_that_a_lasso_around_100_000_points_takes_less_than_50_ms() -> None:
    points = np.random.default_rng(0).uniform(0, 1600, (100_000, 3))
    outline = _circle(800, 500, 480, 2000)
    took = []
    for _ in range(5):
        start = perf_counter()
        found = inside(outline, points)
        took.append(perf_counter() - start)
    assert min(took) < 0.05
    assert 20_000 < found.sum() < 40_000
