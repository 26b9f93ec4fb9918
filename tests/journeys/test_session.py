"""The window around a project: found by name, explained, closed, and found again as it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from compute.core.assets import asset
from explorer.actions import ACTIONS
from explorer.app.build import App, enlarge
from explorer.bridge.settings import Settings
from explorer.panels.dialogs import KeysDialog
from explorer.panels.tour import Guide
from explorer.state.map import Colour
from explorer.state.query import Term
from explorer.state.selection import choose

pytestmark = pytest.mark.gl
LONG = 60_000


@pytest.fixture
def project(tmp_path) -> Path:
    return Path(shutil.copy(asset("example.h5"), tmp_path / "suite.h5"))


@pytest.fixture
def started(qapp, qtbot, tmp_path):
    """Starts the window on a project; closes what it started."""
    made: list[App] = []

    def start(project: Path | None) -> App:
        app = App(qapp, Settings(tmp_path / "settings.json"), project, tmp_path / "demo")
        made.append(app)
        with qtbot.waitSignal(app.ready, timeout=LONG):
            app.shell.show()
        if project is not None:
            qtbot.waitUntil(lambda: bool(app.session.current.entries), timeout=LONG)
        return app

    yield start
    for app in made:
        app.shell.close()
        app.dispose()


def test_that_a_project_is_found_again_as_it_was_left(started, qtbot, project) -> None:
    first = started(project)
    ids = [e.id for e in first.state.library.entries]
    m = first.state.map
    m.method, m.dims, m.colour, m.aside = "pca", 3, Colour("step", "log"), "hide"
    qtbot.waitUntil(lambda: first.session.current.coords.shape[1] == 3, timeout=LONG)
    choose(first.state.selection, ids[3:6])
    first.state.filter.terms = (Term("step", "<=", "512"),)
    first.state.timeline.axis, first.state.timeline.at = "step", 300.0
    first.shell.close()

    again = started(None)
    assert again.state.shell.recent == (str(project),)
    assert again.state.shell.sketches[str(project)].n_entries == len(ids)
    again.commander.open_project(project)
    qtbot.waitUntil(lambda: bool(again.session.current.entries), timeout=LONG)
    assert again.session.current.coords.shape[1] == 3
    assert again.session.current.params["method"] == "pca"
    assert again.state.map.colour == Colour("step", "log")
    assert again.state.selection == first.state.selection
    assert again.state.filter == first.state.filter
    assert again.state.history.undo == ""
    assert (again.state.timeline.axis, again.state.timeline.at) == ("step", 300.0)


def test_that_every_command_has_a_function_and_is_found_by_name(started, qtbot, project) -> None:
    app = started(project)
    assert {a.id for a in ACTIONS} <= app.commander.commands
    shell = app.shell
    app.commander.execute("palette.open")
    wanted = next(e for e in app.session.current.entries if e.step == 512)
    qtbot.keyClicks(shell.top.search, f"go to {wanted.label}")
    assert shell.palette_list.shown[0].title == wanted.label
    qtbot.keyClick(shell.top.search, Qt.Key.Key_Return)
    assert app.state.selection.selected == wanted.id
    app.commander.execute("palette.open")
    listed = {item.command for item in shell.palette_list._items.items}
    assert listed >= {a.id for a in ACTIONS} - {"palette.open"}
    qtbot.keyClick(shell.top.search, Qt.Key.Key_Escape)

    app.commander.execute("help.keys")
    sheet = shell.findChild(KeysDialog)
    assert sheet.isVisible()
    sheet.close()
    app.commander.execute("help.tour")
    shell.findChild(Guide).end()
    assert app.state.preferences.toured

    app.state.map.aside, app.state.filter.terms = "hide", (Term("step", ">", "5000"),)
    assert shell.centre.slot._unseen.isVisible()
    assert "step > 5,000" in shell.centre.slot._why.text()
    app.commander.execute("filter.show-all")
    assert not shell.centre.slot._unseen.isVisible()


def test_that_a_size_multiplies_the_factor_that_is_set() -> None:
    environment = {"QT_SCALE_FACTOR": "2"}
    enlarge(150, environment)
    assert environment == {"QT_SCALE_FACTOR": "3"}
    plain: dict[str, str] = {}
    enlarge(100, plain)
    assert plain == {}
    enlarge(80, plain)
    assert plain == {"QT_SCALE_FACTOR": "0.8"}
