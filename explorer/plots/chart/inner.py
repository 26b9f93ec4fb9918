"""The map's own widget inside of a view: its tables are the view's, its selection everybody's."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal

from explorer.canvas.widget import MapWidget
from explorer.plots.widget import Parts
from explorer.state.map import MapState, TimelineState
from explorer.theme.tokens import Tokens


class InnerMap(MapWidget):
    """``look`` are its choices, which the view sets; ``wanted``: a picture is asked for."""

    wanted = Signal()

    def __init__(self, parts: Parts, look: MapState, tokens: Tokens) -> None:
        super().__init__(look, parts.selection, TimelineState(), tokens, filtered=parts.filter)
        self.setMinimumSize(240, 200)
        self.command.connect(self._on_command)

    def print_over(self) -> None:
        """Cover the map with how it is written into files, until the event loop turns."""
        shown = self.printed()
        shown.show()
        QTimer.singleShot(0, shown, shown.deleteLater)

    def _on_command(self, command: str, _argument: object) -> None:
        if command == "map.picture":
            self.wanted.emit()
