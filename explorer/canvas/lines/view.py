"""The vispy program of the lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from explorer.canvas import shaders
from explorer.canvas.lines import spec


class LinesView:
    """Segments with their own colour and width at both ends. Uploads only what is set."""

    def __init__(self) -> None:
        self._program = gloo.Program(shaders.LINE_VERTEX, shaders.LINE_FRAGMENT)
        self._places, self._styles, self._index = (gloo.VertexBuffer() for _ in range(3))
        self._index = gloo.IndexBuffer()
        self._n, self._bound = 0, False

    def set_style(self, colour: NDArray[np.float32], width: NDArray[np.float32]) -> None:
        self._n = len(width)
        if self._n:
            self._styles.set_data(spec.styles(colour, width))

    def set_places(self, nodes: NDArray[np.float32], segments: NDArray[np.int32]) -> None:
        if len(segments):
            self._places.set_data(spec.places(nodes, segments))

    def set_order(self, order: NDArray[np.int64]) -> None:
        if len(order):
            self._index.set_data(spec.indices(order))

    def draw(self, uniforms: dict[str, Any], **more: Any) -> None:
        if not self._n:
            return
        if not self._bound:
            self._program.bind(self._places)
            self._program.bind(self._styles)
            self._bound = True
        for name, value in {**uniforms, **more}.items():
            self._program[name] = value
        self._program.draw("triangles", self._index)

    def close(self) -> None:
        for thing in (self._program, self._places, self._styles, self._index):
            thing.delete()
