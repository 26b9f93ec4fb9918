"""What OpenGL draws of a scene: colours at their places, gaps, arrows, and only what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from explorer.canvas.camera import View2D, View3D, Viewport
from explorer.canvas.grid.spec import Lattice
from explorer.canvas.lines import spec as lines
from explorer.canvas.surface import Surface
from explorer.canvas.surface_data import Ground, Pose
from explorer.state.scene import Scene, Ties

pytestmark = pytest.mark.gl
PORT = Viewport(200, 100)
FLAT = View2D(0.0, 0.0, 100.0)
GROUND = Ground((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


@pytest.fixture
def surface(qapp: QApplication) -> Iterator[Surface]:
    """A surface that looks at 2 x 1 units, 100 px each."""
    parent, failures = QWidget(), list[str]()
    made = Surface(parent, failures.append)
    made.set_pose(Pose(PORT, FLAT.matrix(PORT), FLAT, Lattice(1.0)))
    yield made
    assert not failures
    made.close()
    parent.deleteLater()


def _scene(kind: int = 0, width: float = 2.0, **more: object) -> Scene:
    """One segment from node 0 to node 1."""
    return Scene(
        n_entries=2,
        segments=np.array([[0, 1]], np.int32),
        segment_colour=np.array([[RED, RED]], np.float32),
        segment_width=np.full((1, 2), width, np.float32),
        segment_kind=np.array([kind], np.uint8),
        **more,  # type: ignore[arg-type]
    )


def _marks(places: int) -> dict[str, object]:
    return {
        "mark_node": np.arange(places, dtype=np.int32),
        "mark_shape": np.zeros(places, np.int32),
        "mark_colour": np.tile(np.array(GREEN, np.float32), (places, 1)),
        "mark_radius": np.full(places, 5.0, np.float32),
        "mark_rim": np.zeros(places, np.float32),
        "mark_hole": np.zeros(places, bool),
    }


def _at(*places: tuple[float, float]) -> NDArray[np.float32]:
    return np.array([(*p, 0.0) for p in places], np.float32)


def _drawn(surface: Surface) -> NDArray[np.uint8]:
    """(100, 200, 3) uint8, rows from the top."""
    image = surface.image(200, 100).convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(100, image.bytesPerLine())
    return raw[:, :600].reshape(100, 200, 3).copy()


ACROSS = _at((-0.8, 0.0), (0.8, 0.0))


def test_that_a_line_has_its_colour_and_width_at_its_place(surface: Surface) -> None:
    surface.set_scene(_scene(width=6.0), GROUND)
    surface.set_nodes(ACROSS)
    red = _drawn(surface)[..., 0] / 255.0
    assert red[50, 25:175].min() > 0.99
    assert red[:, 100].sum() == pytest.approx(6.0, abs=0.1)
    assert red[:, :15].max() == red[:, 185:].max() == 0


def test_that_all_lines_of_the_grid_are_drawn_when_there_are_more_of_them(
    surface: Surface,
) -> None:
    surface.set_scene(Scene(), Ground((0.0, 0.0, 0.0), GREEN))
    for step, columns, rows in ((1.0, 2, 1), (0.5, 4, 2)):
        surface.set_pose(Pose(PORT, FLAT.matrix(PORT), FLAT, Lattice(step)))
        lit = _drawn(surface)[..., 1] == 255
        assert lit.all(axis=0).sum() == columns
        assert lit.all(axis=1).sum() == rows


def test_that_a_dotted_line_has_gaps_and_reaches_both_ends(surface: Surface) -> None:
    surface.set_nodes(ACROSS)
    surface.set_scene(_scene(lines.DOTTED), GROUND)
    row = _drawn(surface)[49:51, :, 0].max(axis=0) / 255.0
    dots = np.flatnonzero(np.diff((row > 0.3).astype(int)) == 1)
    assert 22 <= len(dots) <= 27
    assert np.diff(dots).mean() == pytest.approx(lines.DASH + lines.GAP, abs=0.4)
    assert row[18:22].max() > 0.5
    assert row[178:182].max() > 0.5
    assert (row[18:182] < 0.05).mean() > 0.3


def test_that_an_arrow_in_the_middle_points_to_the_second_end(surface: Surface) -> None:
    surface.set_nodes(ACROSS)
    surface.set_scene(_scene(), GROUND)
    plain = _drawn(surface)[..., 0].astype(int)
    surface.set_scene(_scene(lines.ARROW), GROUND)
    more = (_drawn(surface)[..., 0] - plain).sum(axis=0) / 255.0
    found = np.flatnonzero(more > 0.5)
    assert found.min() >= 92
    assert found.max() <= 108
    assert more[found[:3]].mean() > 2 * more[found[-3:]].mean() > 0
    surface.set_nodes(ACROSS[::-1].copy())
    other = (_drawn(surface)[..., 0] - plain).sum(axis=0) / 255.0
    np.testing.assert_allclose(other[::-1], more, atol=1.0)


def test_that_ties_lie_under_marks(surface: Surface) -> None:
    surface.set_scene(Scene(n_entries=2, **_marks(2)), GROUND)  # type: ignore[arg-type]
    surface.set_ties(Ties(np.array([[0, 1]], np.int32), np.array([RED], np.float32)))
    surface.set_nodes(ACROSS)
    picture = _drawn(surface)
    assert picture[49:51, 40:160, 0].sum(axis=0).min() > 200
    assert picture[49:51, 18:22].tolist() == [[[0, 255, 0]] * 4] * 2


def test_that_a_mark_without_a_rim_keeps_its_colour_to_the_edge_and_its_alpha(
    surface: Surface,
) -> None:
    marks = _marks(1)
    marks["mark_colour"] = np.array([[0.0, 1.0, 0.0, 0.5]], np.float32)
    surface.set_scene(Scene(n_entries=1, **marks), GROUND)  # type: ignore[arg-type]
    surface.set_nodes(_at((0.0, 0.0)))
    green = _drawn(surface)[..., 1] / 255.0
    assert green.max() == pytest.approx(0.5, abs=0.01)
    assert green.sum() == pytest.approx(0.5 * np.pi * 25, rel=0.02)


def test_that_recolouring_sends_no_places_and_moving_no_styles(
    surface: Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = _scene(**_marks(2))
    surface.set_scene(scene, GROUND)
    surface.set_nodes(ACROSS)
    _drawn(surface)
    sent: list[str] = []
    for name in ("LinesView", "MarksView"):
        for what in ("set_style", "set_places", "sort"):
            path = f"explorer.canvas.{name[:5].lower()}.view.{name}.{what}"
            monkeypatch.setattr(path, lambda *_a, what=what: sent.append(what))
    blue = np.tile(np.array([0.0, 0.0, 1.0], np.float32), (2, 1))
    surface.set_scene(replace(scene, mark_colour=blue), GROUND)
    _drawn(surface)
    assert set(sent) == {"set_style"}
    sent.clear()
    surface.set_nodes(ACROSS * np.float32(0.5))
    _drawn(surface)
    assert set(sent) == {"set_places"}
    sent.clear()
    surface.set_nodes(surface._nodes)
    _drawn(surface)
    assert not sent


def test_that_depth_is_sorted_again_only_when_the_camera_or_the_nodes_moved(
    surface: Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface.set_scene(_scene(**_marks(2)), GROUND)
    surface.set_nodes(ACROSS)
    _drawn(surface)
    sorts: list[object] = []
    monkeypatch.setattr(
        "explorer.canvas.marks.view.MarksView.sort", lambda _self, w, _rows: sorts.append(w)
    )

    def look(azimuth: float) -> int:
        sorts.clear()
        matrix = View3D(azimuth=azimuth).matrix(PORT)
        surface.set_pose(Pose(PORT, matrix, FLAT, Lattice(1.0), 1.0))
        _drawn(surface)
        return len(sorts)

    assert look(28.0) > 0
    assert look(28.0) == 0
    assert look(29.0) > 0


def test_that_the_map_may_become_empty_while_points_grow(surface: Surface) -> None:
    surface.set_scene(_scene(lines.ARROW, **_marks(2)), GROUND)
    surface.set_nodes(ACROSS)
    surface.set_grown(np.array([1.0, 0.5], np.float32))
    _drawn(surface)
    surface.set_scene(Scene(), GROUND)
    surface.set_nodes(ACROSS[:0])
    surface.set_grown(None)
    empty = _drawn(surface)
    assert (empty == empty[0, 0]).all()


def test_that_what_grows_is_sent_alone_and_ends_as_if_it_had_always_been_there(
    surface: Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = _scene(lines.ARROW, **_marks(2))
    surface.set_scene(scene, GROUND)
    surface.set_nodes(ACROSS)
    whole = _drawn(surface)
    surface.set_grown(np.array([1.0, 0.5], np.float32))
    half = _drawn(surface)
    surface.set_scene(replace(scene), GROUND)
    np.testing.assert_array_equal(_drawn(surface), half)
    assert half[..., 1].sum() < 0.75 * whole[..., 1].sum()
    assert half[50, 150, 0] < whole[50, 150, 0]
    for name in ("lines.view.LinesView", "marks.view.MarksView"):
        monkeypatch.delattr(f"explorer.canvas.{name}.set_style")
    surface.set_grown(np.array([1.0, 0.8], np.float32))
    assert half[..., 1].sum() < _drawn(surface)[..., 1].sum() < whole[..., 1].sum()
    surface.set_grown(None)
    np.testing.assert_array_equal(_drawn(surface), whole)
