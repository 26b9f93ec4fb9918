"""The map widget: state to picture, gestures to state, and what is left behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from compute.core.tables import Entry
from explorer.canvas.composer import Composer
from explorer.canvas.widget import MapWidget
from explorer.state.map import (
    MapState,
    MapTables,
    Neighbour,
    Remark,
    SelectionState,
    TimelineState,
)
from explorer.theme.tokens import DARK, LIGHT, rgb

pytestmark = pytest.mark.gl
STEPS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
SIZE = (700, 500)


def _tables(dims: int = 2, n_runs: int = 3, seed: int = 0) -> MapTables:
    rng = np.random.default_rng(seed)
    entries = tuple(
        Entry(f"r{r}@{s}", f"step {s}", run=f"run-{r}", step=s, n_params=100 * (r + 1))
        for r in range(n_runs)
        for s in STEPS
    )
    walk = rng.normal(size=(n_runs, len(STEPS), dims)).cumsum(axis=1)
    walk[:, :, 0] += np.arange(len(STEPS))
    coords = walk.reshape(-1, dims).astype(np.float32)
    return MapTables(entries, coords, np.linspace(4, 2, len(entries)), {"method": "tsne"})


class Desk:
    """A shown map with its state."""

    def __init__(self) -> None:
        self.map, self.selection = MapState(), SelectionState()
        self.timeline = TimelineState()
        self.top = QWidget()
        self.top.resize(*SIZE)
        self.widget = MapWidget(self.map, self.selection, self.timeline, DARK)
        self.widget.set_still(True)
        layout = QVBoxLayout(self.top)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.widget)

    def at(self, entry_id: str) -> QPoint:
        x, y, _ = self.widget._screen[self.widget._ids.index(entry_id)]
        return QPoint(round(x), round(y))

    def close(self) -> None:
        self.widget.close()
        self.top.close()
        self.top.deleteLater()


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


@pytest.fixture
def shown(desk: Desk, qtbot: Any) -> Desk:
    desk.top.show()
    desk.widget.set_tables(_tables())
    qtbot.waitUntil(lambda: len(desk.widget._screen) > 0, timeout=5000)
    qtbot.waitUntil(lambda: not desk.widget._clock.isActive(), timeout=5000)
    return desk


def _count(image: QImage, colour: str, tolerance: float = 0.08) -> int:
    """Pixels of about ``colour``."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    gap = np.abs(raw[..., 2::-1] / 255.0 - rgb(colour)).max(axis=-1)
    return int((gap < tolerance).sum())


def test_that_a_picture_needs_no_shown_window(desk: Desk) -> None:
    desk.widget.set_tables(_tables())
    image = desk.widget.image(400, 300, 2.0)
    assert (image.width(), image.height()) == (800, 600)
    assert image.pixelColor(3, 3) == QColor(DARK.canvas)
    for colour in DARK.runs[:3]:
        assert _count(image, colour) > 60


@pytest.mark.parametrize("dims", [2, 3])
def test_that_the_same_tables_make_the_same_picture(desk: Desk, dims: int) -> None:
    desk.widget.set_tables(_tables(dims))
    assert desk.widget.image(400, 300) == desk.widget.image(400, 300)


def test_that_the_window_shows_what_the_picture_shows(shown: Desk) -> None:
    assert shown.widget._surface is not None
    drawn = shown.widget._surface.native.grabFramebuffer()  # type: ignore[attr-defined]
    for colour in DARK.runs[:3]:
        assert _count(drawn, colour) > 60


def test_that_an_empty_map_says_so(desk: Desk) -> None:
    assert _count(desk.widget.image(500, 300), DARK.text2) > 20


def test_that_the_theme_changes_every_colour(desk: Desk) -> None:
    desk.widget.set_tables(_tables())
    desk.widget.set_tokens(LIGHT)
    image = desk.widget.image(400, 300)
    assert image.pixelColor(3, 3) == QColor(LIGHT.canvas)
    assert _count(image, LIGHT.runs[0]) > 60


def test_that_the_playhead_moves_the_heads(desk: Desk) -> None:
    desk.widget.set_tables(_tables())
    full = desk.widget.image(400, 300)
    desk.timeline.at = 40.0
    part = desk.widget.image(400, 300)
    assert part != full
    assert _count(part, DARK.runs[0]) < 1.2 * _count(full, DARK.runs[0])
    assert [h.detail for h in desk.widget._scene.heads] == ["step 40"] * 3


def test_that_hovering_and_clicking_set_the_selection(shown: Desk, qtbot: Any) -> None:
    overlay = shown.widget._overlay
    _move(overlay, shown.at("r1@64"))
    assert shown.selection.hovered == "r1@64"
    qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=shown.at("r1@64"))
    assert shown.selection.selected == "r1@64"
    qtbot.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=QPoint(8, 250))
    assert shown.selection.selected == ""


def test_that_the_card_comes_after_a_moment_and_lists_neighbours(shown: Desk, qtbot: Any) -> None:
    _move(shown.widget._overlay, shown.at("r1@64"))
    assert not shown.widget._overlay._layers.get("card")
    qtbot.waitUntil(lambda: bool(shown.widget._overlay._layers.get("card")), timeout=2000)
    short = shown.widget._overlay._layers["card"][0].rect.height()
    near = Neighbour("r2@64", "step 64", "run-2", 64, 0.129, 0.012)
    shown.widget.set_hover_details("r1@64", (near,))
    qtbot.waitUntil(
        lambda: shown.widget._overlay._layers["card"][0].rect.height() > short, timeout=2000
    )


def test_that_a_hover_set_elsewhere_shows_no_card(shown: Desk, qtbot: Any) -> None:
    shown.selection.hovered = "r1@64"
    qtbot.wait(250)
    assert not shown.widget._overlay._layers.get("card")
    assert shown.selection.hovered == "r1@64"


def test_that_dragging_pans_in_2d_and_orbits_in_3d(shown: Desk, qtbot: Any) -> None:
    widget = shown.widget
    before = widget._stage.flat
    _drag(widget, Qt.KeyboardModifier.NoModifier)
    assert widget._stage.flat != before
    assert shown.selection.selected == ""
    widget.set_tables(_tables(3))
    angle, target = widget._stage.orbit.azimuth, widget._stage.orbit.x
    _drag(widget, Qt.KeyboardModifier.NoModifier)
    assert widget._stage.orbit.azimuth != angle
    assert widget._stage.orbit.x == target
    _drag(widget, Qt.KeyboardModifier.ShiftModifier)
    assert widget._stage.orbit.x != target


def _drag(widget: MapWidget, modifier: Qt.KeyboardModifier) -> None:
    overlay, a = widget._overlay, QPoint(300, 450)
    QTest.mousePress(overlay, Qt.MouseButton.LeftButton, modifier, a)
    for k in range(1, 6):
        _move(overlay, a + QPoint(8 * k, 3 * k), modifier, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(overlay, Qt.MouseButton.LeftButton, modifier, a + QPoint(40, 15))


def _move(
    widget: QWidget,
    at: QPoint,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    buttons: Qt.MouseButton = Qt.MouseButton.NoButton,
) -> None:
    """A move event of its own: the real pointer may be there already."""
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at), QPointF(widget.mapToGlobal(at)),
        Qt.MouseButton.NoButton, buttons, modifier,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_that_the_wheel_zooms_and_r_and_double_click_reset(shown: Desk, qtbot: Any) -> None:
    widget = shown.widget
    home = widget._stage.flat
    for reset in (_press_r, _double_click):
        _wheel(widget, QPoint(200, 200))
        assert widget._stage.flat.scale > home.scale
        reset(widget, qtbot)
        assert widget._stage.flat == home


def _wheel(widget: MapWidget, at: QPoint) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(widget.mapToGlobal(at)), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget._overlay, event)


def _press_r(widget: MapWidget, qtbot: Any) -> None:
    qtbot.keyClick(widget._overlay, Qt.Key.Key_R)


def _double_click(widget: MapWidget, qtbot: Any) -> None:
    qtbot.mouseDClick(widget._overlay, Qt.MouseButton.LeftButton, pos=QPoint(300, 450))


def test_that_live_frames_keep_the_scene_and_move_the_marks(shown: Desk, qtbot: Any) -> None:
    tables, scene = shown.widget._tables, shown.widget._scene
    before = shown.at("r0@256")
    coords = tables.coords.copy()
    coords[:, 1] *= -1
    shown.widget.set_tables(replace(tables, coords=coords))
    qtbot.waitUntil(lambda: shown.at("r0@256") != before, timeout=2000)
    assert shown.widget._scene is scene


def test_that_the_clock_stops_when_nothing_moves(shown: Desk, qtbot: Any) -> None:
    shown.widget.set_still(False)
    shown.widget.set_tables(_tables(3, seed=2))
    assert shown.widget._clock.isActive()
    qtbot.waitUntil(lambda: not shown.widget._clock.isActive(), timeout=5000)


def test_that_the_camera_button_asks_for_a_picture(shown: Desk, qtbot: Any) -> None:
    with qtbot.waitSignal(shown.widget.command) as caught:
        shown.widget._rail._picture.click()
    assert caught.args == ["map.picture", None]


def test_that_hiding_labels_hides_them(shown: Desk, qtbot: Any) -> None:
    assert shown.widget._overlay._layers["labels"]
    shown.widget._rail._labels.click()
    qtbot.waitUntil(lambda: not shown.widget._overlay._layers["labels"], timeout=2000)


@pytest.mark.parametrize("change", [
    lambda d: setattr(d.selection, "selected", "r0@64"),
    lambda d: setattr(d.selection, "scoring", "run-1"),
    lambda d: setattr(d.map, "note", "Fewer than 10 entries: PCA instead of t-SNE"),
    lambda d: setattr(d.map, "remarks", (Remark("First 500 of 10,000 texts."),)),
    lambda d: setattr(d.map, "fade", "linear"),
])  # fmt: skip
def test_that_every_choice_is_seen(desk: Desk, change: Callable[[Desk], None]) -> None:
    desk.widget.set_tables(_tables())
    before = desk.widget.image(500, 350)
    change(desk)
    assert desk.widget.image(500, 350) != before


def test_that_pca_axes_carry_their_share_of_mean_kl(desk: Desk) -> None:
    tables = _tables()
    desk.widget.set_tables(replace(tables, params={"method": "pca"}))
    bare = desk.widget.image(500, 350)
    desk.widget.set_tables(
        replace(tables, params={"method": "pca"}, info={"explained": [0.62, 0.2]})
    )
    assert desk.widget.image(500, 350) != bare


def test_that_a_closed_map_leaves_nothing(qapp: QApplication, qtbot: Any) -> None:
    made = Desk()
    made.top.show()
    made.widget.set_tables(_tables())
    qtbot.wait(100)
    assert made.widget._surface is not None
    dead = [weakref.ref(o) for o in (made.widget, made.widget._surface, made.widget._overlay)]
    dead.append(weakref.ref(made.widget._surface._drawing._canvas))
    made.close()
    made.timeline.at = 3.0
    del made
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    assert [ref() for ref in dead] == [None] * 4


def test_that_without_opengl_a_sentence_says_what_to_do() -> None:
    code = (
        "from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from explorer.canvas.widget import MapWidget\n"
        "from explorer.state.map import MapState, SelectionState, TimelineState\n"
        "from explorer.theme.tokens import DARK\n"
        "w = MapWidget(MapState(), SelectionState(), TimelineState(), DARK)\n"
        "w.resize(400, 300); w.show(); app.processEvents(); app.processEvents()\n"
        "assert not w.image(200, 100).isNull()\n"
        "print(w._sentence.isVisible(), w.problem); w.close()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("True The map cannot be drawn:")
    assert "klscope doctor" in run.stdout


def test_that_a_plain_map_has_no_text_and_no_tools(shown: Desk, qtbot: Any) -> None:
    shown.widget.set_plain(True)
    qtbot.waitUntil(lambda: not shown.widget._overlay._layers["labels"], timeout=2000)
    assert not shown.widget._overlay._layers["corners"]
    assert not shown.widget._rail.isVisible()


def test_that_thousands_of_models_without_runs_stay_quick(desk: Desk) -> None:
    n = 2000
    coords = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    entries = tuple(Entry(f"e{k}", f"model-{k}") for k in range(n))
    desk.widget.set_tables(MapTables(entries, coords, np.ones(n)))
    desk.widget.image(400, 300)
    start = perf_counter()
    desk.widget.image(400, 300)
    assert perf_counter() - start < 1.0


def test_that_a_driver_that_fails_while_drawing_leaves_a_sentence(
    desk: Desk, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Shader compilation error")

    monkeypatch.setattr("explorer.canvas.surface.Surface._draw", fail)
    desk.widget.set_tables(_tables())
    desk.top.show()
    qtbot.waitUntil(lambda: bool(desk.widget.problem), timeout=5000)
    assert "Shader compilation error" in desk.widget.problem
    assert desk.widget._sentence.isVisible()
    assert not desk.widget._overlay.isVisible()
    assert _count(desk.widget.image(500, 300), DARK.text2) > 20


def test_that_a_hole_tells_a_partly_scored_entry_and_stays_under_the_pointer(desk: Desk) -> None:
    tables = _tables()
    head = tables.entries[-1]
    assert head.step == STEPS[-1]
    whole, holed = [], []
    for status, out in (("done", whole), ("partial", holed)):
        entries = (*tables.entries[:-1], head.with_(status=status))
        desk.widget.set_tables(replace(tables, entries=entries))
        for hovered in ("", head.id):
            desk.selection.hovered = hovered
            image = desk.widget.image(500, 350)
            node = desk.widget._scene.heads[-1].node
            x, y, _ = desk.widget._screen[node]
            out.append(image.pixelColor(round(x), round(y)))
    assert all(colour == QColor(DARK.canvas) for colour in holed)
    assert QColor(DARK.canvas) not in whole


def test_that_remarks_stack_and_long_ones_end_in_dots(desk: Desk) -> None:
    desk.widget.set_tables(_tables())
    long = "Left out: " + 40 * "very many entries, "
    desk.map.note, desk.map.remarks = "A PCA.", (Remark("First 500."), Remark(long, "warn"))
    frame = desk.widget._frame((500, 350), tools=False)
    sprites = Composer().layers(frame, 0.0)["corners"][:3]
    assert [s.y for s in sprites] == [12, 41, 70]
    assert all(s.x + s.rect.width() <= 500 for s in sprites)
