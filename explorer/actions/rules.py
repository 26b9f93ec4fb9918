"""When commands can be used. Each sentence says what to do about it."""

from __future__ import annotations

from explorer.actions.action import Rule
from explorer.state.app import AppState
from explorer.state.library import to_score
from explorer.state.views import MAP as MAP_VIEW


def _in_project(state: AppState) -> bool:
    return state.shell.page == "project"


def _on_map(state: AppState) -> bool:
    return _in_project(state) and state.shell.n_entries >= 2


PROJECT = Rule(_in_project, "Open a project or add models first.")
MAP = Rule(_on_map, "The map is empty.")
SCORE = Rule(
    lambda state: _in_project(state) and bool(to_score(state.library)),
    "Nothing to score. Add models, or tick checkpoints that are not scored yet.",
)
LIVE = Rule(lambda state: state.map.live, "Nothing is being computed.")
PLACED = Rule(
    lambda state: bool(state.map.base),
    "No entry was placed. The map was computed of all entries together.",
)
UNDO = Rule(lambda state: bool(state.history.undo), "Nothing to undo.")
REDO = Rule(lambda state: bool(state.history.redo), "Nothing was undone.")
FILTERED = Rule(
    lambda state: bool(state.filter.terms or state.filter.hidden or state.filter.greyed),
    "Nothing is hidden.",
)
SELECTED = Rule(lambda state: bool(state.selection.selected), "Nothing is selected.")
PRESENTING = Rule(lambda state: state.shell.presenting, "Nothing is presented.")
DESELECT = Rule(
    lambda state: bool(state.selection.selected) and not state.shell.presenting,
    "Nothing is selected.",
)
"""While the map is presented, Esc leaves the presentation."""
SPLIT = Rule(lambda state: bool(state.views.right), "There is one view.")
PLOT = Rule(
    lambda state: _in_project(state) and state.views.current != MAP_VIEW,
    "The map has no table of its own. Open another view, or export the selection.",
)
NOTICE = Rule(lambda state: state.notices.cards > 0, "No notice is shown.")
