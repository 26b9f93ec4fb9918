"""Finds the function of a command and runs it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from compute.core.errors import KlscopeError
from explorer.app.commands.entries import Entries
from explorer.app.commands.group import Group, Handler
from explorer.app.commands.help import Help
from explorer.app.commands.history import History
from explorer.app.commands.jobs import Jobs
from explorer.app.commands.map import Map
from explorer.app.commands.palette import Palette
from explorer.app.commands.present import Present
from explorer.app.commands.project import Projects
from explorer.app.commands.selection import Selection
from explorer.app.commands.sources import Sources
from explorer.app.commands.texts import Texts
from explorer.app.commands.timeline import Timeline
from explorer.app.commands.view import View
from explorer.app.commands.views import Views
from explorer.app.commands.welcome import Welcome
from explorer.app.commands.workspace import Workspace

if TYPE_CHECKING:
    from explorer.app.build import App


class Commander(QObject):
    """The groups, and their tables merged into one."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._app = app
        self._welcome, self._projects, texts = Welcome(app), Projects(app), Texts(app)
        self._groups: tuple[Group, ...] = (
            self._welcome,
            self._projects,
            texts,
            Sources(app, texts),
            Jobs(app, texts, self._projects),
            Entries(app, self._projects),
            View(app),
            Map(app),
            Views(app),
            Timeline(app),
            Present(app),
            Selection(app),
            History(app),
            Palette(app),
            Workspace(app),
            Help(app, self._projects),
        )
        self._table = _merged(self._groups)

    def close(self) -> None:
        for group in self._groups:
            group.close()

    def execute(self, command: str, argument: Any = None) -> None:
        """Run a command by id. An error it raises is shown as one sentence."""
        self._app.undo.seal()
        try:
            self._table[command](argument)
        except KlscopeError as e:
            self._app.shell.notify(e.message, "danger")

    @property
    def commands(self) -> frozenset[str]:
        """The ids that can be executed."""
        return frozenset(self._table)

    def open_project(self, path: Path) -> None:
        self._projects.open(path)

    def preview_example(self) -> None:
        self._welcome.preview_example()

    def examine_machine(self) -> None:
        self._welcome.examine_machine()


def _merged(groups: tuple[Group, ...]) -> dict[str, Handler]:
    table: dict[str, Handler] = {}
    for group in groups:
        for command, handler in group.table().items():
            assert command not in table, f"two functions for {command}"
            table[command] = handler
    return table
