"""Draws the 2D grid as rectangles a pixel wide, all of them in one draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from explorer.canvas import shaders
from explorer.canvas.camera import View2D, Viewport
from explorer.canvas.grid import spec

PLACE = np.dtype([("a_clip", np.float32, 2)])


class GridView:
    """Vertical and horizontal hairlines. Uploads them when they have moved.

    A program draws as many vertices as its buffer had when it was bound, so it is bound again
    when there are more or fewer lines.
    """

    def __init__(self) -> None:
        self._program = gloo.Program(shaders.GRID_VERTEX, shaders.GRID_FRAGMENT)
        self._places = gloo.VertexBuffer()
        self._key: tuple[object, ...] = ()
        self._n = self._n_bound = 0

    def draw(
        self,
        view: View2D,
        port: Viewport,
        lattice: spec.Lattice,
        look: tuple[float, tuple[float, float, float]],
    ) -> None:
        """``look`` is (physical px per logical px, colour)."""
        ratio, colour = look
        if (view, port, lattice, ratio) != self._key:
            self._key = view, port, lattice, ratio
            self._set(spec.rectangles(spec.grid_2d(view, port, lattice), port, ratio))
        if not self._n:
            return
        if self._n_bound != self._n:
            self._program.bind(self._places)
            self._n_bound = self._n
        self._program["u_colour"] = colour
        self._program.draw("triangles")

    def _set(self, corners: NDArray[np.float32]) -> None:
        self._n = len(corners)
        if self._n:
            self._places.set_data(np.ascontiguousarray(corners).view(PLACE).reshape(-1))

    def close(self) -> None:
        self._program.delete()
        self._places.delete()
