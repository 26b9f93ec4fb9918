"""Layer against layer of two models, painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen

from compute.core.numbers import count, plain
from explorer.plots.chart import CellGrid, outline
from explorer.plots.layers.places import BAR_W, Cells, apart, cells, named
from explorer.plots.layers.spec import Against, value_words
from explorer.plots.scales import Scale
from explorer.state.views import Unit
from explorer.theme.fonts import font
from explorer.theme.ramps import near_far

SCALE = Scale("symlog", 50.0, 0.25)
"""Layers are further apart than models: colours end where axes do."""
NAME_PX, RING, LEAST_RING = 11, 4.0, 1.8
DARK = 0.6
"""Places of the scale up to which colours are dark."""


class Matrix(CellGrid):
    """Rows are the layers of one model, columns those of the other."""

    def __init__(self) -> None:
        super().__init__("KL of each layer of one model to each of another")
        self._found: Against | None = None
        self._names = ("", "")
        self._factor = 1.0

    def show_against(self, found: Against, names: tuple[str, str], unit: Unit) -> None:
        """Other models, or the same in another unit."""
        self._found, self._names, self._factor = found, names, unit.factor
        self.update()

    def shape(self) -> tuple[int, int]:
        return self._size

    def cell_at(self, at: QPointF) -> tuple[int, int]:
        return self.place.at(at.x(), at.y(), *self._size)

    @property
    def _size(self) -> tuple[int, int]:
        found = self._found
        return found.kl.shape if found is not None else (0, 0)

    @property
    def place(self) -> Cells:
        return cells(self.width(), self.height(), *self._size)

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Names of layers and of the colour scale, in pixels: for tests."""
        return [*((rect, words) for rect, words, _ in self._labels()), *self._ticks()]

    def _ticks(self) -> list[tuple[QRectF, str]]:
        """The values of the colour scale, where there is one."""
        found, c = self._found, self.place
        if found is None or c.written:
            return []
        high = c.high * len(found.a.ids)
        ticks = Scale("symlog", SCALE.top, SCALE.share, self._factor).ticks(0.0, 1.0)
        ys = [c.y + (1 - place) * high for place, _ in ticks]
        m = QFontMetricsF(font(NAME_PX))
        return [
            (QRectF(c.bar + BAR_W + 4, max(ys[k] - 7, 0.0), m.horizontalAdvance(ticks[k][1]), 14),
             ticks[k][1])
            for k in apart(ys)
        ]  # fmt: skip

    def _labels(self) -> list[tuple[QRectF, str, str]]:
        """Where the names of layers stand, and the entry of each."""
        found, c = self._found, self.place
        if found is None:
            return []
        m = QFontMetricsF(font(NAME_PX))
        out = []
        for i in named(len(found.a.ids), c.high):
            words = str(found.a.layers[i])
            wide = m.horizontalAdvance(words)
            rect = QRectF(c.x - 8 - wide, c.y + (i + 0.5) * c.high - 7, wide, 14)
            out.append((rect, words, found.a.ids[i]))
        for j in named(len(found.b.ids), c.wide, self._room(found)):
            words = str(found.b.layers[j])
            wide = m.horizontalAdvance(words)
            x = c.x + (j + 0.5) * c.wide - wide / 2
            rect = QRectF(x, c.y + c.high * len(found.a.ids) + 4, wide, 14)
            out.append((rect, words, found.b.ids[j]))
        return out

    def _room(self, found: Against) -> float:
        return QFontMetricsF(font(NAME_PX)).horizontalAdvance(str(found.b.last)) + 8

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.tokens.canvas))
        if self._found is not None:
            self._paint_cells(painter, self._found)
            self._paint_bar(painter, len(self._found.a.ids))
            self._paint_names(painter, self._found)
        painter.end()

    def _paint_cells(self, painter: QPainter, found: Against) -> None:
        c, table = self.place, near_far()
        rows, columns = found.kl.shape
        codes = SCALE.places(found.kl) * (len(table) - 1)
        for i in range(rows):
            for j in range(columns):
                if codes[i, j] == codes[i, j]:
                    colour = QColor(*table[int(codes[i, j])].tolist())
                    painter.fillRect(self._rect(c, i, j), colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if c.written:
            self._paint_values(painter, c, found, codes / len(table))
        else:
            for i, j in enumerate(found.nearest):
                self._ring(painter, c, i, j, dark=codes[i, j] < DARK * len(table))
        i, j = self.cell
        if 0 <= i < rows and j < columns:
            outline(painter, self._rect(c, i, j))

    def _paint_values(
        self, painter: QPainter, c: Cells, found: Against, places: NDArray[np.float64]
    ) -> None:
        """Every value; the nearest of each row in bold."""
        for i, near in enumerate(found.nearest):
            for j in range(found.kl.shape[1]):
                if places[i, j] == places[i, j]:
                    painter.setFont(font(NAME_PX, 700 if j == near else 400))
                    painter.setPen(QColor("#FFFFFF" if places[i, j] < DARK else "#000000"))
                    value = float(found.kl[i, j]) * self._factor
                    words = count(round(value)) if value >= 1000 else plain(value)
                    painter.drawText(self._rect(c, i, j), Qt.AlignmentFlag.AlignCenter, words)

    def _paint_bar(self, painter: QPainter, rows: int) -> None:
        """The colour scale: near below, far above, as everywhere."""
        c, table = self.place, near_far()
        if c.written:
            return
        high = c.high * rows
        for y in range(round(high)):
            code = int((1 - y / max(high, 1)) * (len(table) - 1))
            painter.fillRect(QRectF(c.bar, c.y + y, BAR_W, 1), QColor(*table[code].tolist()))
        painter.setFont(font(NAME_PX))
        painter.setPen(QColor(self.tokens.text3))
        for rect, words in self._ticks():
            painter.drawText(rect.adjusted(0, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def _ring(self, painter: QPainter, c: Cells, i: int, j: int, *, dark: bool) -> None:
        """The nearest column of a row."""
        if j < 0:
            return
        radius = min(RING, max(0.3 * min(c.wide, c.high), LEAST_RING))
        painter.setPen(QPen(QColor("#FFFFFF" if dark else "#000000"), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(self._rect(c, i, j).center(), radius, radius)

    def _rect(self, c: Cells, i: int, j: int) -> QRectF:
        x0, x1 = (round(c.x + k * c.wide) for k in (j, j + 1))
        y0, y1 = (round(c.y + k * c.high) for k in (i, i + 1))
        return QRectF(x0, y0, x1 - x0, y1 - y0)

    def _paint_names(self, painter: QPainter, found: Against) -> None:
        c, k = self.place, self.tokens
        for rect, words, entry_id in self._labels():
            on = entry_id in self.marked
            painter.setFont(font(NAME_PX, 600 if on else 400))
            painter.setPen(QColor(k.text if on else k.text3))
            painter.drawText(rect.adjusted(-4, 0, 4, 0), Qt.AlignmentFlag.AlignCenter, words)
        painter.setFont(font(12, 500))
        painter.setPen(QColor(k.text2))
        metrics = QFontMetricsF(painter.font())
        rows, columns = found.kl.shape
        high, wide = c.high * rows, c.wide * columns
        foot = QRectF(4, c.y + high + 20, self.width() - 8, 16)
        words = metrics.elidedText(self._names[1], Qt.TextElideMode.ElideMiddle, foot.width())
        x = min(max(c.x + (wide - metrics.horizontalAdvance(words)) / 2, 4.0), foot.width())
        painter.drawText(QPointF(x, foot.y() + 12), words)
        painter.save()
        painter.translate(16, c.y + high / 2)
        painter.rotate(-90)
        room = self.height() - 12
        words = metrics.elidedText(self._names[0], Qt.TextElideMode.ElideMiddle, room)
        half = metrics.horizontalAdvance(words) / 2
        lowest = c.y + high / 2 - half
        painter.drawText(QPointF(-half + min(lowest - 2, 0), 0), words)
        painter.restore()


def words_of(found: Against, i: int, j: int, unit: Unit) -> str:
    """What is said of a cell."""
    a, b = found.a.layers[i], found.b.layers[j]
    value = value_words(found.kl[i, j], found.se[i, j], unit)
    return f"Layer {a} against layer {b}: {value} {unit.title}"
