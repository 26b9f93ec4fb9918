"""What the pointer rests on: hover, click, and the card that comes after a moment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from explorer.canvas.accents import Marked
from explorer.canvas.camera import nearest_segment
from explorer.canvas.card.spec import CardModel, Look, SegmentModel, segment_model
from explorer.canvas.card.view import card
from explorer.canvas.overlay import Sprite
from explorer.canvas.picking import Index
from explorer.canvas.region import inside
from explorer.state.dress import DOTTED, SHAPES, Palette, Tracks
from explorer.state.map import MapTables, Neighbour, SelectionState
from explorer.state.scene import Scene
from explorer.state.selection import choose, select
from explorer.theme.tokens import Tokens

CARD_MS = 120
REACH, SEGMENT_REACH, ON_MARK = 10.0, 5.0, 2.5

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
        self._row_of: dict[str, int] = {}
        self._ids = np.zeros(0, object)
        self._at: Place | None = None
        self._segment, self._held = -1, ""
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
        if tables.entries is not self._tables.entries:
            self._row_of = {e.id: k for k, e in enumerate(tables.entries)}
            self._ids = np.array([e.id for e in tables.entries], object)
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
        if had is None and at is None:
            return
        self._held = ""
        found, segment = ("", -1) if at is None else self._under(at)
        if (found, segment) == (self._selection.hovered, self._segment):
            return
        self._due = False
        self._clock.stop()
        if found or segment >= 0:
            self._clock.start()
        if segment != self._segment:
            self._segment = segment
            self._wake()
        self._selection.hovered = found

    def hold(self, entry_id: str) -> None:
        """Point at an entry without a pointer: its card stays until the pointer moves."""
        self._at, self._segment, self._held = None, -1, entry_id
        self._clock.start()
        self._selection.hovered = entry_id

    def click(self, at: Place, way: str = "replace") -> None:
        """``way`` is one of :data:`explorer.state.selection.WAYS`."""
        found = self.id_at(at)
        if way == "replace":
            select(self._selection, found)
        elif found:
            choose(self._selection, (found,), way)

    def enclose(self, outline: NDArray[np.float64], way: str) -> None:
        """Select what is drawn inside a closed outline, (P, 2) px, but for what is greyed."""
        n = self._scene.n_entries
        if len(self._screen) < n or not n:
            return
        found = inside(outline, self._screen[:n])
        found &= (self._marked.mark_of >= 0) & ~self._scene.greyed
        choose(self._selection, self._ids[found].tolist(), way)

    def id_at(self, at: Place) -> str:
        """Id of the entry whose mark is nearest within reach, or ""."""
        row = self._row_at(at)
        return self._tables.entries[row].id if 0 <= row < len(self._tables.entries) else ""

    def card(
        self, size: tuple[int, int], tokens: Tokens, palette: Palette, ratio: float
    ) -> tuple[Sprite, ...]:
        """The card beside the pointer, once it has rested long enough."""
        asked, at = self._selection.hovered, self._at
        if self._held and self._held == asked and asked in self._row_of:
            x, y, _ = self._screen[self._row_of[asked]]
            at = (float(x), float(y)) if np.isfinite(x) else None
        elif at is not None and asked and self._under(at)[0] != asked:
            return ()
        if not self._due or at is None or not (asked or self._segment >= 0):
            return ()
        key = (asked, self._segment, self._details, at, size, tokens, ratio, self._tables,
               self._scene)  # fmt: skip
        if key != self._made[0]:
            model = self._model(asked, palette) if asked else self._segment_model(self._segment)
            self._made = (key, card(model, at, size, tokens, ratio))
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

    def _under(self, at: Place) -> tuple[str, int]:
        """The entry at a place, else the step. A dotted step is there beside a mark too."""
        found = self.id_at(at)
        if found and (self._scene.n_jumps < 1 or self._on_mark(found, at)):
            return found, -1
        segment = self._segment_at(at)
        if found and not (segment >= 0 and self._scene.segment_kind[segment] & DOTTED):
            return found, -1
        return "", segment

    def _on_mark(self, entry_id: str, at: Place) -> bool:
        """Whether a place is on the mark of an entry, and not just near."""
        mark = self._marked.mark_of[self._row_of[entry_id]]
        x, y, _ = self._screen[self._scene.mark_node[mark]]
        return bool(np.hypot(x - at[0], y - at[1]) <= self._scene.mark_radius[mark] + ON_MARK)

    def _segment_at(self, at: Place) -> int:
        segments = self._scene.segments
        if not len(segments) or len(self._screen) <= segments.max():
            return -1
        return nearest_segment(self._screen, segments, at, SEGMENT_REACH)

    def _segment_model(self, segment: int) -> SegmentModel:
        node = int(self._scene.segments[segment, 0])
        n = self._scene.n_entries
        row = node if node < n else int(self._scene.head_a[node - n])
        return segment_model(self._scene, self._tables, segment, self._look(row))

    def _look(self, row: int) -> Look:
        r, g, b = (float(c) for c in self._scene.entry_colour[row])
        return Look((r, g, b), SHAPES[self._scene.entry_shape[row]])

    def _model(self, entry_id: str, palette: Palette) -> CardModel:
        row, faith = self._row_of[entry_id], self._tables.faith
        bits = self._tables.bits_per_byte
        assert self._tracks is not None
        found = dict(zip(self._tracks.runs, self._tracks.marks, strict=True))

        def look(near: Neighbour) -> Look:
            mark = found.get(near.run or near.label)
            if near.id in self._row_of:
                return self._look(self._row_of[near.id])
            return Look(palette.text3, "circle") if mark is None else Look(
                palette.of(mark), mark.shape
            )  # fmt: skip

        owner, neighbours = self._details
        pairs = None
        if owner == entry_id and neighbours is not None:
            pairs = tuple((n, look(n)) for n in neighbours)
        return CardModel(
            self._tables.entries[row],
            self._look(row),
            float(bits[row]) if row < len(bits) else np.nan,
            pairs,
            float(faith.trust[row]) if faith is not None else np.nan,
        )

    def _card_time(self) -> None:
        self._due = True
        self._wake()
