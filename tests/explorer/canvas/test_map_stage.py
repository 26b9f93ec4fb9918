"""Movement: positions never jump, cameras follow until the user takes them."""

from __future__ import annotations

import itertools

import numpy as np

from explorer.canvas.camera import Viewport, project
from explorer.canvas.stage import Stage

PORT = Viewport(1000, 700)
IDS = tuple("abcdefgh")


def _coords(seed: int, dims: int = 2, n: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dims)).astype(np.float32)


def _stage() -> Stage:
    stage = Stage()
    stage.set_port(PORT)
    stage.set_coords(IDS, _coords(0), 0.0)
    return stage


def test_that_the_first_coordinates_are_shown_at_once() -> None:
    stage = _stage()
    assert not stage.moving(0.0)
    assert np.abs(stage.positions(0.0)).max() > 0.9


def test_that_new_coordinates_start_where_the_old_ones_are_shown() -> None:
    stage = _stage()
    before = stage.positions(1.0)
    stage.set_coords(IDS, _coords(1), 1.0)
    np.testing.assert_allclose(stage.positions(1.0), before, atol=1e-6)
    half = stage.positions(1.13)
    stage.set_coords(IDS, _coords(2), 1.13)
    np.testing.assert_allclose(stage.positions(1.13), half, atol=1e-6)
    assert not np.allclose(stage.positions(9.0), half)


def test_that_live_frames_move_evenly_over_the_time_between_them() -> None:
    stage = _stage()
    for i in range(1, 4):
        stage.set_coords(IDS, _coords(0) + np.float32(0.01 * i), 1 + 0.05 * i)
    a, b, c = (stage.positions(t) for t in (1.15, 1.16, 1.17))
    np.testing.assert_allclose(b - a, c - b, atol=1e-5)


def test_that_flat_becomes_deep_without_a_jump_on_the_screen() -> None:
    stage = _stage()

    def screen(now: float) -> np.ndarray:
        stage.advance(now)
        return project(stage.matrix(now), stage.positions(now), PORT)[:, :2]

    before = screen(1.0)
    stage.set_coords(IDS, _coords(1, 3), 1.0)
    shown = [before, *(screen(1.0 + t) for t in np.linspace(0, 0.6, 61))]
    assert stage.depth(2.0) == 1.0
    assert max(np.abs(b - a).max() for a, b in itertools.pairwise(shown)) < 80


def test_that_new_entries_grow_and_old_ones_stay_where_they_are() -> None:
    stage = _stage()
    old = stage.positions(1.0)
    stage.set_coords((*IDS, "new"), _coords(5, n=9), 1.0)
    np.testing.assert_allclose(stage.positions(1.0)[:8], old, atol=1e-6)
    grown = stage.grown(1.2)
    assert grown is not None
    assert (grown[:8] == 1).all()
    assert 0 < grown[8] < 1
    assert stage.grown(2.0) is None


def test_that_the_camera_follows_the_data_until_the_user_moves_it() -> None:
    stage = _stage()
    stage.zoom(3.0, (500.0, 350.0))
    chosen = stage.flat
    stage.set_coords(IDS, _coords(1) * np.float32([3, 1]), 1.0)
    stage.advance(2.0)
    assert stage.flat == chosen
    stage.reset()
    for t in np.linspace(2, 4, 100):
        stage.advance(float(t))
    assert stage.flat == stage.home
    assert not stage.moving(4.0)


def test_that_a_view_the_user_chose_grows_with_the_window() -> None:
    stage = _stage()
    stage.pan(40.0, 10.0)
    scale = stage.flat.scale
    stage.set_port(Viewport(2000, 1400))
    assert np.isclose(stage.flat.scale, 2 * scale)


def test_that_nothing_moves_when_motion_is_reduced() -> None:
    stage = _stage()
    stage.still = True
    stage.set_coords((*IDS, "new"), _coords(1, 3, 9), 1.0)
    assert not stage.moving(1.0)
    assert stage.depth(1.0) == 1.0


def test_that_pca_and_tsne_of_very_different_size_share_one_frame() -> None:
    stage = _stage()
    stage.set_coords(IDS, _coords(0) * np.float32(1e-3), 1.0)
    np.testing.assert_allclose(stage.positions(9.0), stage.positions(0.0), atol=1e-4)
