"""What the pointer rests on: hover, click, and the card that comes after a moment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from explorer.canvas.accents import Marked
from explorer.canvas.card.view import CardModel, card
from explorer.canvas.overlay import Sprite
from explorer.canvas.picking import Index
from explorer.canvas.region import inside
from explorer.state.map import MapTables, Neighbour, SelectionState
from explorer.state.scene import Palette, Scene, Tracks
from explorer.state.selection import choose, select
from explorer.theme.tokens import Tokens

CARD_MS = 120
REACH = 10.0

Place = tuple[float, float]


class Pointer(QObject):
    """Turns places in px into entries, and sets the selection. ``wake`` asks for a new picture."""

    def __init__(
        self, selection: SelectionState, wake: Callable[[], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._selection, self._wake = selection, wake
        self._tables, self._tracks, self._scene = MapTables(), None, Scene()
        self._marked = Marked.of(self._scene)
        self._screen = np.zeros((0, 3))
        nothing = Index(np.zeros((0, 3)), np.zeros(0))
        self._index: tuple[tuple[object, object], Index] = (None, None), nothing
        self._at: Place | None = None
        self._due = False
        self._details: tuple[str, tuple[Neighbour, ...] | None] = ("", None)
        self._made: tuple[object, tuple[Sprite, ...]] = (None, ())
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.setInterval(CARD_MS)
        self._clock.timeout.connect(self._card_time)

    def set_picture(
        self, scene: Scene, tracks: Tracks, tables: MapTables, screen: NDArray[np.float64]
    ) -> None:
        """What is drawn now; what lies under a resting pointer changes with it."""
        if scene is not self._scene:
            self._marked = Marked.of(scene)
        self._scene, self._tracks, self._tables, self._screen = scene, tracks, tables, screen

    def set_details(self, entry_id: str, neighbours: tuple[Neighbour, ...]) -> None:
        self._details = (entry_id, neighbours)

    def rest(self) -> None:
        """Look again under a pointer that has not moved."""
        if self._at is not None:
            self.hover(self._at)

    def hover(self, at: Place | None) -> None:
        """The pointer is at ``at`` (px), or has left (None)."""
        had, self._at = self._at, at
        found = self.id_at(at) if at is not None else ""
        if had is None and at is None:
            return
        if found != self._selection.hovered:
            self._due = False
            self._clock.stop()
            if found:
                self._clock.start()
            self._selection.hovered = found

    def click(self, at: Place, way: str = "replace") -> None:
        """``way`` is one of :data:`explorer.state.selection.WAYS`."""
        found = self.id_at(at)
        if way == "replace":
            select(self._selection, found)
        elif found:
            choose(self._selection, (found,), way)

    def enclose(self, outline: NDArray[np.float64], way: str) -> None:
        """Select what is drawn inside a closed outline, (P, 2) px."""
        mark_of = self._marked.mark_of
        rows = np.flatnonzero(mark_of >= 0)
        nodes = self._scene.mark_node[mark_of[rows]]
        if len(nodes) and nodes.max() < len(self._screen):
            rows = rows[inside(outline, self._screen[nodes])]
            entries = self._tables.entries
            choose(self._selection, [entries[r].id for r in rows.tolist()], way)

    def id_at(self, at: Place) -> str:
        """Id of the entry whose mark is nearest within reach, or ""."""
        row = self._row_at(at)
        return self._tables.entries[row].id if 0 <= row < len(self._tables.entries) else ""

    def card(
        self, size: tuple[int, int], tokens: Tokens, palette: Palette, ratio: float
    ) -> tuple[Sprite, ...]:
        """The card beside the pointer, once it has rested long enough."""
        asked = self._selection.hovered
        if not asked or not self._due or self._at is None or self.id_at(self._at) != asked:
            return ()
        key = (asked, self._details, self._at, size, tokens, ratio, self._tables)
        if key != self._made[0]:
            model = self._model(asked)
            self._made = (key, card(model, self._at, size, tokens, palette, ratio))
        return self._made[1]

    def close(self) -> None:
        self._clock.stop()

    def _row_at(self, at: Place) -> int:
        marks = self._scene.mark_node
        if not len(marks) or len(self._screen) <= marks.max():
            return -1
        k = self._indexed(marks).nearest(at)
        if k < 0:
            return -1
        node, n = int(marks[k]), self._scene.n_entries
        return node if node < n else self._scene.heads[node - n].row

    def _indexed(self, marks: NDArray[np.int32]) -> Index:
        """Marks by their place on the screen; made when the pointer first asks about a picture."""
        about, index = self._index
        if about[0] is not self._scene or about[1] is not self._screen:
            reach = np.maximum(REACH, self._scene.mark_radius + 3.0)
            index = Index(np.take(self._screen, marks, axis=0), reach)
            self._index = (self._scene, self._screen), index
        return index

    def _model(self, entry_id: str) -> CardModel:
        row = next(k for k, e in enumerate(self._tables.entries) if e.id == entry_id)
        entry, bits = self._tables.entries[row], self._tables.bits_per_byte
        assert self._tracks is not None
        found = dict(zip(self._tracks.runs, self._tracks.marks, strict=True))
        own = found[entry.run or entry.label]
        owner, neighbours = self._details
        pairs = None
        if owner == entry_id and neighbours is not None:
            pairs = tuple((n, found.get(n.run or n.label, own)) for n in neighbours)
        return CardModel(entry, own, float(bits[row]) if row < len(bits) else np.nan, pairs)

    def _card_time(self) -> None:
        self._due = True
        self._wake()
