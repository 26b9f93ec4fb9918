"""Opening projects, and finding one that can be written to."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from compute import store
from compute.core.assets import asset
from compute.core.errors import KlscopeError
from compute.core.files import os_problem
from explorer.app.commands.group import Handler

if TYPE_CHECKING:
    from explorer.app.build import App

PROJECTS = "klscope projects (*.h5 *.hdf5);;All files (*)"


def example() -> Path | None:
    """The bundled example, if it is there."""
    try:
        return asset("example.h5")
    except KlscopeError:
        return None


class Projects:
    """One project at a time; what is shown stays until another one can be read."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state
        app.session.opened.connect(self._on_opened)

    def table(self) -> Mapping[str, Handler]:
        return {
            "project.open": self._open,
            "project.example": lambda _: self.open(asset("example.h5")),
            "app.quit": lambda _: self._app.shell.close(),
        }

    def close(self) -> None:
        self._app.session.opened.disconnect(self._on_opened)

    def open(self, path: Path) -> None:
        """Open it in the window and remember it."""
        self._app.session.open(path)

    def _open(self, path: str | None) -> None:
        if path is None:
            path, _ = QFileDialog.getOpenFileName(self._app.shell, "Open a project", "", PROJECTS)
        if path:
            self.open(Path(path))

    def _on_opened(self, path: str) -> None:
        self._state.shell.page = "project"
        if Path(path) != example():
            self._state.shell.recent = self._app.settings.remember_project(path)

    def writable(self) -> Path | None:
        """The open project, or a new file the user names; a copy of the bundled example."""
        current = self._app.session.path
        if current is not None and current != example():
            return current
        name = "models.h5" if current is None else "example-and-mine.h5"
        path, _ = QFileDialog.getSaveFileName(
            self._app.shell, "Save the project as", name, PROJECTS
        )
        if not path:
            return None
        target = Path(path if path.endswith((".h5", ".hdf5")) else path + ".h5")
        if current is not None:
            try:
                shutil.copyfile(current, target)
                store.copy_tokens(current, target)
            except OSError as e:
                words = os_problem(e, f"Saving a copy as {target}").message
                self._app.shell.notify(words, "danger")
                return None
            self.open(target)
        return target
