"""A day at the map: score, watch, select, recolour, undo, play, 3D, close, and find all as it was.

With ``KLSCOPE_PICTURES=folder`` it leaves a picture of the screen at every station there.
"""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from compute import store
from explorer.app.build import App
from explorer.bridge.settings import Settings
from explorer.canvas.widget import MapWidget
from explorer.state.map import Colour
from explorer.theme.tokens import THEMES, rgb

pytestmark = pytest.mark.gl
LONG = 90_000
SIZE = (1280, 800)


class Day:
    """One window after the other, with the same settings."""

    def __init__(self, qapp: QApplication, qtbot, folder: Path) -> None:
        self.qt, self.bot, self.folder = qapp, qtbot, folder
        self.project = folder / "mine.h5"
        self.app = self.open(None)

    def open(self, project: Path | None) -> App:
        made = App(self.qt, Settings(self.folder / "settings.json"), project, self.folder / "demo")
        made.shell.resize(*SIZE)
        with self.bot.waitSignal(made.ready, timeout=LONG):
            made.shell.show()
        self.app = made
        return made

    def close(self) -> None:
        self.app.shell.close()
        self.app.dispose()
        self.qt.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def run(self, command: str, argument: object = None) -> None:
        self.app.shell.command.emit(command, argument)

    def until(self, done: Callable[[], bool]) -> None:
        self.bot.waitUntil(done, timeout=LONG)

    @property
    def shown(self):
        return self.app.session.current

    @property
    def view(self) -> MapWidget:
        assert self.app.map is not None
        return self.app.map

    def settled(self) -> None:
        """The picture is final and nothing moves."""
        self.until(lambda: not self.app.state.map.live and len(self.shown.entries) > 0)
        self.until(lambda: not self.view._clock.isActive())

    def focus(self) -> None:
        """Give the map the keyboard: without a window manager nobody else does."""
        self.app.shell.activateWindow()
        self.bot.waitActive(self.app.shell)
        self.view._overlay.setFocus()

    def at(self, entry_id: str) -> QPoint:
        x, y, _ = self.view._screen[[e.id for e in self.shown.entries].index(entry_id)]
        return QPoint(round(x), round(y))

    def screen(self) -> QImage:
        """What is on the screen."""
        return QGuiApplication.primaryScreen().grabWindow(self.app.shell.winId()).toImage()

    def picture(self, name: str) -> QImage:
        """The same, kept where pictures are asked for."""
        taken = self.screen()
        if folder := os.environ.get("KLSCOPE_PICTURES"):
            taken.save(str(Path(folder) / f"journey-{name}.png"))
        return taken


@pytest.fixture
def day(qapp, qtbot, tmp_path):
    made = Day(qapp, qtbot, tmp_path)
    yield made
    made.close()


def near(image: QImage, at: QPoint, colour: str, reach: int = 9) -> int:
    """Pixels of about ``colour`` within ``reach`` px of a place."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    box = raw[max(at.y() - reach, 0) : at.y() + reach, max(at.x() - reach, 0) : at.x() + reach]
    return int((np.abs(box[..., 2::-1] / 255.0 - rgb(colour)).max(axis=-1) < 0.1).sum())


def score(day: Day, suite: Path, monkeypatch) -> None:
    """Add the folder, start the job and watch entries come until it is done."""
    chosen = (str(day.project), "")
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getSaveFileName", lambda *_a, **_k: chosen)
    day.picture("1-welcome")
    day.run("library.add", str(suite))
    day.until(lambda: bool(day.app.state.new_job.texts))
    wanted = day.app.state.new_job.cost.n_checkpoints
    assert wanted >= 8
    day.run("job.start")
    seen: set[int] = set()
    state = day.app.state

    def watched() -> bool:
        seen.add(len(day.shown.entries))
        return [row.status for row in state.jobs.rows] == ["done"]

    day.until(lambda: bool(state.library.progress) or watched())
    day.picture("2-scoring")
    day.until(watched)
    day.until(lambda: len(day.shown.entries) == wanted)
    day.settled()
    assert {e.status for e in store.read(day.project).entries} == {"done"}


def select_by_hand(day: Day) -> str:
    """Click the head of a run, then take the whole run, and see it marked."""
    first = next(e for e in reversed(day.shown.entries) if e.run.endswith("seed0"))
    overlay = day.view._overlay
    day.focus()
    QTest.mouseMove(overlay, day.at(first.id))
    QTest.mouseClick(overlay, Qt.MouseButton.LeftButton, pos=day.at(first.id))
    selection = day.app.state.selection
    assert selection.selected == first.id
    with day.bot.waitSignal(day.app.session.model, timeout=LONG):
        day.app.session.refresh(soon=True)
    day.until(lambda: day.app.menus.action("selection.run").isEnabled())
    QTest.keyClick(overlay, Qt.Key.Key_U)
    mine = {e.id for e in day.shown.entries if e.run == first.run}
    assert selection.chosen == mine
    day.settled()
    day.picture("3-selected")
    return first.id


def recolour_and_undo(day: Day, chosen: str) -> None:
    """A run has its colour where it is drawn; another choice takes it away and undo brings it."""
    state, view = day.app.state, day.view
    where = view.mapTo(day.app.shell, day.at(chosen))
    colour = THEMES[state.shell.theme].runs[view._dressing.tracks.marks[0].colour]

    def shows_run() -> bool:
        return near(day.screen(), where, colour) > 20

    day.until(shows_run)
    day.run("colour.step")
    day.until(lambda: not shows_run())
    day.picture("4-recoloured")
    day.run("history.undo")
    assert state.map.colour == Colour()
    day.until(shows_run)
    day.run("history.redo")
    assert state.map.colour == Colour("step")


def undo_one_by_one(day: Day) -> None:
    """Commands that follow each other at once are steps of their own."""
    state = day.app.state
    chosen = state.selection.chosen
    day.run("selection.invert")
    day.run("selection.hide")
    assert state.filter.hidden == state.selection.chosen != chosen
    day.run("history.undo")
    assert (state.filter.hidden, state.selection.chosen == chosen) == (frozenset(), False)
    day.run("history.undo")
    assert state.selection.chosen == chosen


def play(day: Day) -> None:
    """From the start to the end, then one checkpoint back."""
    timeline, hands = day.app.state.timeline, day.view._overlay
    day.focus()
    QTest.keyClick(hands, Qt.Key.Key_Home)
    start = timeline.at
    assert math.isfinite(start)
    QTest.keyClick(hands, Qt.Key.Key_Space)
    day.until(lambda: timeline.at > start)
    day.picture("5-playing")
    timeline.speed = 4.0
    day.until(lambda: not timeline.playing)
    assert math.isinf(timeline.at)
    QTest.keyClick(hands, Qt.Key.Key_Left)
    assert math.isfinite(timeline.at)


def go_deep(day: Day) -> None:
    """3D, turned by hand; the canvas is not empty."""
    view = day.view
    QTest.keyClick(view._overlay, Qt.Key.Key_3)
    day.until(lambda: day.shown.coords.shape[1] == 3)
    day.settled()
    middle = QPoint(view.width() // 2, view.height() // 3)
    QTest.mousePress(view._overlay, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(1, 5):
        drag(view, middle + QPoint(24 * step, 6 * step))
    QTest.mouseRelease(view._overlay, Qt.MouseButton.LeftButton, pos=middle + QPoint(96, 24))
    day.until(lambda: day.app.state.map.camera != ())
    day.settled()
    image = day.picture("6-deep").convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    at = view.mapTo(day.app.shell, QPoint(0, 0))
    inside = raw[at.y() : at.y() + view.height(), at.x() : at.x() + view.width(), 2::-1] / 255.0
    ground = rgb(THEMES[day.app.state.shell.theme].canvas)
    assert (np.abs(inside - ground).max(axis=-1) > 0.2).mean() > 0.003


def drag(view: MapWidget, to: QPoint) -> None:
    """Move with the left button held: ``QTest.mouseMove`` holds none."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    place = view._overlay.mapToGlobal(to)
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(to), QPointF(place), left, left, none)
    QApplication.sendEvent(view._overlay, event)


def left_behind(day: Day) -> tuple[object, ...]:
    """What has to be found again."""
    s = day.app.state
    return (s.map.dims, s.map.colour, s.map.camera, s.selection.chosen, s.selection.selected,
            s.timeline.at, s.timeline.speed)  # fmt: skip


def test_that_a_day_at_the_map_is_found_again_as_it_was(day, suite, monkeypatch) -> None:
    score(day, suite, monkeypatch)
    chosen = select_by_hand(day)
    recolour_and_undo(day, chosen)
    undo_one_by_one(day)
    play(day)
    go_deep(day)
    left = left_behind(day)
    day.close()
    gc.collect()
    assert [o for o in gc.get_objects() if type(o) is MapWidget] == []

    shell = day.open(day.project).shell
    day.until(lambda: len(day.shown.entries) > 0 and day.shown.coords.shape[1] == 3)
    day.settled()
    assert left_behind(day) == left
    day.until(lambda: shell.library.tree.rows.rowCount() > 0)
    day.until(lambda: f"{len(day.shown.entries)} entries" in shell.status._counts.text())
    day.picture("7-reopened")
