"""A project is found again as it was left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from compute.core.numbers import count
from explorer.app.commands.group import Handler
from explorer.state import workspace
from explorer.state.library import layers_beside
from explorer.state.map import MapTables, run_marks
from explorer.state.sketch import Sketch, sketch

if TYPE_CHECKING:
    from explorer.app.build import App

SAVE_MS = 3_000


class Workspace:
    """Keeps the view of the open project in the settings: a moment after every change of it."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state
        self._saved: dict[str, Any] = {}
        self._drawn: MapTables | None = None
        self._later = QTimer(app, singleShot=True, interval=SAVE_MS)
        self._later.timeout.connect(self.save)
        session = app.session
        session.ticks_of = self._ticks
        session.leaving.connect(self.save)
        session.arriving.connect(self._on_arriving)
        session.opened.connect(self._on_opened)
        self._signals = self._watched()
        for signal in self._signals:
            signal.connect(self._changed, max_args=0)

    def table(self) -> Mapping[str, Handler]:
        return {}

    def close(self) -> None:
        for signal in self._signals:
            signal.disconnect(self._changed)
        self._later.stop()
        self.save()
        session = self._app.session
        session.leaving.disconnect(self.save)
        session.arriving.disconnect(self._on_arriving)
        session.opened.disconnect(self._on_opened)

    def _watched(self) -> list[Any]:
        fields = [
            getattr(getattr(self._state, part).events, kept.name)
            for part, all_kept in workspace.PARTS.items()
            for kept in all_kept
        ]
        events = self._state.selection.events
        return [*fields, events.chosen, events.selected, self._state.library.events.unticked]

    def _changed(self) -> None:
        if not self._later.isActive() and self._app.session.path is not None:
            self._later.start()

    def save(self) -> None:
        """Write down how the open project looks now."""
        path = self._app.session.path
        if path is None or not self._state.preferences.restore:
            return
        view = workspace.dump(self._state)
        if view != self._saved:
            self._saved = view
            self._app.settings.set_view(path, view, self._sketch())

    def _sketch(self) -> Sketch | None:
        """Of the map as it is now; None = as the last time."""
        tables = self._app.session.current
        if tables is self._drawn:
            return None
        self._drawn = tables
        shell, entries = self._state.shell, self._state.library.entries
        return sketch(tables, run_marks(entries), len(entries), shell.n_total)

    def _on_arriving(self, path: str) -> None:
        workspace.forget(self._state)
        keeps = self._state.preferences.restore
        self._saved = self._app.settings.view(Path(path)) if keeps else {}
        workspace.apply(self._saved, self._state)

    def _ticks(self, path: Path) -> frozenset[str] | None:
        """What was not ticked when a project was left; None = it was never opened."""
        keeps = self._state.preferences.restore
        saved = self._app.settings.view(path) if keeps else {}
        return workspace.unticked(saved) if saved else None

    def _on_opened(self, _path: str) -> None:
        workspace.apply_ids(self._saved, self._state)
        layers = layers_beside(self._state.library.entries)
        if not self._saved and layers:
            self._app.shell.notify(_set_aside(len(layers)), "info")


def _set_aside(n: int) -> str:
    they = "layers of models are" if n > 1 else "layer of a model is"
    return f"{count(n)} {they} not on the map. Tick what you want to see of them in the library."
