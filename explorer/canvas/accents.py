"""What follows pointer, selection and job: rings and grown points. Pure; restyles nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.canvas.surface_data import Accents
from explorer.state.map import SelectionState
from explorer.state.scene import HEAD_RIM, SHAPES, Palette, Rgb, Scene, Tracks

HOVER_HEAD, HOVER_DOT = 8.5, 4.5
SELECTED, SCORING, BIRTH = 12.0, 13.0, 13.0
RING, DASHED, CIRCLE = SHAPES.index("ring"), SHAPES.index("dashed"), 0


class _Rows:
    def __init__(self) -> None:
        self.rows: list[tuple[int, Rgb, float, float, int, bool]] = []

    def add(
        self, node: int, colour: Rgb, size: tuple[float, float], shape: int, *, hole: bool = False
    ) -> None:
        """``size`` is radius and rim, in px."""
        self.rows.append((node, colour, *size, shape, hole))

    def made(self, scale: float) -> Accents:
        if not self.rows:
            return Accents()
        nodes, colour, radius, rim, shape, hole = zip(*self.rows, strict=True)
        return Accents(
            np.array(nodes, np.int32),
            np.array(colour, np.float32),
            np.array(radius, np.float32) * np.float32(scale),
            np.array(rim, np.float32) * np.float32(scale),
            np.array(shape, np.int32),
            np.array(hole, bool),
        )


def accents(
    scene: Scene,
    tracks: Tracks,
    selection: SelectionState,
    palette: Palette,
    grown: NDArray[np.float32] | None,
) -> Accents:
    """Rings and points drawn over the rest, for nodes of ``scene``."""
    out = _Rows()
    wanted = (selection.hovered, selection.selected, selection.scoring)
    rows = {e.id: k for k, e in enumerate(tracks.entries) if e.id in wanted} if any(wanted) else {}
    if grown is not None:
        _births(out, tracks, palette, grown)
    if selection.hovered in rows:
        _point(out, scene, tracks, palette, (rows[selection.hovered], HOVER_HEAD, HOVER_DOT))
    if selection.selected in rows:
        row = rows[selection.selected]
        if row != rows.get(selection.hovered, -1):
            _point(out, scene, tracks, palette, (row, 7.0, HOVER_DOT))
        out.add(_node(scene, row), palette.text, (SELECTED, 2.0), RING)
    _scoring(out, scene, tracks, palette, selection.scoring)
    return out.made(palette.mark_scale)


def _node(scene: Scene, row: int) -> int:
    """The head that covers an entry, or the entry itself."""
    found = (h.node for h in scene.heads if h.row == row and _covers(scene, h.node))
    return next(found, row)


def _covers(scene: Scene, node: int) -> bool:
    return bool(scene.head_t[node - scene.n_entries] == 0)


def _point(
    out: _Rows, scene: Scene, tracks: Tracks, palette: Palette, how: tuple[int, float, float]
) -> None:
    row, head, dot = how
    mark = tracks.marks[tracks.run_of[row]]
    node = _node(scene, row)
    is_head, hole = node >= scene.n_entries, bool(tracks.partial[row])
    shape = SHAPES.index(mark.shape) if is_head else CIRCLE
    size = head if is_head else dot
    out.add(node, palette.of(mark), (size, HEAD_RIM), shape, hole=hole)


def _scoring(out: _Rows, scene: Scene, tracks: Tracks, palette: Palette, asked: str) -> None:
    """A dashed ring around the head of the run that is being scored."""
    if not asked:
        return
    run = next((e.run or e.label for e in tracks.entries if e.id == asked), asked)
    for head in scene.heads:
        if head.run == run:
            out.add(head.node, palette.of(head.mark), (SCORING, 1.5), DASHED)


def _births(out: _Rows, tracks: Tracks, palette: Palette, grown: NDArray[np.float32]) -> None:
    """A ring that grows to 13 px and fades, around every new entry."""
    for row in np.flatnonzero(grown < 1):
        share = float(grown[row])
        colour = palette.of(tracks.marks[tracks.run_of[row]])
        r, g, b = (c + (k - c) * share for c, k in zip(colour, palette.canvas, strict=True))
        out.add(int(row), (r, g, b), (BIRTH * share, 1.5), RING)
