"""Cameras, fits and hit testing: pure."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from explorer.canvas import fit
from explorer.canvas.camera import View2D, View3D, Viewport, nearest, project

PORT = Viewport(1000, 700, 100, 60, 130, 90)


def _cloud(n: int = 200) -> np.ndarray:
    return fit.normalised(np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32))


def test_that_normalised_coordinates_fill_the_unit_box_at_any_scale() -> None:
    coords = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    once = fit.normalised(coords)
    assert np.abs(once).max() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(fit.normalised(coords * 1e-4 + 3), once, atol=1e-3)


@pytest.mark.parametrize("coords", [np.zeros((0, 2)), np.zeros((1, 3)), np.full((3, 2), np.nan)])
def test_that_degenerate_coordinates_lie_in_the_middle(coords: np.ndarray) -> None:
    out = fit.normalised(coords.astype(np.float32))
    assert out.shape == (len(coords), 3)
    assert not out.any()


def test_that_the_fit_holds_every_point_inside_the_margins() -> None:
    points = _cloud()
    flat = points * [1, 1, 0]
    for matrix, shown in (
        (fit.fit_2d(flat, PORT).matrix(PORT), flat),
        (fit.fit_3d(points, PORT, View3D()).matrix(PORT), points),
    ):
        at = project(matrix, shown.astype(np.float32), PORT)
        assert at[:, 0].min() >= PORT.left - 2
        assert at[:, 0].max() <= PORT.width - PORT.right + 2
        assert at[:, 1].min() >= PORT.top - 2
        assert at[:, 1].max() <= PORT.height - PORT.bottom + 2


@pytest.mark.parametrize("view", [View2D(0.2, -0.1, 300.0), View3D(0.1, 0.2, 0.3, 3.0)])
def test_that_zooming_keeps_the_point_under_the_pointer(view: View2D | View3D) -> None:
    right, up = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    middle = np.array([view.x, view.y, getattr(view, "z", 0.0)])
    if isinstance(view, View3D):
        right, up, _ = view.axes()
    point = (middle + 0.3 * right - 0.2 * up)[None].astype(np.float32)
    before = project(view.matrix(PORT), point, PORT)[0]
    closer = view.zoomed(1.7, (before[0], before[1]), PORT)
    after = project(closer.matrix(PORT), point, PORT)[0]
    np.testing.assert_allclose(after[:2], before[:2], atol=1e-3)


def test_that_panning_moves_the_picture_with_the_pointer() -> None:
    point = np.array([[0.1, 0.2, 0.0]], np.float32)
    flat = View2D()
    a = project(flat.matrix(PORT), point, PORT)[0]
    b = project(flat.panned(30, -12).matrix(PORT), point, PORT)[0]
    np.testing.assert_allclose(b[:2] - a[:2], [30, -12], atol=1e-6)
    orbit = View3D(0.1, 0.2, 0.0)
    a = project(orbit.matrix(PORT), point, PORT)[0]
    b = project(orbit.panned(30, -12, PORT).matrix(PORT), point, PORT)[0]
    np.testing.assert_allclose(b[:2] - a[:2], [30, -12], atol=1e-4)


def test_that_what_is_looked_at_has_depth_one_in_both_cameras() -> None:
    view = View3D(0.3, -0.2, 0.1, 2.5, 40.0, 15.0)
    target = np.array([[0.3, -0.2, 0.1]], np.float32)
    assert project(view.matrix(PORT), target, PORT)[0, 2] == pytest.approx(1.0, abs=1e-6)
    assert project(View2D().matrix(PORT), target, PORT)[0, 2] == pytest.approx(1.0)


def test_that_points_behind_the_eye_cannot_be_hit() -> None:
    view = View3D(distance=1.0, elevation=0.0, azimuth=0.0)
    at = project(view.matrix(PORT), np.array([[0, -2.0, 0]], np.float32), PORT)
    assert np.isnan(at[0, :2]).all()
    assert nearest(at, (500.0, 350.0), 1e9) == -1


def test_that_the_nearest_point_within_reach_is_hit() -> None:
    screen = np.array([[10, 10, 1], [14, 10, 1], [14, 10, 0.5], [90, 90, 1.0]])
    assert nearest(screen, (11.0, 10.0)) == 0
    assert nearest(screen, (14.0, 10.0)) == 2
    assert nearest(screen, (60.0, 60.0)) == -1
    assert nearest(screen[:0], (0.0, 0.0)) == -1


def test_that_hit_testing_ten_thousand_points_takes_less_than_a_frame() -> None:
    points, view = _cloud(10_000), View3D()
    times = []
    for _ in range(7):
        start = perf_counter()
        nearest(project(view.matrix(PORT), points, PORT), (500.0, 300.0))
        times.append(perf_counter() - start)
    assert np.median(times) < 0.016
