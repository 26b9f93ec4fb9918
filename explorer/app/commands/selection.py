"""What is selected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler
from explorer.state.selection import clear

if TYPE_CHECKING:
    from explorer.app.build import App


class Selection:
    """Commands that change the shared selection."""

    def __init__(self, app: App) -> None:
        self._app, self._state = app, app.state

    def table(self) -> Mapping[str, Handler]:
        return {"selection.clear": lambda _: clear(self._state.selection)}

    def close(self) -> None:
        pass
