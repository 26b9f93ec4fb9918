"""Editing entries and writing tables of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from PySide6.QtWidgets import QFileDialog

from compute.core.edits import FIELDS, edited
from explorer.app.commands.group import Handler
from explorer.app.commands.project import Projects, example
from explorer.bridge import many
from explorer.state.history import Step

if TYPE_CHECKING:
    from explorer.app.build import App

Asked: TypeAlias = tuple[str, Mapping[str, Any]]
"""Entry id, and field -> new value."""
TABLES = "Tables (*.csv)"
READ_ONLY = "The example cannot be changed: save a copy of it to keep this edit."


class Entries:
    """What is shown at once is written by ``app.edits``."""

    def __init__(self, app: App, projects: Projects) -> None:
        self._app, self._state, self._projects = app, app.state, projects

    def table(self) -> Mapping[str, Handler]:
        return {
            "entry.edit": self._edit,
            "entry.edit-copy": self._edit_copy,
            "entry.put": self._put,
            "inspector.edit": lambda field: self._app.shell.edit_entry(field or "label"),
            "selection.export": self._export,
        }

    def close(self) -> None:
        pass

    def _edit(self, asked: Asked) -> None:
        """Edit and remember how to take it back."""
        name, changes = asked
        path = self._app.session.path
        entry = next((e for e in self._state.library.entries if e.id == name), None)
        if path is None or entry is None:
            return
        after = edited(entry, changes)
        if after == entry:
            return
        if path == example():
            action = ("Save a copy...", "entry.edit-copy", asked)
            self._app.shell.notify(READ_ONLY, "warn", action)
            return
        before = {field: getattr(entry, field) for field in changes}
        titles = ", ".join(FIELDS[field].title.lower() for field in changes)
        self._app.undo.push(
            Step(f"Edit of {titles}", undo=("entry.put", (name, before)), redo=("entry.put", asked))
        )
        self._app.edits.put(path, name, changes)

    def _put(self, asked: Asked) -> None:
        """Edit without a step of its own: undo and redo do this."""
        path = self._app.session.path
        if path is not None and path != example():
            self._app.edits.put(path, *asked)

    def _export(self, path: str | None) -> None:
        """A table of what is selected, and one of its pairs beside it."""
        ids = self._state.selection.chosen
        if path is None:
            path, _ = QFileDialog.getSaveFileName(
                self._app.shell, "Export the selection", "selection.csv", TABLES
            )
        if not path or not ids:
            return
        target = Path(path if path.lower().endswith(".csv") else f"{path}.csv")
        asked = self._app.session.export(ids, target)
        if asked is not None:
            said = many.left_out(len(ids))
            self._app.desk.ask(
                "export", lambda: many.export(asked), lambda files: self._exported(files, said)
            )

    def _exported(self, written: tuple[Path, ...], left_out: str) -> None:
        names = " and ".join(p.name for p in written)
        words = f"Saved {names} in {written[0].parent}. {left_out}".rstrip()
        self._app.shell.notify(words, "info" if left_out else "ok")

    def _edit_copy(self, asked: Asked) -> None:
        path = self._projects.writable()
        if path is not None:
            self._app.edits.put(path, *asked)
