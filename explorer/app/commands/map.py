"""The map: its dimensions, its camera, its picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from explorer.app.commands import writing
from explorer.app.commands.group import Handler
from explorer.plots.export.spec import FILTER
from explorer.state.colouring import COLOURS
from explorer.state.map import METHODS, Colour
from explorer.state.selection import choose

if TYPE_CHECKING:
    from explorer.app.build import App
    from explorer.canvas.widget import MapWidget


class Map:
    """Commands of the map view."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state

    def table(self) -> Mapping[str, Handler]:
        return {
            "map.reset": lambda _: self._view().reset_view(),
            "map.dims": lambda _: self._toggle_dims(),
            "map.picture": self._save_picture,
            **{f"method.{key}": self._method(key) for key in METHODS},
            **{f"colour.{key}": self._colour(key) for key in COLOURS},
            "map.halt": lambda _: self._flip("halted"),
            "map.reoptimise": lambda _: self._app.session.pictures.reoptimise(),
            "map.labels": lambda _: self._flip("labels"),
            "map.arrows": lambda _: self._flip("arrows"),
            "map.relations": lambda _: self._flip("relations"),
            "map.jumps": lambda _: self._flip("jumps"),
            "map.neighbours": lambda _: self._toggle_neighbours(),
            "entry.next": lambda n: self._view().walk(n or 1),
            "entry.back": lambda n: self._view().walk(-(n or 1)),
            "entry.run-next": lambda n: self._view().walk(n or 1, runs=True),
            "entry.run-back": lambda n: self._view().walk(-(n or 1), runs=True),
            "entry.select": lambda _: self._choose("replace"),
            "entry.toggle": lambda _: self._choose("toggle"),
            "map.display": lambda _: self._app.shell.centre.bar.display.open(),
        }

    def close(self) -> None:
        pass

    def _view(self) -> MapWidget:
        assert self._app.map is not None
        return self._app.map

    def _method(self, key: str) -> Handler:
        return lambda _: setattr(self._state.map, "method", key)

    def _colour(self, key: str) -> Handler:
        return lambda _: setattr(self._state.map, "colour", Colour(key))

    def _choose(self, way: str) -> None:
        """What is pointed at; with nothing pointed at, point at something first."""
        selection = self._state.selection
        if selection.hovered:
            choose(selection, (selection.hovered,), way)
        else:
            self._view().walk(0)

    def _flip(self, field: str) -> None:
        setattr(self._state.map, field, not getattr(self._state.map, field))

    def _toggle_neighbours(self) -> None:
        m = self._state.map
        m.truth = "none" if m.truth == "neighbours" else "neighbours"

    def _toggle_dims(self) -> None:
        """Of the map in the view in use, else of the map itself."""
        host = self._app.views.host()
        if host is None or host.view is None or not host.view.flip():
            self._state.map.dims = 5 - self._state.map.dims

    def _save_picture(self, path: str | None) -> None:
        if path is None:
            path, _ = QFileDialog.getSaveFileName(
                self._app.shell, "Save the picture", "map.png", FILTER
            )
        if path:
            self._app.shell.notify(f"Saved {writing.write(self._app, path)}.", "ok")
