"""The window itself: its theme, its notices, preferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler

if TYPE_CHECKING:
    from explorer.app.build import App


class View:
    """What is not about the data."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state

    def table(self) -> Mapping[str, Handler]:
        return {
            "view.theme": self._theme,
            "notices.show": lambda _: self._app.shell.show_notices(),
            "notices.dismiss": lambda _: self._app.shell.dismiss_notice(),
            "preferences.show": lambda _: self._app.shell.show_preferences(),
        }

    def close(self) -> None:
        pass

    def _theme(self, name: str | None) -> None:
        shell = self._state.shell
        shell.theme = name or ("light" if shell.theme == "dark" else "dark")
