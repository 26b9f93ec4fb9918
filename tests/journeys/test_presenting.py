"""Presenting the example: what an audience sees, the keys that work, and that all is put back."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from compute.core.assets import asset
from explorer.app.build import App
from explorer.bridge.settings import Settings

pytestmark = pytest.mark.gl
LONG = 90_000


@pytest.fixture
def app(qapp, qtbot, tmp_path):
    settings = Settings(tmp_path / "settings.json")
    settings.set("theme", "light")
    made = App(qapp, settings, asset("example.h5"), tmp_path / "demo")
    made.shell.resize(1400, 900)
    with qtbot.waitSignal(made.ready, timeout=LONG):
        made.shell.show()
    qtbot.waitUntil(lambda: bool(made.session.current.entries), timeout=LONG)
    yield made
    made.shell.close()
    made.dispose()


def layout(app: App) -> dict[str, object]:
    s = app.shell
    parts = (s.top, s.status, s.library, s.inspector, s.timeline, s.centre.bar, s.centre.head,
             s.centre.foot, s.centre.ladder)  # fmt: skip
    return {
        "geometry": s.geometry(),
        "window": s.windowState(),
        "theme": app.state.shell.theme,
        "parts": [part.isVisible() for part in parts],
        "sizes": [part.size() for part in parts[:6]],
        "map": app.map.size(),
    }


def press(qtbot, key: Qt.Key) -> None:
    qtbot.keyClick(QApplication.focusWidget(), key)


def test_that_presenting_fills_the_screen_and_all_is_put_back(app, qtbot) -> None:
    app.shell.activateWindow()
    qtbot.waitActive(app.shell)
    before = layout(app)
    with qtbot.waitSignal(app.session.medians, timeout=LONG) as found:
        app.menus.action("present.start").trigger()
    assert {m.name for m in found.args[0]} >= {"our seeds", "our sizes"}
    screen = app.shell.screen().geometry()
    qtbot.waitUntil(lambda: app.shell.geometry() == screen, timeout=5000)
    assert app.state.shell.theme == "presenter"
    assert app.shell.centre.ladder.isVisible()
    assert not any(p.isVisible() for p in (app.shell.top, app.shell.library, app.shell.timeline))

    assert app.map.isAncestorOf(QApplication.focusWidget())
    press(qtbot, Qt.Key.Key_Home)
    assert app.state.timeline.at == 0
    press(qtbot, Qt.Key.Key_Right)
    assert app.state.timeline.at == 1
    press(qtbot, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: app.state.timeline.at > 1, timeout=5000)
    press(qtbot, Qt.Key.Key_Space)
    assert not app.state.timeline.playing
    press(qtbot, Qt.Key.Key_3)
    assert app.state.map.dims == 3
    press(qtbot, Qt.Key.Key_3)
    press(qtbot, Qt.Key.Key_End)
    assert app.state.timeline.at == math.inf

    app.state.selection.selected = app.session.current.entries[0].id
    app.shell.command.emit("present.heading", "Every run for itself")
    assert app.shell.centre.head.title.words == "Every run for itself"
    press(qtbot, Qt.Key.Key_Escape)
    assert not app.state.shell.presenting
    assert app.state.selection.selected
    qtbot.waitUntil(lambda: layout(app) == before, timeout=5000)
    assert app.settings.get("theme", "") == "light"

    app.shell.command.emit("present.start", None)
    qtbot.waitUntil(lambda: app.shell.centre.ladder.isVisible(), timeout=5000)
    app.shell.close()
    assert app.settings.get("theme", "") == "light"
    assert not app.state.shell.presenting
