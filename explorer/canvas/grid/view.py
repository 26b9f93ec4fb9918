"""Draws the 2D grid as one-pixel rectangles, by clearing: the cheapest there is on any OpenGL."""

from __future__ import annotations

from vispy import gloo

from explorer.canvas.camera import View2D, Viewport
from explorer.canvas.grid.spec import Lattice, grid_2d


class GridView:
    """Vertical and horizontal hairlines, cleared through the scissor."""

    def draw(
        self,
        view: View2D,
        port: Viewport,
        lattice: Lattice,
        look: tuple[float, tuple[float, float, float]],
    ) -> None:
        """``look`` is (physical px per logical px, colour)."""
        ratio, colour = look
        xs, ys = grid_2d(view, port, lattice)
        width, height = round(port.width * ratio), round(port.height * ratio)
        thick = max(1, round(ratio))
        gloo.set_state(scissor_test=True)
        gloo.set_clear_color((*colour, 1.0))
        for x in xs:
            gloo.set_scissor(round(x * ratio), 0, thick, height)
            gloo.clear(color=True, depth=False, stencil=False)
        for y in ys:
            gloo.set_scissor(0, height - round(y * ratio) - thick, width, thick)
            gloo.clear(color=True, depth=False, stencil=False)
        gloo.set_state(scissor_test=False)
