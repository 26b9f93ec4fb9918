"""Cosines of the shifts, painted: which variants go the same way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
)

from compute.core.numbers import minus
from explorer.plots.chart import CellGrid, outline
from explorer.plots.variants.places import BAR, EDGE, GAP, NAME, STRIP, Cells, cells, stretches
from explorer.plots.variants.spec import KINDS, OTHER, Answer, Made
from explorer.state.map import RunMark
from explorer.theme import marks as shapes
from explorer.theme.fonts import font
from explorer.theme.ramps import signed
from explorer.theme.tokens import rgb

PX, LEAST = 11, 13.0


class Matrix(CellGrid):
    """Rows and columns are variants by kind, with the colours of their models beside them."""

    def __init__(self) -> None:
        super().__init__("Cosines of the shifts of all pairs of variants")
        self._answer: Answer | None = None
        self._runs: Mapping[str, RunMark] = {}

    def show_answer(self, answer: Answer, runs: Mapping[str, RunMark]) -> None:
        self._answer, self._runs = answer, runs
        self.update()

    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows)

    def cell_at(self, at: QPointF) -> tuple[int, int]:
        return self.place.at(at.x(), at.y(), len(self.rows))

    @property
    def rows(self) -> tuple[Made, ...]:
        """The variants that have a row."""
        a = self._answer
        return tuple(a.made[k] for k in a.shifted) if a is not None else ()

    @property
    def place(self) -> Cells:
        return cells(self.width(), self.height(), len(self.rows))

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Names of kinds and of the values of the scale, in pixels: for tests."""
        c, n = self.place, len(self.rows)
        m = QFontMetricsF(font(PX))
        out = []
        for s in stretches([r.kind for r in self.rows]):
            words = KINDS[s.kind]
            y = c.y + (s.start + s.stop) / 2 * c.side - 7
            if (s.stop - s.start) * c.side >= LEAST:
                wide = min(m.horizontalAdvance(words), NAME - EDGE)
                out.append((QRectF(NAME - EDGE - wide, y, wide, 14), words))
        high, x = n * c.side, self._bar_x(c, n)
        for value in (1, 0, -1) if high >= 40 else (1, -1):
            words = minus(str(value))
            y = c.y + (1 - value) / 2 * high - 7
            out.append((QRectF(x + BAR + 5, y, m.horizontalAdvance(words), 14), words))
        return out

    def _bar_x(self, c: Cells, n: int) -> float:
        return c.x + n * c.side + 2 * EDGE

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.tokens.canvas))
        if self._answer is not None and self.rows:
            self._paint_cells(painter, self._answer)
            self._paint_sides(painter)
            self._paint_words(painter)
        painter.end()

    def _paint_cells(self, painter: QPainter, answer: Answer) -> None:
        c, n = self.place, len(self.rows)
        painter.drawImage(QRectF(c.x, c.y, n * c.side, n * c.side), self._image(answer))
        painter.setPen(QPen(QColor(self.tokens.canvas), 2))
        for s in stretches([r.kind for r in self.rows])[1:]:
            at = s.start * c.side
            painter.drawLine(QPointF(c.x + at, c.y), QPointF(c.x + at, c.y + n * c.side))
            painter.drawLine(QPointF(c.x, c.y + at), QPointF(c.x + n * c.side, c.y + at))
        i, j = self.cell
        if 0 <= i < n and j < n:
            outline(painter, QRectF(c.x + j * c.side, c.y + i * c.side, c.side, c.side))

    def _image(self, answer: Answer) -> QImage:
        table = signed(dark=sum(rgb(self.tokens.canvas)) < 1.5)
        cos, n = answer.cosines, len(answer.cosines)
        known = np.isfinite(cos)
        at = np.rint(127.5 * (1 + np.where(known, cos, 0.0))).astype(np.intp)
        pixels = np.full((n, n, 4), 255, np.uint8)
        pixels[..., :3] = np.rint(255 * table[at])[..., ::-1]
        pixels[~known, :3] = [round(255 * v) for v in reversed(rgb(self.tokens.grid))]
        return QImage(pixels.data, n, n, 4 * n, QImage.Format.Format_RGB32).copy()

    def _paint_sides(self, painter: QPainter) -> None:
        """The colour of the model of each row; the kinds as a line; the scale of colours."""
        c, n = self.place, len(self.rows)
        k = self.tokens
        for t, row in enumerate(self.rows):
            colour = QColor(shapes.colour_of(self._runs.get(row.run, OTHER).colour, k))
            at = t * c.side
            painter.fillRect(QRectF(c.x - GAP - STRIP, c.y + at, STRIP, c.side), colour)
            painter.fillRect(QRectF(c.x + at, c.y - GAP - STRIP, c.side, STRIP), colour)
            if row.id in self.marked or row.base in self.marked:
                painter.fillRect(QRectF(c.x - 3, c.y + at, 2, c.side), QColor(k.text))
                painter.fillRect(QRectF(c.x + at, c.y - 3, c.side, 2), QColor(k.text))
        for s in stretches([r.kind for r in self.rows]):
            at, long = s.start * c.side, (s.stop - s.start) * c.side
            painter.fillRect(QRectF(NAME, c.y + at + 1, 1, long - 2), QColor(k.control))
        table = signed(dark=sum(rgb(k.canvas)) < 1.5)
        pixels = np.full((256, 1, 4), 255, np.uint8)
        pixels[:, 0, :3] = np.rint(255 * table[::-1])[:, ::-1]
        bar = QImage(pixels.data, 1, 256, 4, QImage.Format.Format_RGB32)
        painter.drawImage(QRectF(self._bar_x(c, n), c.y, BAR, n * c.side), bar)

    def _paint_words(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(PX))
        painter.setPen(QColor(self.tokens.text3))
        metrics = QFontMetricsF(painter.font())
        for rect, words in self.label_rects():
            said = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width() + 1)
            painter.drawText(rect.adjusted(0, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, said)


def words_of(answer: Answer, i: int, j: int) -> str:
    """What is said of a cell."""
    a, b = (answer.made[answer.shifted[k]] for k in (i, j))
    value = answer.cosines[i, j]
    said = (
        minus(f"{round(value, 2) + 0.0:.2f}")
        if np.isfinite(value)
        else "not defined: one of them is no shift"
    )
    return f"{a.label} and {b.label}: {said}"
