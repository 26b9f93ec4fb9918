"""The OpenGL half: sheets of lines and marks, drawn by the programs of the map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtWidgets import QWidget
from vispy import gloo

from explorer.canvas import shaders
from explorer.canvas.gl import Drawing
from explorer.canvas.lines.view import LinesView
from explorer.canvas.marks.view import MarksView
from explorer.canvas.program import Program
from explorer.plots.diffusion.axes import Rect
from explorer.plots.diffusion.ink import Sheet
from explorer.state.dress import Rgb

_CORNERS = np.dtype([("a_clip", np.float32, 2)])
_TRIANGLES = np.array([0, 1, 2, 2, 1, 3], np.uint32)


class _Fills:
    """Rectangles of one colour each."""

    def __init__(self) -> None:
        self._buffer = gloo.VertexBuffer(np.zeros(4, _CORNERS))
        self._index = gloo.IndexBuffer(_TRIANGLES)
        self._program = Program(
            shaders.GRID_VERTEX, shaders.GRID_FRAGMENT, (self._buffer,), self._index
        )

    def draw(self, rect: Rect, colour: Rgb, size: tuple[float, float]) -> None:
        x = 2 * np.array([rect.left, rect.right]) / size[0] - 1
        y = 1 - 2 * np.array([rect.top, rect.bottom]) / size[1]
        corners = np.zeros(4, _CORNERS)
        corners["a_clip"] = [(x[0], y[0]), (x[1], y[0]), (x[0], y[1]), (x[1], y[1])]
        self._buffer.set_data(corners)
        self._program.draw("triangles", {"u_colour": colour})

    def close(self) -> None:
        for thing in (self._program, self._buffer, self._index):
            thing.delete()


class _Layer:
    """Lines and marks of one sheet; sent when the sheet is another one."""

    def __init__(self) -> None:
        self.sheet = Sheet()
        self._sent: Sheet | None = None
        self._lines, self._marks = LinesView(), MarksView()

    def draw(self, uniforms: dict[str, Any], dashes: dict[str, Any]) -> None:
        if self.sheet is not self._sent:
            self._upload()
        self._lines.draw(uniforms, **dashes)
        self._marks.draw(uniforms)

    def _upload(self) -> None:
        s = self._sent = self.sheet
        n, m = len(s.ends), len(s.places)
        self._lines.set_style(
            np.broadcast_to(s.colour[:, None], (n, 2, 3)), np.repeat(s.width[:, None], 2, axis=1)
        )
        pairs = np.arange(2 * n, dtype=np.int32).reshape(n, 2)
        self._lines.set_places(_flat(s.ends.reshape(-1, 2)), pairs)
        self._lines.sort(None, pairs)
        rows = np.arange(m, dtype=np.int32)
        self._marks.set_style(s.marks, s.radius, s.rim, s.shape, np.zeros(m, bool))
        self._marks.set_places(_flat(s.places), rows)
        self._marks.sort(None, rows)

    def close(self) -> None:
        self._lines.close()
        self._marks.close()


def _flat(places: Any) -> Any:
    """(K, 2) to (K, 3): all at one depth."""
    return np.pad(places, ((0, 0), (0, 1)))


class Layers:
    """A vispy canvas of a few sheets, the first one lowest. ``native`` is the widget.

    ``failed`` is called with a sentence when drawing raises; then nothing is drawn any more.
    """

    def __init__(self, parent: QWidget, n: int, failed: Callable[[str], None]) -> None:
        self._n = n
        self._drawing = Drawing(parent, self._draw, failed)
        self.native: QWidget = self._drawing.native
        self._sheets: tuple[Sheet, ...] = (Sheet(),) * n
        self._layers: tuple[_Layer, ...] = ()
        self._fills: _Fills | None = None
        self._ground: Rgb = (0.0, 0.0, 0.0)

    def show(self, sheets: tuple[Sheet, ...], ground: Rgb) -> None:
        """Draw these from now on; what is the same object as before is not sent again."""
        self._sheets, self._ground = sheets, ground
        self.native.update()

    def _draw(self, physical_width: int) -> None:
        size = (max(self.native.width(), 1), max(self.native.height(), 1))
        ratio = physical_width / size[0]
        gloo.set_state(blend=True, depth_test=False, cull_face=False,
                       blend_func=("one", "one_minus_src_alpha"))  # fmt: skip
        gloo.clear(color=(*self._ground, 1.0), depth=False)
        if self._fills is None:
            self._fills, self._layers = _Fills(), tuple(_Layer() for _ in range(self._n))
        uniforms, dashes = _uniforms(size, ratio, self._ground)
        for layer, sheet in zip(self._layers, self._sheets, strict=True):
            layer.sheet = sheet
            for rect, colour in sheet.fills:
                self._fills.draw(rect, colour, size)
            layer.draw(uniforms, dashes)

    def close(self) -> None:
        """Free the programs and buffers; the widget dies with its parent."""
        self._drawing.close(self._free if self._fills is not None else None)

    def _free(self) -> None:
        for part in (self._fills, *self._layers):
            if part is not None:
                part.close()


def _uniforms(
    size: tuple[float, float], ratio: float, ground: Rgb
) -> tuple[dict[str, Any], dict[str, Any]]:
    """px of the view to clip space, flat and without mist."""
    matrix = np.zeros((4, 4), np.float32)
    matrix[0, 0], matrix[0, 3] = 2 / size[0], -1
    matrix[1, 1], matrix[1, 3] = -2 / size[1], 1
    matrix[3, 3] = 1
    shared = {
        "u_matrix": matrix.T,
        "u_half": (size[0] * ratio / 2, size[1] * ratio / 2),
        "u_ratio": ratio,
        "u_canvas": ground,
        "u_fog": (0.0, 1.0, 0.0),
    }
    return shared, {"u_flat": (0.0, 0.0, 0.0, 0.0), "u_shadow": ground, "u_dash": (1.0, 1.0)}
