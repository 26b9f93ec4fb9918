"""Which views are shown, how KL is said, and what is left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from compute.core.tables import Recipe
from explorer import plots
from explorer.app.commands.group import Handler
from explorer.plots.export import spec
from explorer.plots.host import Host
from explorer.state import views
from explorer.state.views import MAP

if TYPE_CHECKING:
    from explorer.app.build import App


class Views:
    """Commands about the views and what they share."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state
        self._before = MAP
        self._state.views.events.current.connect(self._remember)

    def table(self) -> Mapping[str, Handler]:
        shown = (MAP, *(kind.id for kind in plots.KINDS))
        return {
            **{f"show.{view}": self._show(view) for view in shown},
            "views.split": lambda _: self._split(),
            "views.split-with": lambda view: views.split(self._state.views, view),
            "views.join": lambda _: views.join(self._state.views),
            "views.unit": self._unit,
            "views.table": lambda _: self._host().toggle_table(),
            "views.about": lambda _: self._host().show_about(),
            "views.help": lambda _: self._host().show_help(),
            "views.export": self._export,
            "recipe.use": self._use_recipe,
            "recipe.preview": self._preview,
            "selection.exclude": lambda ids: self._exclude(ids, out=True),
            "selection.include": lambda ids: self._exclude(ids, out=False),
        }

    def close(self) -> None:
        self._state.views.events.current.disconnect(self._remember)

    def _remember(self, _now: str, before: str) -> None:
        self._before = before

    def _show(self, view: str) -> Handler:
        return lambda _: views.show(self._state.views, view)

    def _split(self) -> None:
        """Beside the view that is there: the one before it, the map, or the first other one."""
        state = self._state.views
        if state.right:
            views.join(state)
            return
        others = (self._before, MAP, *(kind.id for kind in plots.KINDS))
        views.split(state, next(view for view in others if view != state.left))

    def _unit(self, unit: str | None) -> None:
        state = self._state.views
        state.unit = unit or ("nats" if state.unit == "bits" else "bits")

    def _host(self) -> Host:
        host = self._app.views.host()
        assert host is not None, "the rule says that a view beside the map is in use"
        return host

    def _export(self, path: str | None) -> None:
        """Without a path, ask for one."""
        host = self._host()
        if path is None:
            name = f"{host.kind.title.lower().replace(' ', '-')}.png"
            path, _ = QFileDialog.getSaveFileName(
                self._app.shell, f"Export {host.kind.title}", name, spec.FILTER
            )
        if path:
            host.export(Path(path))
            self._app.shell.notify(f"Saved {Path(path).name}.", "ok")

    def _use_recipe(self, name: str | None) -> None:
        if name and name in self._state.shell.recipes:
            self._state.shell.recipe = name

    def _preview(self, recipe: object) -> None:
        """Show every view under a recipe that is in no file; the map comes beside what is there."""
        assert isinstance(recipe, Recipe)
        shell, shown = self._state.shell, self._state.views
        shell.held = (*(held for held in shell.held if held.name != recipe.name), recipe)
        shell.recipes = (*(n for n in shell.recipes if n != recipe.name), recipe.name)
        shell.recipe = recipe.name
        if MAP not in (shown.left, shown.right):
            views.split(shown, MAP)

    def _exclude(self, ids: object, *, out: bool) -> None:
        """Untick, or tick again: all views follow, and it can be undone."""
        chosen = self._state.selection.chosen
        given = frozenset(ids) if isinstance(ids, (tuple, list, frozenset, set)) else chosen
        library = self._state.library
        library.unticked = library.unticked | given if out else library.unticked - given
