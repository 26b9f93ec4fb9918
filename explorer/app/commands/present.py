"""Showing the map to an audience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler

if TYPE_CHECKING:
    from explorer.app.build import App

THEME = "presenter"


class Present:
    """Enters and leaves; remembers the words that were written for each project."""

    def __init__(self, app: App) -> None:
        self._app, self._shell = app, app.state.shell
        self._theme = self._shell.theme
        app.session.opened.connect(self._recall)

    def table(self) -> Mapping[str, Handler]:
        return {
            "present.start": lambda _: self.leave() if self._shell.presenting else self._start(),
            "present.leave": lambda _: self.leave(),
            "present.heading": lambda words: self._write("heading", words),
            "present.caption": lambda words: self._write("caption", words),
        }

    def close(self) -> None:
        self._app.session.opened.disconnect(self._recall)
        self.leave()

    def _start(self) -> None:
        self._theme = self._shell.theme
        self._shell.presenting = True
        self._shell.theme = THEME

    def leave(self) -> None:
        """Everything is as it was. Twice changes nothing."""
        if self._shell.presenting:
            self._shell.theme = self._theme
            self._shell.presenting = False

    def _write(self, field: str, words: str) -> None:
        setattr(self._shell, field, words)
        key = self._shell.project
        written = {**self._app.settings.get("words", {})}
        written[key] = {"heading": self._shell.heading, "caption": self._shell.caption}
        self._app.settings.set("words", written)
        self._app.shell.centre.slot.focus_map()

    def _recall(self, path: str) -> None:
        found = self._app.settings.get("words", {}).get(path)
        found = found if isinstance(found, dict) else {}
        self._shell.heading = str(found.get("heading", ""))
        self._shell.caption = str(found.get("caption", ""))
