"""The cells: a vispy program over textures of codes, or QPainter where there is no OpenGL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from vispy import app, gloo

from explorer.canvas.surface import problem, words
from explorer.plots.heatmap.layout import Window
from explorer.plots.heatmap.spec import TILE, TOP_CODE, Codes
from explorer.plots.heatmap.tiles import MOST, Key, reach
from explorer.theme.tokens import rgb

SIDE = 16
"""Tiles of the atlas in a row and a column."""
HATCH_PX, HATCH_SHARE = 6.0, 0.55
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
FRAGMENT = """
uniform sampler2D u_codes;
uniform sampler2D u_table;
uniform vec3 u_canvas;
uniform vec3 u_hatch;
uniform float u_step;       // physical px between two lines of the hatch, along x
varying vec2 v_uv;

void main() {
    float code = floor(texture2D(u_codes, v_uv).r * 255.0 + 0.5);
    if (code > 254.5) {
        float at = mod(gl_FragCoord.x - gl_FragCoord.y, u_step) / u_step;
        gl_FragColor = vec4(at < 0.2 ? u_hatch : u_canvas, 1.0);
    } else {
        gl_FragColor = vec4(texture2D(u_table, vec2((code + 0.5) / 256.0, 0.5)).rgb, 1.0);
    }
}
"""


@dataclass(frozen=True, eq=False)
class Look:
    """What is drawn. ``table`` (255, 3) uint8 are the colours of codes; ``tiles`` lie over the
    overview, which holds every ``stride``-th of ``n`` rows. Colours are ``#RRGGBB``."""

    window: Window
    n: int
    overview: Codes
    stride: int
    table: NDArray[np.uint8]
    tiles: tuple[tuple[Key, Codes], ...] = ()
    canvas: str = "#000000"
    hatch: str = "#808080"


class Cells(Protocol):
    """Draws a :class:`Look` in its widget."""

    native: QWidget

    def show(self, look: Look) -> None: ...
    def close(self) -> None: ...


def make(parent: QWidget, failed: Callable[[str], None]) -> Cells:
    """With OpenGL where a window can have it."""
    return Raster(parent) if problem() else Textured(parent, failed)


# ---------------------------------------------------------------- QPainter


def paint(painter: QPainter, rect: QRectF, look: Look) -> None:
    """The cells in a rectangle, never smoothed."""
    painter.save()
    painter.setClipRect(rect)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.fillRect(rect, QColor(look.canvas))
    hatch = QColor(look.hatch)
    painter.fillRect(rect, QBrush(hatch, Qt.BrushStyle.BDiagPattern))
    window, scale = look.window, rect.width() / look.window.span

    def put(codes: Codes, area: tuple[float, float, float, float], stride: int) -> None:
        x0, y0, x1, y1 = area
        target = QRectF(rect.x() + (x0 - window.x) * scale, rect.y() + (y0 - window.y) * scale,
                        (x1 - x0) * scale, (y1 - y0) * scale)  # fmt: skip
        source = QRectF(0, 0, (x1 - x0) / stride, (y1 - y0) / stride)
        painter.drawImage(target, _image(codes, look.table), source)

    n = look.n
    put(look.overview, (0, 0, n, n), look.stride)
    for key, codes in look.tiles:
        put(codes, reach(key, n), 1 << key[0])
    painter.restore()


def _image(codes: Codes, table: NDArray[np.uint8]) -> QImage:
    high, wide = codes.shape
    padded = np.zeros((high, -(-wide // 4) * 4), np.uint8)
    padded[:, :wide] = codes
    image = QImage(padded.data, wide, high, padded.shape[1], QImage.Format.Format_Indexed8)
    colours = [0xFF000000 | r << 16 | g << 8 | b for r, g, b in table.tolist()]
    image.setColorTable([*colours, 0])
    return image.copy()


class Raster(QWidget):
    """The same picture without OpenGL."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.native: QWidget = self
        self._look: Look | None = None

    def show(self, look: Look | None = None) -> None:  # type: ignore[override]
        if look is None:
            super().show()
            return
        self._look = look
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._look is not None:
            painter = QPainter(self)
            paint(painter, QRectF(self.rect()), self._look)
            painter.end()

    def close(self) -> bool:
        self._look = None
        return super().close()


# ---------------------------------------------------------------- OpenGL


class _Canvas(app.Canvas):
    """A vispy canvas as a child widget that only forwards drawing."""

    def __init__(self, parent: QWidget, draw: Callable[[], None]) -> None:
        super().__init__(keys=None, config={"samples": 0}, autoswap=False, dpi=96.0)
        self._forward = draw
        self.native.setParent(parent)

    def on_draw(self, _event: Any) -> None:
        self._forward()

    def on_resize(self, event: Any) -> None:
        gloo.set_viewport(0, 0, *event.physical_size)


class _Layer:
    """One texture of codes and the rectangles of it that are drawn."""

    def __init__(self, codes: Codes) -> None:
        self.texture = gloo.Texture2D(codes[..., None], format="luminance", interpolation="nearest")
        self.program = gloo.Program(VERTEX, FRAGMENT)
        self.program["u_codes"] = self.texture
        self._corners: gloo.VertexBuffer | None = None
        self._n = 0

    def set_rectangles(self, cells: NDArray[np.float32], uv: NDArray[np.float32]) -> None:
        """(n, 4) each: x0, y0, x1, y1 in cells, and in shares of the texture."""
        corners = np.zeros((len(cells), 6), CORNER)
        for k, (x, y) in enumerate(((0, 1), (2, 1), (0, 3), (2, 1), (2, 3), (0, 3))):
            corners["a_cell"][:, k] = cells[:, (x, y)]
            corners["a_uv"][:, k] = uv[:, (x, y)]
        if self._corners is None or self._n != len(cells):
            if self._corners is not None:
                self._corners.delete()
            self._corners = gloo.VertexBuffer(corners.reshape(-1))
            self.program.bind(self._corners)
            self._n = len(cells)
        else:
            self._corners.set_data(corners.reshape(-1))

    def draw(self) -> None:
        if self._n:
            self.program.draw("triangles")

    def close(self) -> None:
        for part in (self.program, self.texture, self._corners):
            if part is not None:
                part.delete()


class Textured:
    """Owns the canvas. ``failed`` is called with a sentence when drawing raises, once."""

    def __init__(self, parent: QWidget, failed: Callable[[str], None]) -> None:
        app.use_app("pyside6")
        self._failed, self._broken = failed, False
        self._canvas: _Canvas | None = _Canvas(parent, self._on_draw)
        self.native: QWidget = self._canvas.native
        self._look: Look | None = None
        self._overview: _Layer | None = None
        self._atlas: _Layer | None = None
        self._table: gloo.Texture2D | None = None
        self._slots: dict[Key, tuple[int, Codes]] = {}
        self._drawn: tuple[object, ...] = ()
        self._of: object = None
        self._colours: object = None
        self._sent: dict[str, Any] = {}

    def show(self, look: Look) -> None:
        self._look = look
        self.native.update()

    def _on_draw(self) -> None:
        if self._broken or self._canvas is None or self._look is None:
            return
        try:
            self._draw(self._look)
        except Exception as e:  # a driver's refusal, in whatever type it comes
            self._broken = True
            self._failed(words(e))

    def _draw(self, look: Look) -> None:
        assert self._canvas is not None
        gloo.set_state(blend=False, depth_test=False, cull_face=False)
        gloo.clear(color=(*rgb(look.canvas), 1.0), depth=False)
        self._take_overview(look)
        self._take_tiles(look)
        ratio = self._canvas.physical_size[0] / max(self.native.width(), 1)
        step = HATCH_PX * ratio * 2**0.5
        window = (look.window.x, look.window.y, look.window.span)
        for layer in (self._overview, self._atlas):
            if layer is not None:
                layer.program["u_window"] = window
                self._set(layer, "u_canvas", rgb(look.canvas))
                self._set(layer, "u_hatch", _mixed(look))
                self._set(layer, "u_step", step)
                layer.draw()

    def _set(self, layer: _Layer, name: str, value: Any) -> None:
        key = f"{id(layer)} {name}"
        if self._sent.get(key) != value:
            layer.program[name] = self._sent[key] = value

    def _take_overview(self, look: Look) -> None:
        if look.table is not self._colours:
            self._colours = look.table
            full = np.zeros((1, 256, 3), np.uint8)
            full[0, : TOP_CODE + 1] = look.table
            if self._table is None:
                self._table = gloo.Texture2D(full, interpolation="nearest")
            else:
                self._table.set_data(full)
        if look.overview is self._of and self._overview is not None:
            return
        self._of = look.overview
        if self._overview is not None:
            self._overview.close()
        self._sent.clear()
        self._overview = _Layer(look.overview)
        self._overview.program["u_table"] = self._table
        part = look.n / look.stride / len(look.overview)
        self._overview.set_rectangles(
            np.array([[0, 0, look.n, look.n]], np.float32),
            np.array([[0, 0, part, part]], np.float32),
        )

    def _take_tiles(self, look: Look) -> None:
        if not look.tiles:
            if self._atlas is not None and self._drawn:
                self._atlas.set_rectangles(*(np.zeros((0, 4), np.float32),) * 2)
                self._drawn = ()
            return
        if self._atlas is None:
            self._atlas = _Layer(np.zeros((SIDE * TILE, SIDE * TILE), np.uint8))
            self._atlas.program["u_table"] = self._table
            self._sent.clear()
        tiles = look.tiles[-MOST:]
        names = tuple((key, id(codes)) for key, codes in tiles)
        if names == self._drawn:
            return
        self._drawn = names
        cells, uv = np.zeros((2, len(tiles), 4), np.float32)
        for k, (key, codes) in enumerate(tiles):
            slot = self._slot(key, codes, {key for key, _ in tiles})
            row, column = divmod(slot, SIDE)
            cells[k] = x0, y0, x1, y1 = reach(key, look.n)
            wide, high = ((b - a) / (1 << key[0]) for a, b in ((x0, x1), (y0, y1)))
            at = np.array([column * TILE, row * TILE, column * TILE + wide, row * TILE + high])
            uv[k] = at / (SIDE * TILE)
        self._atlas.set_rectangles(cells, uv)

    def _slot(self, key: Key, codes: Codes, used: set[Key]) -> int:
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
        self._slots[key] = slot, codes
        row, column = divmod(slot, SIDE)
        assert self._atlas is not None
        self._atlas.texture.set_data(
            np.ascontiguousarray(codes)[..., None], offset=(row * TILE, column * TILE)
        )
        return slot

    def close(self) -> None:
        """Free the textures; the widget dies with its parent."""
        if self._canvas is None:
            return
        canvas, self._canvas = self._canvas, None
        if self._overview is not None:
            canvas.set_current()
            for layer in (self._overview, self._atlas):
                if layer is not None:
                    layer.close()
            if self._table is not None:
                self._table.delete()
            canvas.context.flush_commands()
        canvas.close()
        self.native.setParent(None)
        self.native.deleteLater()


def _mixed(look: Look) -> tuple[float, float, float]:
    """The hatch over the canvas at its share."""
    a, b, c = (
        x + (y - x) * HATCH_SHARE for x, y in zip(rgb(look.canvas), rgb(look.hatch), strict=True)
    )
    return a, b, c
