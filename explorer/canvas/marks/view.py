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
    """Point sprites of any size, in a given order. Uploads only what is set.

    ``fragment`` is the shader of round ones, which is far cheaper on software OpenGL, or of any
    shape.
    """

    def __init__(self, fragment: str = shaders.MARK_FRAGMENT) -> None:
        self._places, self._styles = gloo.VertexBuffer(), gloo.VertexBuffer()
        buffers = (self._places, self._styles)
        self._program = Program(shaders.MARK_VERTEX, fragment, buffers)
        self._n = 0

    def set_style(
        self,
        colour: NDArray[np.float32],
        radius: NDArray[np.float32],
        rim: NDArray[np.float32],
        shape: NDArray[np.int32],
        hole: NDArray[np.bool_],
    ) -> None:
        self._n = len(radius)
        if self._n:
            self._styles.set_data(spec.styles(colour, radius, rim, shape, hole))

    def set_places(self, nodes: NDArray[np.float32], rows: NDArray[np.int32]) -> None:
        if len(rows):
            self._places.set_data(spec.places(nodes, rows))

    def sort(self, w: NDArray[np.float64] | None, rows: NDArray[np.int32]) -> None:
        """Far ones first by ``w`` (K,) of the nodes, or as they come (None)."""
        order = np.arange(len(rows)) if w is None else np.argsort(-w[rows], kind="stable")
        self._program.set_order(order.astype(np.uint32))

    def draw(self, uniforms: dict[str, Any]) -> None:
        if self._n:
            self._program.draw("points", uniforms)

    def close(self) -> None:
        self._program.close()
