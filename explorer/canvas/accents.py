"""What follows pointer, selection and job: rings and grown points. Pure; restyles nothing else.

Nothing here goes through entries one by one: 100,000 selected points cost a few array operations,
once for each change of the selection.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from compute.core.tables import Entry
from explorer.canvas.surface_data import Accents
from explorer.state.dress import SHAPES, Palette, Rgb, Tracks
from explorer.state.scene import Scene

HEAD_GROWTH, DOT_GROWTH, CHOSEN_GROWTH = 1.5, 2.2, 1.8
RIM, CHOSEN_RIM, RING_GAP = 1.5, 1.5, 5.0
SELECTED, SCORING, BIRTH = 12.0, 13.0, 13.0
FEW = 1000
RING, DASHED, CIRCLE = SHAPES.index("ring"), SHAPES.index("dashed"), 0


@dataclass(frozen=True, eq=False)
class Picks:
    """Rows of entries: -1 = none. ``chosen`` (C,) are all that are selected.

    ``scoring`` are the nodes of the heads of what is being scored.
    """

    hovered: int = -1
    selected: int = -1
    chosen: NDArray[np.int64] = field(default_factory=lambda: _no_rows())
    scoring: NDArray[np.int64] = field(default_factory=lambda: _no_rows())


@dataclass(frozen=True, eq=False)
class Marked:
    """Which mark of a scene shows each entry, (K,) int64: its own or the head that covers it.

    -1 = none: such an entry is hidden and gets no accent. ``row`` (M,) is the entry of each mark.
    """

    mark_of: NDArray[np.int64]
    row: NDArray[np.int64]

    @staticmethod
    def of(scene: Scene) -> Marked:
        n = scene.n_entries
        entry = scene.mark_node.astype(np.int64)
        head = entry >= n
        entry[head] = scene.head_a[entry[head] - n]
        covers = ~head
        covers[head] = scene.head_t[scene.mark_node[head] - n] == 0
        found = np.full(n, -1, np.int64)
        found[entry[covers]] = np.flatnonzero(covers)
        return Marked(found, entry)


def accents(
    scene: Scene,
    marked: Marked,
    picks: Picks,
    palette: Palette,
    grown: NDArray[np.float32] | None = None,
) -> Accents:
    """Rings and points drawn over the rest, for nodes of ``scene``; later ones lie on top."""
    parts = [] if grown is None else [_births(scene, marked, palette, grown)]
    if len(picks.chosen) > 1:
        many = marked.mark_of[picks.chosen]
        parts.append(_outlined(scene, marked, many[many >= 0], palette))
    for row, grows in ((picks.selected, False), (picks.hovered, True)):
        mark = int(marked.mark_of[row]) if 0 <= row < scene.n_entries else -1
        if mark >= 0:
            parts.append(_grown(scene, marked, mark, palette, grows=grows))
            if row == picks.selected:
                parts.append(_ring(scene, mark, palette))
    if len(picks.scoring):
        parts.append(_scoring(scene, picks.scoring, palette))
    return _joined([p for p in parts if len(p.nodes)])


class Follower:
    """Makes the accents again only when something in them has changed."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._growing = False
        self._scene, self._marked = Scene(), Marked.of(Scene())
        self._entries: tuple[Entry, ...] = ()
        self._row_of: dict[str, int] = {}
        self._chosen: tuple[object, NDArray[np.int64]] = (None, _no_rows())

    def accents(
        self,
        scene: Scene,
        tracks: Tracks,
        picks: tuple[str, str, frozenset[str], str],
        palette: Palette,
        grown: NDArray[np.float32] | None,
    ) -> Accents | None:
        """None = as before. ``picks``: hovered, selected, all selected (ids); the run scored."""
        key = (scene, tracks.entries, picks, palette)
        same = len(self._key) == len(key) and all(
            a is b or (i > 1 and a == b)
            for i, (a, b) in enumerate(zip(key, self._key, strict=True))
        )
        if same and grown is None and not self._growing:
            return None
        self._key, self._growing = key, grown is not None
        if scene is not self._scene:
            self._scene, self._marked = scene, Marked.of(scene)
        if tracks.entries is not self._entries:
            self._entries, self._chosen = tracks.entries, (None, _no_rows())
            self._row_of = {e.id: k for k, e in enumerate(tracks.entries)}
        hovered, selected, chosen, scoring = picks
        row = self._row_of.get
        heads = _heads_of(scene, tracks, scoring) if scoring else _no_rows()
        found = Picks(row(hovered, -1), row(selected, -1), self._rows(chosen), heads)
        return accents(scene, self._marked, found, palette, grown)

    @property
    def chosen(self) -> NDArray[np.int64]:
        """Rows of all that is selected, as of the last :meth:`accents`."""
        return self._chosen[1]

    def row(self, entry_id: str) -> int:
        """Row of an entry, -1 where it is not on the map."""
        return self._row_of.get(entry_id, -1)

    def _rows(self, chosen: frozenset[str]) -> NDArray[np.int64]:
        if chosen is not self._chosen[0]:
            if len(chosen) > FEW:
                ids = (e.id for e in self._entries)
                mask = np.fromiter(map(chosen.__contains__, ids), bool, len(self._entries))
                rows = np.flatnonzero(mask)
            else:
                found = [self._row_of[i] for i in chosen if i in self._row_of]
                rows = np.sort(np.array(found, np.int64))
            self._chosen = chosen, rows
        return self._chosen[1]


def _heads_of(scene: Scene, tracks: Tracks, run: str) -> NDArray[np.int64]:
    """Nodes of the heads of a run."""
    runs = tracks.run_of[scene.head_a]
    number = tracks.runs.index(run) if run in tracks.runs else -1
    return scene.n_entries + np.flatnonzero(runs == number)


def _no_rows() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


def _colour(scene: Scene, marked: Marked, at: NDArray[np.int64]) -> NDArray[np.float32]:
    """The full colour of marks, which age has faded; what is greyed stays so. (A, 3)."""
    row = marked.row[at]
    return np.where(scene.greyed[row, None], scene.mark_colour[at], scene.entry_colour[row])


def _grown(scene: Scene, marked: Marked, mark: int, palette: Palette, *, grows: bool) -> Accents:
    """One mark drawn again over the others: larger under the pointer, and where it is a dot."""
    is_head = bool(scene.mark_node[mark] >= scene.n_entries)
    more = (HEAD_GROWTH if grows else 0.0) if is_head else DOT_GROWTH
    at = np.array([mark])
    return Accents(
        scene.mark_node[at],
        _colour(scene, marked, at),
        scene.mark_radius[at] + np.float32(more * palette.mark_scale),
        np.full(1, RIM * palette.mark_scale, np.float32),
        scene.mark_shape[at],
        scene.mark_hole[at],
    )


def _ring(scene: Scene, mark: int, palette: Palette) -> Accents:
    radius = max(SELECTED * palette.mark_scale, float(scene.mark_radius[mark]) + RING_GAP)
    return _rings(scene.mark_node[mark : mark + 1], palette.text, radius, 2.0, RING)


def _rings(
    nodes: NDArray[np.integer], colour: Rgb, radius: float, rim: float, shape: int
) -> Accents:
    n = len(nodes)
    return Accents(
        nodes.astype(np.int32),
        np.broadcast_to(np.asarray(colour, np.float32), (n, 3)),
        np.full(n, radius, np.float32),
        np.full(n, rim, np.float32),
        np.full(n, shape, np.int32),
        np.zeros(n, bool),
    )


def _scoring(scene: Scene, nodes: NDArray[np.int64], palette: Palette) -> Accents:
    """Dashed rings around heads, each in the colour of its run."""
    made = _rings(nodes, palette.text, SCORING * palette.mark_scale, RIM, DASHED)
    return replace(made, colour=scene.entry_colour[scene.head_a[nodes - scene.n_entries]])


def _outlined(scene: Scene, marked: Marked, at: NDArray[np.int64], palette: Palette) -> Accents:
    """Marks ``at``, larger and with a rim of text colour: a disc under each of them."""
    scale = np.float32(palette.mark_scale)
    radius = scene.mark_radius[at] + np.float32(CHOSEN_GROWTH) * scale
    inner = _colour(scene, marked, at)
    colour = np.stack([np.broadcast_to(palette.text, inner.shape), inner], axis=1)
    return Accents(
        np.repeat(scene.mark_node[at], 2),
        colour.reshape(-1, 3).astype(np.float32),
        np.stack([radius + np.float32(CHOSEN_RIM) * scale, radius], axis=1).ravel(),
        np.zeros(2 * len(at), np.float32),
        np.repeat(scene.mark_shape[at], 2),
        np.stack([np.zeros(len(at), bool), scene.mark_hole[at]], axis=1).ravel(),
    )


def _births(scene: Scene, marked: Marked, palette: Palette, grown: NDArray[np.float32]) -> Accents:
    """A ring that grows to 13 px and fades, around every new entry."""
    rows = np.flatnonzero((grown < 1) & (marked.mark_of >= 0))
    share, at = grown[rows, None], marked.mark_of[rows]
    colour = scene.entry_colour[rows]
    n = len(rows)
    return Accents(
        scene.mark_node[at],
        (colour + (np.asarray(palette.canvas, np.float32) - colour) * share).astype(np.float32),
        BIRTH * palette.mark_scale * grown[rows],
        np.full(n, RIM * palette.mark_scale, np.float32),
        np.full(n, RING, np.int32),
        np.zeros(n, bool),
    )


def _joined(parts: list[Accents]) -> Accents:
    if not parts:
        return Accents()
    fields = ("nodes", "colour", "radius", "rim", "shape", "hole")
    return Accents(*(np.concatenate([getattr(p, name) for p in parts]) for name in fields))
