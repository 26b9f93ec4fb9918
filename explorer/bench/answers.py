"""How soon the map answers the hand: hover, lasso, recolouring, filtering; without the painting."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from compute.core.tables import Entry
from explorer.bench.points import SIZE, cloud
from explorer.canvas.overlay import Overlay
from explorer.canvas.widget import MapWidget
from explorer.state.filter import FilterState
from explorer.state.map import Colour, MapState, MapTables, SelectionState, TimelineState
from explorer.state.query import Term
from explorer.state.selection import clear
from explorer.theme.tokens import DARK

WAYS = ("step", "size", "run", "bits")


class Desk:
    """A shown map of ``n`` entries with its state, driven by hand instead of by its clock."""

    def __init__(self, n: int) -> None:
        self.map, self.selection, self.filter = MapState(), SelectionState(), FilterState()
        self.window = QWidget()
        self.window.resize(*SIZE)
        self.widget = MapWidget(
            self.map, self.selection, TimelineState(), DARK, filtered=self.filter
        )
        layout = QVBoxLayout(self.window)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.widget)
        self.widget.set_still(True)
        self.widget.set_tables(_tables(n))
        self.window.show()
        self.widget.image(*SIZE)
        self.refresh()

    def refresh(self) -> None:
        """What the map's clock does at each turn, all but the painting."""
        self.widget._tick_once()

    def send(self) -> None:
        """Colours, places and order to OpenGL, as the next picture would first."""
        surface = self.widget._surface
        assert surface is not None
        surface.upload()

    def pan(self) -> None:
        self.widget._stage.pan(1.0, 0.0)
        self.refresh()

    def point(self, x: float, y: float) -> None:
        """The mouse moves to (x, y) px."""
        overlay = self.widget.findChild(Overlay)
        at = QPointF(x, y)
        none = Qt.MouseButton.NoButton
        kind, keys = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(overlay, QMouseEvent(kind, at, at, none, none, keys))

    def close(self) -> None:
        self.widget.close()
        self.window.close()
        self.window.deleteLater()


def answers(n: int, repeats: int = 5) -> Mapping[str, Any]:
    """Median milliseconds from the gesture or the choice until all but the painting is done.

    Hover: after a camera move, so that the index is made again. Lasso: a loop of 200 corners
    around everything in sight. Recolour and filter: what is sent to OpenGL is in it.
    """
    desk = Desk(n)
    try:
        found = {
            "hover, ms": _timed(lambda i: _hover(desk, i), repeats, desk.pan),
            "lasso, ms": _timed(lambda i: _lasso(desk, i), repeats, desk.refresh),
        }
        clear(desk.selection)
        return {
            **found,
            "recolour, ms": _timed(lambda i: _recolour(desk, i), repeats),
            "filter, ms": _timed(lambda i: _filter(desk, i), repeats),
        }
    finally:
        desk.close()


def _timed(
    work: Callable[[int], None], repeats: int, before: Callable[[], None] | None = None
) -> float:
    """Median milliseconds; the first two do not count."""
    found = []
    for turn in range(repeats + 2):
        if before is not None:
            before()
        start = time.perf_counter()
        work(turn)
        found.append(1000 * (time.perf_counter() - start))
    return float(f"{statistics.median(found[2:]):.3g}")


def _hover(desk: Desk, turn: int) -> None:
    desk.point(SIZE[0] / 2 + 7 * turn, SIZE[1] / 2)
    desk.refresh()


def _lasso(desk: Desk, turn: int) -> None:
    angle = np.linspace(0, 2 * np.pi, 200)
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    around = np.sign(around) * np.abs(around) ** 0.1
    outline = np.array(SIZE) / 2 + around * (np.array(SIZE) / 2 - 2 - turn)
    desk.widget._pointer.enclose(outline, "replace" if turn % 2 else "add")


def _recolour(desk: Desk, turn: int) -> None:
    desk.map.colour = Colour(WAYS[turn % len(WAYS)])
    desk.refresh()
    desk.send()


def _filter(desk: Desk, turn: int) -> None:
    desk.filter.terms = (Term("step", ">=", str(100 * (turn + 1))),)
    desk.refresh()
    desk.send()


def _tables(n: int) -> MapTables:
    points = cloud(n)
    run = np.concatenate([[0], np.cumsum(~points.joined)[:-1]]).tolist()
    first = dict(zip(reversed(run), reversed(range(len(run))), strict=True))
    entries = tuple(
        Entry(
            f"run{r}@{k}",
            f"step {10 * (k - first[r])}",
            run=f"run{r}",
            step=10 * (k - first[r]),
            n_params=1000 * (1 + r % 4),
            status="done",
        )
        for k, r in enumerate(run)
    )
    bits = np.linspace(4.0, 2.0, len(entries))
    return MapTables(entries, points.places, bits, {"method": "tsne"})
