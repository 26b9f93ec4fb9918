"""Commands as data: id, title, icon, keys, menu, enabled-when. Functions are bound by ``app``.

Menus, shortcuts, tooltips and the cheat sheet are generated from :data:`ACTIONS`. To add a command:
one line here, one function in ``explorer.app.commands``. Decided: a plain table (refused for now:
app-model's registry, whose pydantic models cost a third of a second at every start).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from explorer.state.app import AppState

Enabled = Callable[[AppState], bool]


def always(_state: AppState) -> bool:
    return True


def with_project(state: AppState) -> bool:
    return state.shell.page == "project"


def with_map(state: AppState) -> bool:
    return state.shell.page == "project" and bool(state.shell.project)


@dataclass(frozen=True, slots=True)
class Action:
    """One command.

    Attributes
    ----------
    keys : tuple of str
        Qt key sequences. ``plain`` keys have no modifier: they are off while a text field has the
        focus, and ``focus`` ones work only on the map or the timeline.
    where : str
        "window" or "map": which widgets must have the focus for the keys to work.
    argument : object
        Handed to the function.
    """

    id: str
    title: str
    menu: str = ""
    icon: str = ""
    keys: tuple[str, ...] = ()
    where: str = "window"
    enabled: Enabled = always
    argument: object = None
    separator: bool = False


ACTIONS = (
    Action("project.open", "Open a project...", "File", "folder-open", ("Ctrl+O",)),
    Action("library.add", "Add models...", "File", "plus", ("Ctrl+N",)),
    Action("project.example", "Open the example", "File", "play", ("Ctrl+E",)),
    Action(
        "map.picture", "Save a picture...", "File", "camera", ("Ctrl+S",), "window", with_map,
        separator=True,
    ),
    Action("app.quit", "Quit", "File", "", ("Ctrl+Q",), separator=True),
    Action("map.dims", "2D or 3D", "View", "cube", ("3",), "map", with_map),
    Action("map.reset", "Show the whole map", "View", "arrows-out", ("R",), "map", with_map),
    Action("selection.clear", "Let go of the selection", "View", "", ("Esc",), "map", with_map),
    Action("view.theme", "Light or dark", "View", "sun", ("Ctrl+Shift+T",), separator=True),
    Action(
        "view.theme", "Presenter theme", "View", "presentation", argument="presenter",
    ),
    Action("jobs.toggle", "Jobs", "View", "list", ("Ctrl+J",), "window", with_project),
    Action("job.new", "Score...", "Models", "play", ("Ctrl+Return",), "window", with_project),
    Action("suite.grow", "Score a small suite now", "Models", "plant", ("Ctrl+G",)),
    Action("timeline.play", "Play", "Time", "play-fill", ("Space",), "map", with_map),
    Action("timeline.back", "One checkpoint back", "Time", "", ("Left",), "map", with_map),
    Action("timeline.forward", "One checkpoint on", "Time", "", ("Right",), "map", with_map),
    Action(
        "timeline.back", "Ten checkpoints back", "Time", "", ("Shift+Left",), "map", with_map, 10
    ),
    Action(
        "timeline.forward", "Ten checkpoints on", "Time", "", ("Shift+Right",), "map", with_map, 10
    ),
    Action("timeline.start", "First step", "Time", "", ("Home",), "map", with_map),
    Action("timeline.end", "Last step", "Time", "", ("End",), "map", with_map),
    Action("help.keys", "Keys", "Help", "keyboard", ("F1",)),
)  # fmt: skip

MENUS = ("File", "View", "Models", "Time", "Help")


def tooltip(command: str) -> str:
    """Title and first key of a command, for a button."""
    action = next(a for a in ACTIONS if a.id == command)
    return f"{action.title} ({action.keys[0]})" if action.keys else action.title
