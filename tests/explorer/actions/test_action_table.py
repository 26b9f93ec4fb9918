"""The table of commands, and the menus and keys made from it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QMainWindow, QMenuBar, QVBoxLayout, QWidget

from compute.core.tables import Checkpoint, Listing
from explorer.actions import ACTIONS, MENUS, Scope, enabled, keys
from explorer.actions.menus import Menus
from explorer.state.app import AppState
from explorer.theme import icons


class Stage(QMainWindow):
    """A window with a text field and something that stands for the map."""

    def __init__(self) -> None:
        super().__init__()
        self.bar, self.field, self.map = QMenuBar(), QLineEdit(), QWidget()
        self.map.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMenuWidget(self.bar)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.addWidget(self.field)
        column.addWidget(self.map)
        self.setCentralWidget(middle)


@pytest.fixture
def state() -> AppState:
    made = AppState()
    made.shell.page, made.shell.n_entries = "project", 9
    return made


@pytest.fixture
def ran() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def stage(qtbot, state, ran):
    made = Stage()
    qtbot.addWidget(made)
    made.menus = Menus(state, made.bar, (made.map,), lambda c, a: ran.append((c, a)))
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    yield made
    made.menus.close()


def test_that_ids_and_keys_are_used_once_but_esc_which_means_one_thing_at_a_time(state) -> None:
    ids = [a.id for a in ACTIONS]
    assert len(ids) == len(set(ids))
    assert len(keys_of(ACTIONS)) - 1 == len(set(keys_of(ACTIONS)))
    state.selection.selected = "a"
    for state.shell.presenting in (False, True):
        usable = keys_of(a for a in ACTIONS if enabled(a, state))
        assert len(usable) == len(set(usable))
        assert "Esc" in usable


def keys_of(actions) -> list[str]:
    return [k for a in actions for k in (*a.keys, *((a.larger[0],) if a.larger else ()))]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_that_an_action_is_complete(action, qapp) -> None:
    assert not action.title[0].islower()
    assert all(not QKeySequence(k).isEmpty() for k in action.keys)
    if action.icon:
        assert icons.glyph(action.icon)
    if action.rule is not None:
        assert action.rule.why_not.endswith(".")
    if action.scope is Scope.WINDOW:
        assert action.id != "timeline.play"


def test_that_every_menu_has_something(stage) -> None:
    assert [a.text().replace("&", "") for a in stage.bar.actions()] == list(MENUS)
    assert all(a.menu().actions() for a in stage.bar.actions())


def test_that_tooltips_are_told_the_first_key_of_a_command() -> None:
    assert keys()["timeline.play"] == "Space"
    assert keys()["job.new"] == "Ctrl+Enter"
    assert "project.example" not in keys()


def test_that_a_menu_entry_runs_its_command(stage, ran) -> None:
    stage.menus.action("library.add").trigger()
    assert ran == [("library.add", None)]


def test_that_plain_keys_of_the_map_need_the_map(stage, ran, qtbot) -> None:
    stage.field.setFocus()
    qtbot.keyClicks(stage.field, "3 /?")
    qtbot.keyClick(stage.field, Qt.Key.Key_Home)
    assert stage.field.text() == "3 /?"
    assert ran == []
    stage.map.setFocus()
    qtbot.keyClick(stage.map, Qt.Key.Key_Space)
    qtbot.keyClick(stage.map, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(stage.map, Qt.Key.Key_3)
    assert ran == [("timeline.play", None), ("timeline.forward", 10), ("map.dims", None)]


def test_that_what_cannot_be_used_is_off_and_says_why(stage, state) -> None:
    action = stage.menus.action("job.new")
    assert not action.isEnabled()
    assert "Nothing to score" in action.toolTip()
    state.library.listings = (Listing("/r", "r", (Checkpoint("/r/a", "a"),)),)
    stage.menus.refresh()
    assert action.isEnabled()
    state.shell.page = "welcome"
    stage.menus.refresh()
    assert not stage.menus.action("map.dims").isEnabled()
    assert stage.menus.action("project.open").isEnabled()


def test_that_a_change_of_state_is_noticed(stage, state, qtbot) -> None:
    clear = stage.menus.action("selection.clear")
    assert not clear.isEnabled()
    state.selection.selected = "a"
    qtbot.waitUntil(clear.isEnabled)


@pytest.mark.parametrize(
    ("part", "field", "value", "command"),
    [
        ("map", "live", True, "map.halt"),
        ("map", "base", "placed into a picture", "map.reoptimise"),
        ("selection", "selected", "a", "selection.hide"),
        ("selection", "selected", "a", "selection.clear"),
        ("filter", "hidden", frozenset({"a"}), "filter.show-all"),
        ("notices", "cards", 1, "notices.dismiss"),
        ("shell", "n_entries", 9, "present.start"),
        ("shell", "page", "project", "present.start"),
    ],
)
def test_that_a_key_works_as_soon_as_it_means_something(
    stage, state, part: str, field: str, value: object, command: str
) -> None:
    if part == "shell":
        setattr(state.shell, field, {"n_entries": 0, "page": "welcome"}[field])
    before = getattr(getattr(state, part), field)
    assert not stage.menus.action(command).isEnabled()
    setattr(getattr(state, part), field, value)
    assert stage.menus.action(command).isEnabled()
    setattr(getattr(state, part), field, before)
    assert not stage.menus.action(command).isEnabled()


def test_that_a_command_without_a_rule_is_always_on() -> None:
    always = [a for a in ACTIONS if a.rule is None]
    assert {a.id for a in always} >= {"project.open", "library.add", "app.quit", "help.keys"}
    assert all(enabled(a, AppState()) for a in always)
