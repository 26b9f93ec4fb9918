"""The registry of app-model, filled from the tables."""

from __future__ import annotations

import pytest

from explorer.actions import ACTIONS
from explorer.actions.registry import Registry, sheet, spelled
from explorer.state.app import AppState


@pytest.fixture
def ran() -> list[tuple[str, object]]:
    return []


@pytest.fixture
def registry(ran):
    made = Registry(lambda command, argument: ran.append((command, argument)))
    yield made
    made.close()


def test_that_every_command_is_registered_with_its_keys(registry) -> None:
    application = registry.application
    assert {command for command, _ in application.commands} == {a.id for a in ACTIONS}
    bound = {(k.command_id, str(k.keybinding)) for k in application.keybindings}
    assert bound == {(a.id, spelled(key)) for a in ACTIONS for key in a.keys}
    assert all(key for _, key in bound)


def test_that_a_registered_command_is_run_by_its_id(registry, ran) -> None:
    registry.run("library.add")
    assert ran == [("library.add", None)]


def test_that_what_cannot_be_used_says_why(registry) -> None:
    state = AppState()
    before = {c.id: c.why_not for c in registry.commands(state)}
    assert before["map.reset"] == "The map is empty."
    assert before["project.open"] == ""
    state.shell.page, state.shell.n_entries = "project", 9
    assert {c.id: c.why_not for c in registry.commands(state)}["map.reset"] == ""


def test_that_the_sheet_lists_every_command(registry) -> None:
    commands = registry.commands(AppState())
    rows = [row for rows in sheet(commands).values() for row in rows]
    assert {c.title for c in commands} <= {title for _, title in rows}
    assert ("palette", "Open the example") in rows
    assert ("Shift+Right", "Step forward, 10 at once") in rows
    assert all(keys for keys, _ in rows)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("Ctrl+Return", "Ctrl+Enter"), ("?", "Shift+/"), ("Ctrl++", "Ctrl+Shift+=")],
)
def test_that_keys_are_spelled_as_app_model_wants_them(ours: str, theirs: str) -> None:
    assert spelled(ours) == theirs
