"""The cells: a vispy program over textures, or QPainter where there is no OpenGL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.plots.heatmap.layout import Window
from explorer.plots.heatmap.spec import TOP_CODE, Codes
from explorer.plots.heatmap.tiles import Key, reach

HATCH_SHARE = 0.55


@dataclass(frozen=True, eq=False)
class Look:
    """What is drawn. ``table`` (255, 3) uint8 are the colours of codes; ``tiles`` lie over the
    overview, which holds every ``stride``-th of ``n`` rows; ``covered``: they leave nothing of it
    to be seen. Colours are ``#RRGGBB``."""

    window: Window
    n: int
    overview: Codes
    stride: int
    table: NDArray[np.uint8]
    tiles: tuple[tuple[Key, Codes], ...] = ()
    canvas: str = "#000000"
    hatch: str = "#808080"
    covered: bool = False

    @property
    def colours(self) -> NDArray[np.uint8]:
        """(256, 4) uint8 by code; alpha 0 = below the noise floor."""
        out = np.zeros((256, 4), np.uint8)
        out[: TOP_CODE + 1] = np.pad(self.table, ((0, 0), (0, 1)), constant_values=255)
        return out


class Cells(Protocol):
    """Draws a :class:`Look` in its widget."""

    native: QWidget

    def show(self, look: Look) -> None: ...
    def close(self) -> None: ...


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
