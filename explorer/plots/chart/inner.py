"""A view around the map's own widget: its tables are the view's, its selection everybody's."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.canvas.widget import MapWidget
from explorer.plots.chart.three import Three
from explorer.plots.widget import Parts, PlotView
from explorer.state.map import MapState, TimelineState
from explorer.theme.tokens import Tokens


class MapView(PlotView):
    """Keeps the map, its choices :attr:`look` and the board that it stands on. The kind has an
    option "dims", of which "2" and "3" are values.

    A subclass makes the other parts and calls :meth:`set_board`.
    """

    board: Three

    def __init__(self, parts: Parts, look: MapState) -> None:
        super().__init__(parts)
        self.look = look
        self.map = MapWidget(look, parts.selection, TimelineState(), self.tokens,
                             filtered=parts.filter)  # fmt: skip
        self.map.setMinimumSize(240, 200)
        self.map.command.connect(self._on_map)
        self.setFocusProxy(self.map)

    def set_board(self, board: Three) -> None:
        """What is shown and exported."""
        self.board = board
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(board)

    def _on_map(self, command: str, _argument: object) -> None:
        """The camera beside the map asks for a picture of the view."""
        if command == "map.picture":
            self.command.emit("views.export", None)

    def flip(self) -> bool:
        self.choose_option(dims="2" if self.option["dims"] == "3" else "3")
        return True

    # -- for the host -----------------------------------------------------------------------------

    def picture(self) -> QWidget:
        """The board, its map covered by how it is written into files until the event loop turns."""
        shown = self.map.printed()
        shown.show()
        QTimer.singleShot(0, shown, shown.deleteLater)
        return self.board

    def set_tokens(self, tokens: Tokens) -> None:
        super().set_tokens(tokens)
        self.map.set_tokens(tokens)
        self.refresh()

    def close(self) -> bool:
        self.map.close()
        return super().close()
