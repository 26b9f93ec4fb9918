"""Undo and redo of fields and of edits."""

from __future__ import annotations

import pytest

from explorer.state.history import History, HistoryState, Step, Watched
from explorer.state.map import MapState, SelectionState
from explorer.state.selection import choose


class Desk:
    def __init__(self) -> None:
        self.map, self.selection, self.words = MapState(), SelectionState(), HistoryState()
        self.ran: list[tuple[str, object]] = []
        self.touched = 0
        self.history = History(
            self.words,
            (
                Watched(self.map, {"method": "Method", "dims": "Dimensions"}),
                Watched(self.selection, {"chosen": "Selection", "selected": "Selection"}),
            ),
            lambda command, argument: self.ran.append((command, argument)),
            self._touch,
        )

    def _touch(self) -> None:
        self.touched += 1


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.history.close()


def test_that_steps_are_undone_in_turn_and_redone(desk) -> None:
    desk.map.method = "pca"
    desk.history.seal()
    choose(desk.selection, "ab")
    desk.history.seal()
    assert (desk.words.undo, desk.words.redo) == ("Selection", "")
    desk.history.undo()
    assert (desk.selection.chosen, desk.selection.selected) == (frozenset(), "")
    assert (desk.words.undo, desk.words.redo) == ("Method", "Selection")
    desk.history.undo()
    assert desk.map.method == "tsne"
    desk.history.redo()
    desk.history.redo()
    assert desk.map.method == "pca"
    assert desk.selection.chosen == {"a", "b"}


def test_that_what_changes_together_is_one_step(desk) -> None:
    desk.map.method, desk.map.dims = "pca", 3
    desk.map.method = "mds"
    assert desk.touched == 3
    desk.history.undo()
    assert (desk.map.method, desk.map.dims) == ("tsne", 2)
    assert desk.words.undo == ""


def test_that_a_change_that_was_taken_back_by_hand_is_no_step(desk) -> None:
    desk.map.dims = 3
    desk.map.dims = 2
    desk.history.seal()
    assert desk.words.undo == ""


def test_that_a_new_change_ends_redoing(desk) -> None:
    desk.map.dims = 3
    desk.history.undo()
    desk.map.method = "pca"
    desk.history.seal()
    assert desk.words.redo == ""
    desk.history.redo()
    assert desk.map.dims == 2


def test_that_an_edit_of_the_file_runs_its_commands(desk) -> None:
    desk.history.push(Step("Edit of a label", (), ("edit", "old"), ("edit", "new")))
    desk.history.undo()
    desk.history.redo()
    assert desk.ran == [("edit", "old"), ("edit", "new")]


def test_that_an_edit_comes_after_what_was_changed_before_it(desk) -> None:
    desk.map.dims = 3
    desk.history.push(Step("Edit", (), ("edit", "old"), ("edit", "new")))
    desk.history.undo()
    assert desk.map.dims == 3
    desk.history.undo()
    assert desk.map.dims == 2


def test_that_an_edit_that_was_refused_is_no_step(desk) -> None:
    desk.history.push(Step("Edit", (), ("edit", "old"), ("edit", "new")))
    desk.history.push(Step("Other edit", (), ("edit", "older"), ("edit", "newer")))
    desk.history.withdraw(["newer"])
    assert desk.words.undo == "Edit"


def test_that_another_project_has_nothing_to_undo(desk) -> None:
    desk.map.dims = 3
    desk.history.forget()
    desk.history.undo()
    assert desk.map.dims == 3
