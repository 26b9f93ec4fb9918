"""Axes, scale bar and grid against coordinates that are known."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.canvas import fit
from explorer.canvas.camera import Viewport, project
from explorer.canvas.grid.spec import grid_2d
from explorer.canvas.ruler.spec import lattice, nice, ruler, worded
from explorer.canvas.stage import Stage

PORT = Viewport(1000, 700, 110, 60, 140, 90)
COORDS = np.array([[-1.5, 0.25], [3.5, 1.0], [0.0, -2.0]], np.float32)
PCA = {"method": "pca"}


def _stage(coords: np.ndarray = COORDS) -> Stage:
    stage = Stage()
    stage.set_port(PORT)
    stage.set_coords(tuple("abc"), coords, 0.0)
    return stage


def _number(words: str) -> float:
    return float(words.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def _screen(stage: Stage, points: list[list[float]]) -> np.ndarray:
    at = fit.normalised(np.array(points, np.float32), stage.box)
    return project(stage.matrix(0.0), at, PORT)


@pytest.mark.parametrize("zoom", [0.3, 1.0, 7.0, 300.0])
def test_that_a_tick_stands_where_a_point_with_its_number_is_drawn(zoom: float) -> None:
    stage = _stage()
    stage.zoom(zoom, (420.0, 300.0))
    found = ruler(PCA, {}, stage.box, stage.flat, PORT)
    assert len(found.across) >= 4
    assert len(found.upright) >= 3
    for tick in found.across:
        assert tick.at == pytest.approx(_screen(stage, [[_number(tick.words), 0]])[0, 0], abs=0.51)
    for tick in found.upright:
        assert tick.at == pytest.approx(_screen(stage, [[0, _number(tick.words)]])[0, 1], abs=0.51)


def test_that_the_grid_of_a_pca_runs_through_its_ticks() -> None:
    stage = _stage()
    found = ruler(PCA, {}, stage.box, stage.flat, PORT)
    lines = lattice(PCA, stage.box, stage.flat)
    assert lines is not None
    xs, ys = grid_2d(stage.flat, PORT, lines)
    assert [round(t.at) for t in found.across] == pytest.approx(xs, abs=1)
    assert sorted(round(t.at) for t in found.upright) == pytest.approx(ys, abs=1)


@pytest.mark.parametrize("method", ["mds", "smacof"])
@pytest.mark.parametrize("zoom", [0.2, 1.0, 40.0])
def test_that_the_scale_bar_is_as_long_as_two_points_that_far_apart(
    method: str, zoom: float
) -> None:
    stage = _stage()
    stage.zoom(zoom, (500.0, 300.0))
    bar = ruler({"method": method}, {}, stage.box, stage.flat, PORT).bar
    assert bar is not None
    value, unit = bar.words.split()
    assert unit == "√(bits/byte)"
    a, b = _screen(stage, [[0, 0], [_number(value), 0]])[:, 0]
    assert bar.length == pytest.approx(b - a, rel=1e-4)
    assert 72 <= bar.length <= 180


def test_that_in_3d_the_bar_holds_for_what_the_camera_looks_at() -> None:
    coords = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    stage = _stage(coords)
    bar = ruler({"method": "mds"}, {}, stage.box, stage.orbit, PORT).bar
    assert bar is not None
    assert bar.words.endswith("at the middle")
    length = _number(bar.words.split()[0]) * stage.box.scale
    middle = np.array([stage.orbit.x, stage.orbit.y, stage.orbit.z])
    ends = np.stack([middle, middle + length * stage.orbit.axes()[0]])
    a, b = project(stage.orbit.matrix(PORT), ends, PORT)[:, 0]
    assert bar.length == pytest.approx(b - a, rel=1e-6)


def test_that_t_sne_has_no_scale_and_says_why() -> None:
    stage = _stage()
    found = ruler({"method": "tsne"}, {}, stage.box, stage.flat, PORT)
    assert (found.across, found.upright, found.bar) == ((), (), None)
    assert "mean nothing" in found.why
    assert lattice({"method": "tsne"}, stage.box, stage.flat) is None


def test_that_axes_carry_their_component_and_share_of_mean_kl() -> None:
    stage = _stage()
    info = {"explained": [0.62, 0.2, 0.1]}
    found = ruler({**PCA, "components": (2, 3, 1)}, info, stage.box, stage.flat, PORT)
    assert found.names == ("PC 2 · 62\u2009% of mean KL", "PC 3 · 20\u2009% of mean KL")


def test_that_one_point_has_no_scale() -> None:
    stage = _stage(np.ones((3, 2), np.float32))
    found = ruler({"method": "mds"}, {}, stage.box, stage.flat, PORT)
    assert found.bar is None


def test_that_lengths_are_round_and_numbers_have_the_digits_they_need() -> None:
    assert [nice(v) for v in (0.9, 1.0, 1.1, 2.3, 5.1, 0.03)] == pytest.approx(
        [1.0, 1.0, 2.0, 5.0, 10.0, 0.05]
    )
    assert worded(-0.4, 0.2) == "\N{MINUS SIGN}0.4"
    assert worded(-0.0, 0.2) == "0.0"
    assert worded(1500.0, 500.0) == "1,500"


def test_that_entries_placed_beside_the_others_move_none_of_them() -> None:
    stage = _stage()
    stage.pan(10.0, 5.0)
    before = project(stage.matrix(0.0), stage.positions(0.0), PORT)
    more = np.concatenate([COORDS, [[9.0, 9.0]]]).astype(np.float32)
    stage.set_coords(tuple("abcd"), more, 1.0)
    after = project(stage.matrix(9.0), stage.positions(9.0), PORT)
    np.testing.assert_allclose(after[:3], before, atol=1e-9)
