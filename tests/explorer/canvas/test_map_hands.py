"""Hands on the map: tools, boxes, lassos, modifiers, and the camera that the state keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from compute.core.tables import Entry
from explorer.canvas import walk
from explorer.canvas.accents import Follower, Marked, Picks, accents
from explorer.canvas.camera import nearest_segment, project
from explorer.canvas.dressing import Dressing, palette_of
from explorer.canvas.gestures import drag_of, way_of
from explorer.canvas.widget import MapWidget
from explorer.state.filter import FilterState
from explorer.state.map import Links, MapState, MapTables, SelectionState, TimelineState
from explorer.state.selection import choose
from explorer.state.tracks import consecutive
from explorer.theme.tokens import DARK

M, B = Qt.KeyboardModifier, Qt.MouseButton
SIZE = (640, 480)
SHIFT_ALT = M.ShiftModifier | M.AltModifier


def _tables(dims: int = 2) -> MapTables:
    """Two runs of 20 checkpoints each, side by side."""
    entries = tuple(
        Entry(f"r{r}@{s}", f"step {s}", run=f"run-{r}", step=s) for r in (0, 1) for s in range(20)
    )
    rng = np.random.default_rng(1)
    coords = rng.uniform(-1, 1, (40, dims)).astype(np.float32)
    coords[20:, 0] += 3.0
    return MapTables(entries, coords, np.ones(40), {"method": "tsne"})


class Desk:
    """A shown map with its state."""

    def __init__(self) -> None:
        self.map, self.selection = MapState(), SelectionState()
        self.filtered = FilterState()
        self.widget = MapWidget(
            self.map, self.selection, TimelineState(), DARK, filtered=self.filtered
        )
        self.widget.set_still(True)
        self.widget.resize(*SIZE)

    def show(self, qtbot: Any, dims: int = 2) -> None:
        self.map.dims = dims
        self.widget.show()
        self.widget.set_tables(_tables(dims))
        qtbot.waitUntil(lambda: len(self.widget._screen) > 0, timeout=5000)
        self.settled(qtbot)

    def settled(self, qtbot: Any) -> None:
        qtbot.waitUntil(lambda: not self.widget._clock.isActive(), timeout=5000)

    def drag(
        self, path: list[tuple[float, float]], modifiers: M = M.NoModifier, *, release: bool = True
    ) -> None:
        button, places = B.LeftButton, [QPointF(*p) for p in path]
        self._send(QEvent.Type.MouseButtonPress, places[0], button, button, modifiers)
        for place in places:
            self._send(QEvent.Type.MouseMove, place, B.NoButton, button, modifiers)
        if release:
            self._send(QEvent.Type.MouseButtonRelease, places[-1], button, B.NoButton, modifiers)

    def _send(self, kind: QEvent.Type, at: QPointF, button: B, buttons: B, modifiers: M) -> None:
        overlay = self.widget._overlay
        event = QMouseEvent(kind, at, overlay.mapToGlobal(at), button, buttons, modifiers)
        QApplication.sendEvent(overlay, event)

    def screen(self) -> np.ndarray:
        return self.widget._screen[:40, :2]


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.widget.close()
    made.widget.deleteLater()


def _around(points: np.ndarray, by: float = 6.0) -> list[tuple[float, float]]:
    """The corners of a box around points."""
    (x0, y0), (x1, y1) = points.min(axis=0) - by, points.max(axis=0) + by
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


@pytest.mark.parametrize(
    ("tool", "dims", "button", "modifiers", "on_mark", "expected"),
    [
        ("pan", 2, B.LeftButton, M.NoModifier, False, "pan"),
        ("pan", 3, B.LeftButton, M.NoModifier, True, "turn"),
        ("pan", 2, B.LeftButton, M.ShiftModifier, False, "box"),
        ("pan", 3, B.LeftButton, M.ShiftModifier, False, "pan"),
        ("pan", 3, B.LeftButton, M.ShiftModifier, True, "box"),
        ("pan", 3, B.LeftButton, SHIFT_ALT, False, "lasso"),
        ("box", 3, B.LeftButton, M.ShiftModifier, False, "box"),
        ("lasso", 3, B.LeftButton, M.NoModifier, True, "lasso"),
        ("lasso", 3, B.RightButton, M.NoModifier, False, "pan"),
        ("lasso", 3, B.MiddleButton, M.NoModifier, False, "turn"),
    ],
)
def test_that_each_drag_has_one_meaning(
    tool: str, dims: int, button: B, modifiers: M, on_mark: bool, expected: str
) -> None:
    assert drag_of(tool, dims, button, modifiers, on_mark=on_mark) == expected


def test_that_shift_adds_ctrl_toggles_and_alt_removes() -> None:
    asked = (M.NoModifier, M.ShiftModifier, M.ControlModifier, M.AltModifier)
    assert [way_of(m) for m in asked] == ["replace", "add", "toggle", "remove"]


@pytest.mark.gl
@pytest.mark.parametrize("dims", [2, 3])
def test_that_a_lasso_selects_what_is_drawn_inside_it(desk: Desk, qtbot: Any, dims: int) -> None:
    desk.show(qtbot, dims)
    desk.selection.tool = "lasso"
    screen = desk.screen()
    middle = screen[:20].mean(axis=0)
    far = np.sort(np.linalg.norm(screen - middle, axis=1))[4:16]
    widest = int(np.argmax(np.diff(far)))
    radius = float(far[widest : widest + 2].mean())  # as far from every point as can be
    angle = np.linspace(0, 2 * np.pi, 90)
    circle = middle + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    away = np.linalg.norm(screen - middle, axis=1) - radius
    assert np.abs(away).min() > 1.0
    desk.drag([tuple(p) for p in circle.tolist()])
    inside = {desk.widget._ids[k] for k in np.flatnonzero(away < 0)}
    assert 2 < len(inside) < 38
    assert desk.selection.chosen == inside
    assert desk.selection.selected in inside


@pytest.mark.gl
def test_that_boxes_replace_add_toggle_and_remove(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    screen, ids = desk.screen(), np.array(desk.widget._ids)
    left, right = screen[:20], screen[20:]
    a, _, c, _ = _around(left)
    desk.drag([a, c], M.ShiftModifier)
    assert desk.selection.chosen == set(ids[:20])
    desk.selection.tool = "box"
    a, _, c, _ = _around(right)
    desk.drag([c, a], M.ShiftModifier)
    assert desk.selection.chosen == set(ids)
    a, _, c, _ = _around(left[:1], 2.0)
    desk.drag([a, c], M.AltModifier)
    gone = set(ids[(np.abs(screen - left[0]) <= 2).all(axis=1)])
    assert desk.selection.chosen == set(ids) - gone
    desk.drag([a, c], M.ControlModifier)
    assert desk.selection.chosen == set(ids)
    desk.drag([(2, 2), (9, 9)])
    assert desk.selection.chosen == frozenset()


@pytest.mark.gl
def test_that_hidden_and_greyed_entries_are_not_enclosed(desk: Desk, qtbot: Any) -> None:
    desk.filtered.hidden = frozenset({"r0@1", "r0@2"})
    desk.filtered.greyed = frozenset({"r0@3"})
    desk.show(qtbot)
    a, _, c, _ = _around(desk.screen()[:20])
    desk.drag([a, c], M.ShiftModifier)
    assert desk.selection.chosen == {f"r0@{s}" for s in range(20) if s not in (1, 2, 3)}


@pytest.mark.gl
def test_that_clicks_with_keys_change_the_selection_one_by_one(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    ids, at = desk.widget._ids, [QPoint(*p.round().astype(int)) for p in desk.screen()]
    found = [desk.widget._pointer.id_at((p.x(), p.y())) for p in at]
    one, two = (ids.index(found[k]) for k in (19, 39))
    click = lambda k, m: QTest.mouseClick(desk.widget._overlay, B.LeftButton, m, at[k])  # noqa: E731
    click(one, M.NoModifier)
    click(two, M.ShiftModifier)
    assert desk.selection.chosen == {ids[one], ids[two]}
    assert desk.selection.selected == ids[one]
    click(one, M.ControlModifier)
    assert desk.selection.chosen == {ids[two]}
    click(two, M.AltModifier)
    assert desk.selection.chosen == frozenset()


@pytest.mark.gl
def test_that_esc_drops_a_running_lasso_and_keeps_the_selection(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    choose(desk.selection, ["r0@3"])
    corners = _around(desk.screen())
    desk.drag(corners, SHIFT_ALT, release=False)
    desk.widget.repaint()
    band = desk.widget._overlay.grab().toImage().pixelColor(QPoint(320, round(corners[0][1]) + 40))
    assert band.alpha() > 0
    assert desk.widget._gestures.band is not None
    QTest.keyClick(desk.widget._overlay, Qt.Key.Key_Escape)
    assert desk.widget._gestures.band is None
    desk.selection.tool = "box"
    QTest.keyClick(desk.widget._overlay, Qt.Key.Key_Escape)
    assert desk.selection.tool == "pan"
    desk._send(QEvent.Type.MouseButtonRelease, QPointF(50, 50), B.LeftButton, B.NoButton, SHIFT_ALT)
    assert desk.selection.chosen == {"r0@3"}


@pytest.mark.gl
def test_that_the_rail_takes_tools_and_shows_what_the_state_says(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    tools = desk.widget._rail._tools
    checked = lambda: [name for name, b in tools.items() if b.isChecked()]  # noqa: E731
    assert checked() == ["pan"]
    tools["lasso"].click()
    assert (desk.selection.tool, checked()) == ("lasso", ["lasso"])
    tools["lasso"].click()
    assert (desk.selection.tool, checked()) == ("pan", ["pan"])
    desk.selection.tool = "box"
    assert checked() == ["box"]
    desk.widget._rail._labels.click()
    assert not desk.map.labels


@pytest.mark.gl
@pytest.mark.parametrize("dims", [2, 3])
def test_that_a_gesture_leaves_its_camera_in_the_state_and_the_view_follows_the_state(
    desk: Desk, qtbot: Any, dims: int
) -> None:
    desk.show(qtbot, dims)
    home = desk.screen().copy()
    assert desk.map.camera == ()
    desk.drag([(300, 460), (310, 455), (360, 430)], release=False)
    assert desk.map.camera == ()
    desk._send(
        QEvent.Type.MouseButtonRelease, QPointF(360, 430), B.LeftButton, B.NoButton, M.NoModifier
    )
    kept = desk.map.camera
    assert len(kept) == (3 if dims == 2 else 6)
    desk.settled(qtbot)
    moved = desk.screen().copy()
    assert np.abs(moved - home).max() > 20
    desk.map.camera = ()
    qtbot.waitUntil(lambda: np.allclose(desk.screen(), home, atol=0.1), timeout=3000)
    desk.map.camera = kept
    qtbot.waitUntil(lambda: np.allclose(desk.screen(), moved, atol=0.1), timeout=3000)
    desk.widget.reset_view()
    assert desk.map.camera == ()


@pytest.mark.gl
def test_that_the_wheel_leaves_its_camera_once_it_rests(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    desk.widget._stage.zoom(1.5, (300.0, 200.0))
    desk.widget._camera_moved()
    assert desk.map.camera == ()
    qtbot.waitUntil(lambda: len(desk.map.camera) == 3, timeout=2000)


@pytest.mark.gl
def test_that_a_kept_camera_is_there_when_the_first_picture_comes(desk: Desk, qtbot: Any) -> None:
    desk.map.camera = (0.25, -0.5, 0.4)
    desk.show(qtbot)
    flat = desk.widget._stage.flat
    assert (flat.x, flat.y) == (0.25, -0.5)
    assert min(desk.widget._stage.port.free) / flat.scale == pytest.approx(0.4)


def _dressed() -> Dressing:
    made = Dressing(MapState(), TimelineState(), FilterState(), DARK)
    made.set_tables(_tables())
    return made


def test_that_many_selected_points_get_a_rim_and_the_shown_one_a_ring() -> None:
    scene = _dressed().scene()
    made = accents(
        scene, Marked.of(scene), Picks(selected=3, chosen=np.array([3, 4, 19])), palette_of(DARK)
    )
    rims = made.nodes[:6].reshape(3, 2)
    assert (rims[:, 0] == rims[:, 1]).all()
    assert rims[:2, 0].tolist() == [3, 4]
    assert rims[2, 0] == 40, "the head covers the last entry"
    gap = made.radius[:6].reshape(3, 2)
    np.testing.assert_allclose(gap[:, 0] - gap[:, 1], 1.5)
    np.testing.assert_allclose(made.colour[0], palette_of(DARK).text)
    assert made.radius[-1] == 12.0


def test_that_accents_are_made_again_only_when_something_changed() -> None:
    dressed, palette = _dressed(), palette_of(DARK)
    scene, found = dressed.scene(), dressed.tracks
    follower, chosen = Follower(), frozenset({"r0@1", "r1@2"})
    asked = ("", "r0@1", chosen, "")
    assert follower.accents(scene, found, asked, palette, None) is not None
    assert follower.accents(scene, found, asked, palette, None) is None
    assert follower.accents(scene, found, ("r0@4", *asked[1:]), palette, None) is not None
    growing = np.ones(40, np.float32)
    assert follower.accents(scene, found, asked, palette, growing) is not None
    assert follower.accents(scene, found, asked, palette, None) is not None


@pytest.mark.gl
def test_that_the_rim_of_selected_points_is_seen(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    choose(desk.selection, [f"r0@{s}" for s in range(12)])
    desk.settled(qtbot)
    image = desk.widget.image(*SIZE)
    x, y = desk.widget._screen[5, :2]
    around = {
        image.pixelColor(round(x + 4.9 * np.cos(a)), round(y + 4.9 * np.sin(a))).lightness()
        for a in np.linspace(0, 2 * np.pi, 16)
    }
    assert max(around) > 0.85 * QColor(DARK.text).lightness()


def test_that_a_walk_goes_along_a_run_and_across_runs_at_the_same_step() -> None:
    found, shown = _dressed().tracks, np.ones(40, bool)
    assert walk.along(found, shown, -1, 1) == 0
    assert walk.along(found, shown, 5, 1) == 6
    assert walk.along(found, shown, 18, 9) == 19
    assert walk.across(found, shown, 5, 1) == 25
    assert walk.across(found, shown, 25, 1) == 5
    shown[6:9] = shown[25] = False
    assert walk.along(found, shown, 5, 1) == 9
    assert walk.across(found, shown, 5, 1) in (24, 26)
    assert walk.along(found, np.zeros(40, bool), 5, 1) == -1


@pytest.mark.gl
def test_that_a_walk_by_key_shows_the_card_and_brings_the_entry_into_the_window(
    desk: Desk, qtbot: Any
) -> None:
    desk.show(qtbot)
    desk.widget._stage.zoom(9.0, (630.0, 470.0))
    desk.widget._tick_once()
    desk.widget.walk(1)
    assert desk.selection.hovered == "r0@0"
    assert desk.widget._overlay.accessibleDescription() == "run-0, step 0"
    qtbot.waitUntil(lambda: bool(desk.widget._overlay._layers.get("card")), timeout=2000)
    x, y = desk.screen()[0]
    assert 0 < x < SIZE[0]
    assert 0 < y < SIZE[1]
    desk.widget.walk(1, runs=True)
    assert desk.selection.hovered == "r1@0"


@pytest.mark.gl
def test_that_a_step_under_the_pointer_tells_its_kl_and_ranks(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    pairs = consecutive(_tables().entries)
    kl = np.arange(len(pairs), dtype=float) + 1
    gap = np.zeros(len(pairs), np.float32)
    gap[7] = 0.9
    desk.widget.set_tables(replace(_tables(), links=Links(pairs, kl, gap)))
    desk.settled(qtbot)
    scene = desk.widget._scene
    segment = int(np.flatnonzero(scene.segment_link == 7)[0])
    a, b = desk.widget._screen[scene.segments[segment], :2]
    for share in np.linspace(0.2, 0.8, 25):
        at = a + share * (b - a)
        desk.widget._pointer.hover((float(at[0]), float(at[1])))
        if desk.widget._pointer._segment == segment:
            break
    model = desk.widget._pointer._segment_model(segment)
    assert (model.name, model.ends) == ("run-0", "step 7 to 8")
    assert model.kl == 8.0
    assert model.n == len(pairs)
    assert model.by_kl == pytest.approx(7 / 37)
    length = np.linalg.norm(np.diff(_tables().coords.reshape(2, 20, 2), axis=1), axis=2).ravel()
    assert model.drawn == pytest.approx((length < length[7]).sum() / 37)
    assert model.dotted
    qtbot.waitUntil(lambda: bool(desk.widget._overlay._layers.get("card")), timeout=2000)
    desk.widget._pointer.hover(None)
    qtbot.waitUntil(lambda: not desk.widget._overlay._layers.get("card"), timeout=2000)


def test_that_the_nearest_segment_is_found_within_reach() -> None:
    rng = np.random.default_rng(0)
    screen, segments = rng.uniform(0, 300, (60, 3)), rng.permutation(60).reshape(30, 2)
    screen[3] = np.nan
    t = np.linspace(0, 1, 2001)[:, None, None]
    ends = screen[segments, :2]
    path = ends[:, 0] + t * (ends[:, 1] - ends[:, 0])
    for at in rng.uniform(0, 300, (40, 2)):
        gap = np.nan_to_num(np.linalg.norm(path - at, axis=2), nan=np.inf).min(axis=0)
        found = nearest_segment(screen, segments.astype(np.int32), (at[0], at[1]), 5.0)
        expected = int(np.argmin(gap)) if gap.min() <= 5.0 else -1
        assert found == expected or abs(gap.min() - 5.0) < 0.05


@pytest.mark.gl
def test_that_a_movement_ends_where_it_should_however_slow_the_pictures_are(
    desk: Desk, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.map.labels = False
    desk.show(qtbot)
    qtbot.wait(450)
    desk.widget.set_still(False)
    desk.widget._stage.pan(0.0, 0.0)  # the camera stays where it is
    slow = desk.widget._compose
    monkeypatch.setattr(desk.widget, "_compose", lambda now: (slow(now), QTest.qSleep(300)))
    turned = _tables().coords[:, ::-1].copy()
    desk.widget.set_tables(replace(_tables(), coords=turned))
    desk.settled(qtbot)
    stage = desk.widget._stage
    expected = project(stage.flat.matrix(stage.port), stage._flight.b, stage.port)
    np.testing.assert_allclose(desk.screen(), expected[:, :2], atol=0.5)


@pytest.mark.gl
def test_that_live_pictures_leave_the_camera_to_the_hand_that_moves_it(
    desk: Desk, qtbot: Any
) -> None:
    desk.show(qtbot)
    desk.drag([(300, 460), (310, 455), (360, 430)], release=False)
    held = desk.widget._stage.flat
    desk.widget.set_tables(replace(_tables(), coords=_tables().coords * 1.5))
    assert desk.widget._stage.flat == held
    desk._send(
        QEvent.Type.MouseButtonRelease, QPointF(360, 430), B.LeftButton, B.NoButton, M.NoModifier
    )
    assert desk.map.camera != ()


@pytest.mark.gl
def test_that_a_t_sne_map_says_at_its_corner_why_it_has_no_scale(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    overlay = desk.widget._overlay
    assert "mean nothing" in overlay.tip_at(QPoint(SIZE[0] - 40, SIZE[1] - 22))
    assert overlay.tip_at(QPoint(320, 240)) == ""


@pytest.mark.gl
def test_that_a_key_before_new_entries_are_drawn_points_at_nothing(desk: Desk, qtbot: Any) -> None:
    desk.show(qtbot)
    tables = _tables()
    few = MapTables(tables.entries[:3], tables.coords[:3], np.ones(3))
    desk.widget.set_tables(few)
    desk.widget._tick_once()
    desk.widget.set_tables(tables)
    desk.widget.walk(1)
    assert desk.selection.hovered == ""
    desk.widget._tick_once()
    desk.widget.walk(1)
    assert desk.selection.hovered == "r0@0"
