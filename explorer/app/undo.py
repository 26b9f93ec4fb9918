"""Undo and redo of the window: what is watched, and the clock that ends a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer

from explorer.state.app import AppState
from explorer.state.history import History, Step, Watched

SEAL_MS = 350
"""How long nothing may change before a step is over: one drag of a slider is one step."""

_MAP = {
    "method": "Method",
    "dims": "Dimensions",
    "components": "Components",
    "perplexity": "Perplexity",
    "exaggeration": "Exaggeration",
    "colour": "Colour",
    "shape_by": "Shapes",
    "size_by": "Sizes",
    "width_by": "Line width",
    "fade": "Fade",
    "tail": "Comet tail",
    "arrows": "Arrows",
    "relations": "Arrows to variants",
    "labels": "Labels",
    "jumps": "Jump light",
    "truth": "Faithfulness",
    "aside": "Filtered out",
    "camera": "View",
}
_SELECTION = {"chosen": "Selection", "selected": "Selection", "named": "Named selections"}
_FILTER = {"terms": "Filter", "hidden": "Hiding", "greyed": "Greying"}


class Undo(QObject):
    """The history of one window. ``run`` carries out the commands of edits."""

    def __init__(self, state: AppState, run: Callable[[str, Any], None], parent: QObject) -> None:
        super().__init__(parent)
        self._clock = QTimer(self, singleShot=True, interval=SEAL_MS)
        watched = (
            Watched(state.map, _MAP),
            Watched(state.selection, _SELECTION),
            Watched(state.filter, _FILTER),
            Watched(state.library, {"unticked": "Ticks"}),
            Watched(state.shell, {"recipe": "Recipe"}),
            Watched(state.views, {"unit": "Unit"}),
            *(Watched(plot, {"options": "Choice of a view"}) for plot in state.plots.values()),
        )
        self._history = History(state.history, watched, run, self._clock.start)
        self._map = state.map
        self._clock.timeout.connect(self.seal)

    def push(self, step: Step) -> None:
        """Add an edit that has been made."""
        self._history.push(step)

    def withdraw(self, lost: Sequence[object]) -> None:
        """These edits were not written: there is nothing to take back."""
        self._history.withdraw(lost)

    def seal(self) -> None:
        """What comes now is a step of its own, however soon; but a slider that is held goes on."""
        if self._map.held:
            self._clock.start()
        else:
            self._history.seal()

    def undo(self) -> None:
        self._history.undo()

    def redo(self) -> None:
        self._history.redo()

    def forget(self) -> None:
        """Another project."""
        self._clock.stop()
        self._history.forget()

    def close(self) -> None:
        self._clock.stop()
        self._history.close()
