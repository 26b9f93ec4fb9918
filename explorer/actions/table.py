"""The table of commands, and what is read from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from explorer.state.app import AppState
from explorer.state.library import to_score

MENUS = ("File", "View", "Models", "Timeline", "Help")


class Scope(Enum):
    """Where a key works. Plain keys of ``MAP`` work only while map or timeline has the focus."""

    WINDOW = "window"
    MAP = "map"


@dataclass(frozen=True, slots=True)
class Rule:
    """When a command can be used, and the sentence that says why it cannot be."""

    holds: Callable[[AppState], bool]
    why_not: str


@dataclass(frozen=True, slots=True)
class Action:
    """One command. ``keys`` are Qt's portable names, the first one is shown.

    ``larger`` is a second key with the argument it sends: the same command in bigger steps.
    ``group`` separates the entries of a menu.
    """

    id: str
    title: str
    menu: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    group: int = 0
    scope: Scope = Scope.WINDOW
    larger: tuple[str, int] | None = None
    rule: Rule | None = None
    hint: str = ""


def _in_project(state: AppState) -> bool:
    return state.shell.page == "project"


def _on_map(state: AppState) -> bool:
    return _in_project(state) and state.shell.n_entries >= 2


_PROJECT = Rule(_in_project, "Open a project or add models first.")
_MAP = Rule(_on_map, "The map is empty.")
_SCORE = Rule(
    lambda state: _in_project(state) and bool(to_score(state.library)),
    "Nothing to score. Add models, or tick checkpoints that are not scored yet.",
)
_SELECTED = Rule(lambda state: bool(state.selection.selected), "Nothing is selected.")

ACTIONS: tuple[Action, ...] = (
    Action("project.open", "Open a project...", "File", "folder-open", ("Ctrl+O",)),
    Action("project.example", "Open the example", "File", "play"),
    Action("map.picture", "Save a picture...", "File", "camera", ("Ctrl+Shift+S",), 1, rule=_MAP),
    Action("app.quit", "Quit", "File", "sign-out", ("Ctrl+Q",), 2),
    Action("map.dims", "2D or 3D", "View", "cube", ("3",), 0, rule=_PROJECT),
    Action("map.reset", "Show everything", "View", "arrows-out", ("R",), 0, Scope.MAP, rule=_MAP),
    Action("selection.clear", "Clear the selection", "View", "x", ("Esc",), 1, rule=_SELECTED),
    Action("library.find", "Find in the library", "View", "magnifying-glass", ("/", "Ctrl+F"), 1,
           rule=_PROJECT),
    Action("jobs.toggle", "Jobs", "View", "queue", ("Ctrl+J",), 2, rule=_PROJECT),
    Action("view.theme", "Light or dark", "View", "moon", ("Ctrl+Shift+T",), 3),
    Action("library.add", "Add models...", "Models", "plus", ("Ctrl+N",)),
    Action("job.new", "Score...", "Models", "gauge", ("Ctrl+Return",), rule=_SCORE),
    Action("suite.grow", "Score a small suite now", "Models", "leaf", (), 1),
    Action("timeline.play", "Play or pause", "Timeline", "play", ("Space",), 0, Scope.MAP,
           rule=_MAP),
    Action("timeline.back", "Step back", "Timeline", "skip-back", ("Left",), 1, Scope.MAP,
           ("Shift+Left", 10), _MAP),
    Action("timeline.forward", "Step forward", "Timeline", "skip-forward", ("Right",), 1,
           Scope.MAP, ("Shift+Right", 10), _MAP),
    Action("timeline.start", "To the start", "Timeline", "caret-double-left", ("Home",), 2,
           Scope.MAP, rule=_MAP),
    Action("timeline.end", "To the end", "Timeline", "caret-double-right", ("End",), 2,
           Scope.MAP, rule=_MAP),
    Action("help.keys", "Keys", "Help", "keyboard", ("F1", "?")),
)  # fmt: skip


def enabled(action: Action, state: AppState) -> bool:
    """Whether the command can be used now."""
    return action.rule is None or action.rule.holds(state)


def sheet(actions: tuple[Action, ...] = ACTIONS) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Menu -> (keys, title) of every command that has keys."""
    found: dict[str, list[tuple[str, str]]] = {menu: [] for menu in MENUS}
    for action in actions:
        if action.keys:
            found[action.menu].append((" or ".join(action.keys), action.title))
        if action.larger:
            key, times = action.larger
            found[action.menu].append((key, f"{action.title}, {times} at once"))
    return {menu: tuple(rows) for menu, rows in found.items() if rows}
