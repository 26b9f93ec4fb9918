"""The vispy program of the marks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from explorer.canvas import shaders
from explorer.canvas.marks import spec
from explorer.canvas.program import Program


class MarksView:
    """Point sprites of any size and shape, in a given order. Uploads only what is set.

    While all of them are round they go through a shader of their own, which is far cheaper on
    software OpenGL; both programs read the same buffers.
    """

    def __init__(self) -> None:
        buffers = (gloo.VertexBuffer(), gloo.VertexBuffer())
        self._buffers, self._index = buffers, gloo.IndexBuffer()
        self._round, self._shaped = (
            Program(shaders.MARK_VERTEX, fragment, buffers, self._index)
            for fragment in (shaders.DOT_FRAGMENT, shaders.MARK_FRAGMENT)
        )
        self._program, self._n = self._round, 0

    def set_style(
        self,
        colour: NDArray[np.float32],
        radius: NDArray[np.float32],
        rim: NDArray[np.float32],
        shape: NDArray[np.int32],
        hole: NDArray[np.bool_],
    ) -> None:
        self._n = len(radius)
        self._program = self._shaped if shape.any() else self._round
        if self._n:
            self._buffers[1].set_data(spec.styles(colour, radius, rim, shape, hole))

    def set_rows(
        self,
        rows: NDArray[np.int64],
        colour: NDArray[np.float32],
        radius: NDArray[np.float32],
        rim: NDArray[np.float32],
        shape: NDArray[np.int32],
        hole: NDArray[np.bool_],
    ) -> None:
        """New style of a few marks, whose shapes stay."""
        made = spec.styles(colour, radius, rim, shape, hole)
        for k, row in enumerate(rows.tolist()):
            self._buffers[1].set_subdata(made[k : k + 1], offset=row)

    def set_places(self, nodes: NDArray[np.float32], rows: NDArray[np.int32]) -> None:
        if len(rows):
            self._buffers[0].set_data(spec.places(nodes, rows))

    def sort(self, w: NDArray[np.float64] | None, rows: NDArray[np.int32]) -> None:
        """Far ones first by ``w`` (K,) of the nodes, or as they come (None)."""
        order = np.arange(len(rows)) if w is None else np.argsort(-w[rows], kind="stable")
        if len(order):
            self._index.set_data(order.astype(np.uint32))

    def draw(self, uniforms: dict[str, Any]) -> None:
        if self._n:
            self._program.draw("points", uniforms)

    def close(self) -> None:
        for thing in (self._round, self._shaped, *self._buffers, self._index):
            thing.delete()
