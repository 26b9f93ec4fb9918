"""The cells by OpenGL: a vispy program over textures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget
from vispy import gloo

from explorer.canvas.gl import Drawing, problem
from explorer.plots.heatmap.cells import HATCH_SHARE, Cells, Look, Raster
from explorer.plots.heatmap.spec import BELOW, TILE, Codes
from explorer.plots.heatmap.tiles import MOST, Key, reach
from explorer.theme.tokens import rgb

SIDE = 16
"""Tiles of the atlas in a row and a column."""
HATCH_PX = 6.0
CORNER = np.dtype([("a_cell", np.float32, 2), ("a_uv", np.float32, 2)])
VERTEX = """
attribute vec2 a_cell;      // column, row
attribute vec2 a_uv;
uniform vec3 u_window;      // first column, first row, cells across
varying vec2 v_uv;

void main() {
    vec2 at = (a_cell - u_window.xy) / u_window.z;
    gl_Position = vec4(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y, 0.0, 1.0);
    v_uv = a_uv;
}
"""
PLAIN = """
uniform sampler2D u_cells;
varying vec2 v_uv;

void main() {
    gl_FragColor = texture2D(u_cells, v_uv);
}
"""
HATCHED = """
uniform sampler2D u_cells;  // colours; alpha 0 = hatched
uniform vec3 u_canvas;
uniform vec3 u_hatch;
uniform float u_step;       // physical px between two lines of the hatch, along x
varying vec2 v_uv;

void main() {
    gl_FragColor = texture2D(u_cells, v_uv);
    if (gl_FragColor.a < 0.5) {
        float at = mod(gl_FragCoord.x - gl_FragCoord.y, u_step) / u_step;
        gl_FragColor = vec4(at < 0.2 ? u_hatch : u_canvas, 1.0);
    }
}
"""


def make(parent: QWidget, failed: Callable[[str], None]) -> Cells:
    """With OpenGL where a window can have it."""
    return Raster(parent) if problem() else Textured(parent, failed)


class _Rectangles:
    """Parts of a texture, drawn by one program."""

    def __init__(self, texture: gloo.Texture2D, fragment: str) -> None:
        self.program = gloo.Program(VERTEX, fragment)
        self.program["u_cells"] = texture
        self._corners: gloo.VertexBuffer | None = None
        self._n = 0

    def set(self, cells: NDArray[np.float32], uv: NDArray[np.float32]) -> None:
        corners = np.zeros((len(cells), 6), CORNER)
        for k, (x, y) in enumerate(((0, 1), (2, 1), (0, 3), (2, 1), (2, 3), (0, 3))):
            corners["a_cell"][:, k] = cells[:, (x, y)]
            corners["a_uv"][:, k] = uv[:, (x, y)]
        if self._corners is not None and self._n == len(cells):
            self._corners.set_data(corners.reshape(-1))
            return
        if self._corners is not None:
            self._corners.delete()
        self._corners, self._n = None, len(cells)
        if self._n:
            self._corners = gloo.VertexBuffer(corners.reshape(-1))
            self.program.bind(self._corners)

    def draw(self, window: tuple[float, float, float]) -> None:
        if self._n:
            self.program["u_window"] = window
            self.program.draw("triangles")

    def close(self) -> None:
        for part in (self.program, self._corners):
            if part is not None:
                part.delete()


class _Layer:
    """One texture of cells and the rectangles of it that are drawn; those with a hatch apart,
    whose pixels cost more."""

    def __init__(self, cells: NDArray[np.uint8] | tuple[int, int, int]) -> None:
        """``cells`` (h, w, 4) uint8, or their shape: then nothing is sent yet."""
        self.texture = gloo.Texture2D(cells, format="rgba", interpolation="nearest")
        self._plain = _Rectangles(self.texture, PLAIN)
        self._hatched = _Rectangles(self.texture, HATCHED)
        self._inks: tuple[object, ...] = ()

    def set_rectangles(
        self, cells: NDArray[np.float32], uv: NDArray[np.float32], hatched: NDArray[np.bool_]
    ) -> None:
        """(n, 4) each: x0, y0, x1, y1 in cells, and in shares of the texture; (n,) which of them
        have pairs below the noise floor."""
        self._plain.set(cells[~hatched], uv[~hatched])
        self._hatched.set(cells[hatched], uv[hatched])

    def draw(self, window: tuple[float, float, float], inks: tuple[object, object, float]) -> None:
        """``inks``: canvas and hatch as RGB, and the physical px between two lines."""
        if inks != self._inks:
            self._inks = inks
            for name, value in zip(("u_canvas", "u_hatch", "u_step"), inks, strict=True):
                self._hatched.program[name] = value
        self._plain.draw(window)
        self._hatched.draw(window)

    def close(self) -> None:
        for part in (self._plain, self._hatched):
            part.close()
        self.texture.delete()


class Textured:
    """Owns the canvas. ``failed`` is called with a sentence when drawing raises, once."""

    def __init__(self, parent: QWidget, failed: Callable[[str], None]) -> None:
        self._drawing = Drawing(parent, self._on_draw, failed)
        self.native: QWidget = self._drawing.native
        self._look: Look | None = None
        self._overview: _Layer | None = None
        self._atlas: _Layer | None = None
        self._slots: dict[Key, tuple[int, Codes, bool]] = {}
        self._drawn: tuple[object, ...] = ()
        self._of: object = None

    def show(self, look: Look) -> None:
        self._look = look
        self.native.update()

    def _on_draw(self, physical_width: int) -> None:
        if self._look is not None:
            self._draw(self._look, physical_width)

    def _draw(self, look: Look, physical_width: int) -> None:
        gloo.set_state(blend=False, depth_test=False, cull_face=False)
        gloo.set_clear_color((0.0, 0.0, 0.0, 1.0))  # vispy clears alpha with it after drawing
        self._take_overview(look)
        self._take_tiles(look)
        ratio = physical_width / max(self.native.width(), 1)
        inks = (rgb(look.canvas), _mixed(look), HATCH_PX * ratio * 2**0.5)
        window = (look.window.x, look.window.y, look.window.span)
        for layer in (None if look.covered else self._overview, self._atlas):
            if layer is not None:
                layer.draw(window, inks)

    def _take_overview(self, look: Look) -> None:
        if look.overview is self._of and self._overview is not None:
            return
        self._of = look.overview
        if self._overview is not None:
            self._overview.close()
        self._overview = _Layer(look.colours[look.overview])
        part = look.n / look.stride / len(look.overview)
        self._overview.set_rectangles(
            np.array([[0, 0, look.n, look.n]], np.float32),
            np.array([[0, 0, part, part]], np.float32),
            np.array([bool((look.overview == BELOW).any())]),
        )

    def _take_tiles(self, look: Look) -> None:
        if not look.tiles:
            if self._atlas is not None and self._drawn:
                none = np.zeros((0, 4), np.float32)
                self._atlas.set_rectangles(none, none, np.zeros(0, bool))
                self._drawn = ()
            return
        if self._atlas is None:
            self._atlas = _Layer((SIDE * TILE, SIDE * TILE, 4))
        tiles = look.tiles[-MOST:]
        names = tuple((key, id(codes)) for key, codes in tiles)
        if names == self._drawn:
            return
        self._drawn = names
        cells, uv = np.zeros((2, len(tiles), 4), np.float32)
        colours, used = look.colours, {key for key, _ in tiles}
        for k, (key, codes) in enumerate(tiles):
            slot = self._slot(key, codes, colours, used)
            row, column = divmod(slot, SIDE)
            cells[k] = x0, y0, x1, y1 = reach(key, look.n)
            wide, high = ((b - a) / (1 << key[0]) for a, b in ((x0, x1), (y0, y1)))
            at = np.array([column * TILE, row * TILE, column * TILE + wide, row * TILE + high])
            uv[k] = at / (SIDE * TILE)
        hatched = np.array([self._slots[key][2] for key, _ in tiles])
        self._atlas.set_rectangles(cells, uv, hatched)

    def _slot(self, key: Key, codes: Codes, colours: NDArray[np.uint8], used: set[Key]) -> int:
        """Where a tile lies in the atlas, sent there if it is new."""
        if key in self._slots and self._slots[key][1] is codes:
            return self._slots[key][0]
        if key in self._slots:
            slot = self._slots[key][0]
        elif len(self._slots) < SIDE * SIDE:
            slot = len(self._slots)
        else:
            old = next(k for k in self._slots if k not in used)
            slot = self._slots.pop(old)[0]
        self._slots[key] = slot, codes, bool((codes == BELOW).any())
        row, column = divmod(slot, SIDE)
        assert self._atlas is not None
        self._atlas.texture.set_data(colours[codes], offset=(row * TILE, column * TILE))
        return slot

    def close(self) -> None:
        """Free the textures; the widget dies with its parent."""
        self._drawing.close(self._free if self._overview is not None else None)

    def _free(self) -> None:
        for layer in (self._overview, self._atlas):
            if layer is not None:
                layer.close()


def _mixed(look: Look) -> tuple[float, float, float]:
    """The hatch over the canvas at its share."""
    a, b, c = (
        x + (y - x) * HATCH_SHARE for x, y in zip(rgb(look.canvas), rgb(look.hatch), strict=True)
    )
    return a, b, c
