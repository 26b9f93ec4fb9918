"""The vispy program of the marks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from explorer.canvas import shaders
from explorer.canvas.marks import spec


class MarksView:
    """Point sprites in a given order. Uploads only what is set.

    ``fragment`` is the shader of dots, which costs a quarter on software OpenGL, or of any shape.
    """

    def __init__(self, fragment: str = shaders.MARK_FRAGMENT) -> None:
        self._program = gloo.Program(shaders.MARK_VERTEX, fragment)
        self._places, self._styles = gloo.VertexBuffer(), gloo.VertexBuffer()
        self._index = gloo.IndexBuffer()
        self._n, self._bound = 0, False

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

    def set_order(self, order: NDArray[np.int64]) -> None:
        if len(order):
            self._index.set_data(order.astype(np.uint32))

    def draw(self, uniforms: dict[str, Any]) -> None:
        if not self._n:
            return
        if not self._bound:
            self._program.bind(self._places)
            self._program.bind(self._styles)
            self._bound = True
        for name, value in uniforms.items():
            self._program[name] = value
        self._program.draw("points", self._index)

    def close(self) -> None:
        for thing in (self._program, self._places, self._styles, self._index):
            thing.delete()
