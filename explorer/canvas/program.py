"""One vispy program over given buffers, that tells the driver only what is new."""

from __future__ import annotations

from typing import Any

import numpy as np
from vispy import gloo


class Program:
    """Draws by an index. A uniform is sent when its value differs from the last one sent."""

    def __init__(
        self,
        vertex: str,
        fragment: str,
        buffers: tuple[gloo.VertexBuffer, ...],
        index: gloo.IndexBuffer,
    ) -> None:
        self._program, self._buffers = gloo.Program(vertex, fragment), buffers
        self._index = index
        self._sent: dict[str, Any] = {}
        self._bound = False

    def draw(self, mode: str, uniforms: dict[str, Any]) -> None:
        if not self._bound:
            for buffer in self._buffers:
                self._program.bind(buffer)
            self._bound = True
        for name, value in uniforms.items():
            if name not in self._sent or not np.array_equal(value, self._sent[name]):
                self._program[name] = self._sent[name] = value
        self._program.draw(mode, self._index)

    def delete(self) -> None:
        """Free the program; buffers and index are freed by who made them."""
        self._program.delete()
