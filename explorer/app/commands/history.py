"""Undo and redo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.app.commands.group import Handler

if TYPE_CHECKING:
    from explorer.app.build import App


class History:
    """One step back, one step forth."""

    def __init__(self, app: App) -> None:
        self._app = app

    def table(self) -> Mapping[str, Handler]:
        return {
            "history.undo": lambda _: self._app.undo.undo(),
            "history.redo": lambda _: self._app.undo.redo(),
        }

    def close(self) -> None:
        pass
