"""What an export draws: heading, the part that is looked at, and the colours as a bar."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.panels.parts import Themed
from explorer.plots.heatmap import cells, paint
from explorer.plots.heatmap.board import Board
from explorer.plots.heatmap.layout import frame
from explorer.plots.heatmap.spec import SYMLOG, TOP_CODE
from explorer.state.ladder import RUNGS
from explorer.state.views import Unit
from explorer.theme.fonts import font

TITLE_HIGH, FOOT_HIGH, BAR_HIGH, EDGE = 56, 66, 12, 20
SHARP = 2


@dataclass(frozen=True, slots=True)
class Heading:
    """Words above the picture."""

    title: str = ""
    subtitle: str = ""
    unit: Unit = field(default_factory=lambda: Unit("bits/byte"))


class Sheet(QWidget, Themed):
    """Never shown; as wide as the board, and higher."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.hide()
        self._board, self._heading = board, Heading()

    def compose(self, heading: Heading) -> None:
        """Take the size and the words."""
        self._heading = heading
        self.tokens = self._board.tokens
        size = self._board.size()
        self.resize(max(size.width(), 520), max(size.height(), 360) + TITLE_HIGH + FOOT_HIGH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        k, h = self.tokens, self._heading
        painter.fillRect(self.rect(), QColor(k.canvas))
        for words, y, px, weight, colour in (
            (h.title, 12, 15, 600, k.text), (h.subtitle, 33, 12, 400, k.text3),
        ):  # fmt: skip
            painter.setFont(font(px, weight))
            painter.setPen(QColor(colour))
            room = QRectF(EDGE, y, self.width() - 2 * EDGE, 20)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.translate(0, TITLE_HIGH)
        self._figure(painter)
        painter.translate(0, self.height() - TITLE_HIGH - FOOT_HIGH)
        self._bar(painter)
        painter.end()

    def _figure(self, painter: QPainter) -> None:
        b = self._board
        if b.look_of is None or not b.n:
            return
        high = self.height() - TITLE_HIGH - FOOT_HIGH
        place = frame(self.width(), high, b.figure.rows, paint.measure,
                      tree=b.figure.tree is not None, foot=bool(b.figure.note))  # fmt: skip
        marked = replace(b.marked, cell=(-1, -1), pair=None, cluster=None, other=-1)
        paint.paint_around(painter, place, b.figure, b.window_, marked, b.tokens)
        c = place.cells
        image = QImage(int(c.w) * SHARP, int(c.h) * SHARP, QImage.Format.Format_RGB32)
        inside = QPainter(image)
        cells.paint(inside, QRectF(image.rect()), b.look_of(b.window_))
        inside.end()
        painter.drawImage(QRectF(c.x, c.y, c.w, c.h), image)
        over = replace(marked, chosen=np.zeros(b.n, bool))
        paint.paint_over(painter, place, b.figure, b.window_, over, b.tokens)

    def _bar(self, painter: QPainter) -> None:
        """The colours, their values below, and the rungs that have room above."""
        b, k, factor = self._board, self.tokens, self._heading.unit.factor
        if b.look_of is None or not b.n:
            return
        table = b.look_of(b.window_).table
        wide, x0, y = self.width() - 2 * EDGE - 40.0, EDGE + 20.0, 22.0
        for code in range(TOP_CODE + 1):
            part = QRectF(
                x0 + wide * code / (TOP_CODE + 1), y, wide / (TOP_CODE + 1) + 0.6, BAR_HIGH
            )
            painter.fillRect(part, QColor(*table[code].tolist()))
        painter.setFont(font(11))
        painter.setPen(QColor(k.text3))
        for place, words in SYMLOG.ticks(0.0, 1.0):
            value = SYMLOG.value(place) if place < 1 else SYMLOG.top
            words = words if factor == 1.0 else f"{value * factor:.3g}"
            at = QRectF(x0 + wide * place - 30, y + BAR_HIGH + 3, 60, 14)
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, words)
        end = -1e9
        painter.setPen(QColor(k.text2))
        metrics = painter.fontMetrics()
        for name, kl in sorted(RUNGS, key=lambda rung: rung[1]):
            at = x0 + wide * float(SYMLOG.places(kl))
            half = metrics.horizontalAdvance(name) / 2
            if at - half > end + 8 and at + half < self.width():
                painter.drawText(QRectF(at - half - 2, 0, 2 * half + 4, 14),
                                 Qt.AlignmentFlag.AlignCenter, name)  # fmt: skip
                painter.drawLine(QPointF(at, 16), QPointF(at, y))
                end = at + half
