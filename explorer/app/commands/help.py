"""Help: the sheet of keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler

if TYPE_CHECKING:
    from explorer.app.build import App


class Help:
    """Commands that explain."""

    def __init__(self, app: App) -> None:
        self._app = app

    def table(self) -> Mapping[str, Handler]:
        return {"help.keys": lambda _: self._app.shell.show_keys()}

    def close(self) -> None:
        pass
