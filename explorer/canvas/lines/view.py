"""The vispy program of the lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from explorer.canvas import shaders
from explorer.canvas.lines import spec
from explorer.canvas.program import Program


class LinesView:
    """Segments with their own colour, width and kind. Uploads only what is set.

    Places, style and corners lie in buffers of their own, so that moving or recolouring the lines
    sends a part of them.
    """

    def __init__(self) -> None:
        self._places, self._styles, self._corners = (gloo.VertexBuffer() for _ in range(3))
        self._buffers, self._index = (self._places, self._styles, self._corners), gloo.IndexBuffer()
        self._program = Program(
            shaders.LINE_VERTEX, shaders.LINE_FRAGMENT, self._buffers, self._index
        )
        self._kind = np.zeros(0, np.uint8)
        self._rows = np.zeros(0, np.int64)

    def set_style(
        self,
        colour: NDArray[np.float32],
        width: NDArray[np.float32],
        kind: NDArray[np.uint8] | None = None,
    ) -> None:
        """Colours (S, 2, 3), widths (S, 2) in px; ``kind`` (S,) has bits of the spec."""
        kind = np.zeros(len(width), np.uint8) if kind is None else kind
        if not np.array_equal(kind, self._kind):
            self._kind, self._rows = kind, spec.rows_of(kind)
            if len(kind):
                self._corners.set_data(spec.corners(kind, self._rows))
        if len(width):
            self._styles.set_data(spec.styles(colour, width, self._rows))

    def set_rows(
        self, rows: NDArray[np.int64], colour: NDArray[np.float32], width: NDArray[np.float32]
    ) -> None:
        """New style of a few segments, in ascending order."""
        quads = np.flatnonzero(np.isin(self._rows, rows))
        made = spec.styles(colour, width, np.searchsorted(rows, self._rows[quads]))
        n = spec.CORNERS
        for k, quad in enumerate(quads.tolist()):
            self._styles.set_subdata(made[n * k : n * (k + 1)], offset=n * quad)

    def set_places(self, nodes: NDArray[np.float32], segments: NDArray[np.int32]) -> None:
        """After :meth:`set_style`, which knows how many quads there are."""
        if len(segments):
            self._places.set_data(spec.places(nodes, segments, self._rows))

    def sort(self, w: NDArray[np.float64] | None, segments: NDArray[np.int32]) -> None:
        """Far ones first by ``w`` (K,) of the nodes, or as they come (None)."""
        rows = self._rows
        order = np.arange(len(rows)) if w is None else spec.back_to_front(w, segments, rows)
        if len(order):
            self._index.set_data(spec.indices(order))

    def draw(self, uniforms: dict[str, Any], **more: Any) -> None:
        if len(self._rows):
            self._program.draw("triangles", {**uniforms, **more})

    def close(self) -> None:
        for thing in (self._program, *self._buffers, self._index):
            thing.delete()
