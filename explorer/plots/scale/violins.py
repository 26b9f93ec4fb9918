"""The picture: violins, points, medians, published values, painted by QPainter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from compute.core.numbers import count, plain
from explorer.panels.parts import Themed
from explorer.plots.scale.spec import (
    AXIS,
    FOOT,
    GRID,
    LEFT,
    RIGHT,
    TOP,
    Column,
    Row,
    columns,
    near_point,
    y_of,
)
from explorer.state.views import Unit
from explorer.theme import marks
from explorer.theme.tokens import Tokens, mix

COLOURS = {
    "later": 0, "early": 0, "seed": 2, "size": 2, "null": 6, "8-bit": 3, "4-bit": 3, "fine-tune": 4,
    "same-type": 7, "random": 7, "layer": 1,
}  # fmt: skip
"""Group -> number of a data colour; groups of one's own have the accent."""


@dataclass(frozen=True)
class Picture:
    """What is drawn. ``chosen`` is the group of the read-out, ``point`` (group, row) the one
    pointed at."""

    rows: tuple[Row, ...]
    unit: Unit
    published: bool
    chosen: str = ""
    selected: frozenset[str] = frozenset()
    point: tuple[str, int] = ("", -1)


class Violins(QWidget, Themed):
    """``pressed`` and ``pointed`` carry (group, row of the pair or -1)."""

    pressed = Signal(str, int)
    pointed = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Violins of KL by group")
        self.picture = Picture((), Unit("bits/byte"), published=True)
        self._under = ("", -1)

    def show_picture(self, picture: Picture) -> None:
        if picture != self.picture:
            self.picture = picture
            self.update()

    @property
    def layout_now(self) -> tuple[Column, ...]:
        return columns(self.picture.rows, self.width(), self.height())

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Names below the columns and values above the medians: for tests."""
        out = []
        name, small = QFontMetricsF(self._font(12, bold=True)), QFontMetricsF(self._font(11))
        for column in self.layout_now:
            for words, metrics, y in (
                (self._name(column), name, self.height() - FOOT + 8),
                (self._pairs(column), small, self.height() - FOOT + 24),
            ):
                wide = metrics.horizontalAdvance(words)
                out.append((QRectF(column.x - wide / 2, y, wide, 14), words))
            if column.row.n:
                words = plain(column.row.median * self.picture.unit.factor)
                wide = name.horizontalAdvance(words)
                rect = QRectF(column.x - wide / 2, column.text_y - 14, wide, 14)
                out.append((rect, words))
        return out

    def _name(self, column: Column) -> str:
        metrics = QFontMetricsF(self._font(12, bold=True))
        title, room = column.row.title, 2 * column.half - 6
        return metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)

    def _pairs(self, column: Column) -> str:
        n, metrics = column.row.n, QFontMetricsF(self._font(11))
        words = f"{count(n)} pair{'s' * (n != 1)}" if n else "none here"
        short = count(n) if n else "–"
        return words if metrics.horizontalAdvance(words) < 2 * column.half - 4 else short

    def _font(self, size: int, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(size)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.tokens.canvas))
        self._axis(painter)
        for column in self.layout_now:
            self._column(painter, column)
        painter.end()

    def _axis(self, painter: QPainter) -> None:
        k, h, w = self.tokens, float(self.height()), float(self.width())
        linear = float(y_of(AXIS.share, h))
        shade = QRectF(LEFT, linear, w - LEFT - RIGHT, h - FOOT - linear)
        painter.fillRect(shade, QColor(mix(k.canvas, k.grid, 0.55)))
        painter.setFont(self._font(k.tick))
        for place, words in AXIS.ticks(0.0, 1.0):
            value = AXIS.value(place) if place < 1 else AXIS.top
            words = plain_tick(value * self.picture.unit.factor, words, self.picture.unit)
            y = float(y_of(place, h))
            painter.setPen(QColor(k.grid))
            painter.drawLine(QPointF(LEFT, y), QPointF(w - RIGHT, y))
            painter.setPen(QColor(k.text3))
            painter.drawText(QRectF(0, y - 8, LEFT - 8, 16), _RIGHT, words)

    def _column(self, painter: QPainter, column: Column) -> None:
        k, row = self.tokens, column.row
        number = COLOURS.get(row.id)
        colour = k.accent if number is None else marks.colour_of(number, k)
        if row.id == self.picture.chosen:
            area = QRectF(column.x - column.half + 1, TOP - 8, 2 * column.half - 2,
                          self.height() - TOP + 4)  # fmt: skip
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(mix(k.canvas, k.selbg, 0.45)))
            painter.drawRoundedRect(area, 6, 6)
        self._violin(painter, column, colour)
        self._points(painter, column, colour)
        if row.n:
            self._median(painter, column)
        if self.picture.published and row.published is not None:
            self._theirs(painter, column, row.published)
        painter.setPen(QColor(k.text if row.n else k.text3))
        painter.setFont(self._font(12, bold=True))
        foot = QRectF(column.x - column.half, self.height() - FOOT + 7, 2 * column.half, 16)
        painter.drawText(foot, _CENTRE, self._name(column))
        painter.setFont(self._font(11))
        painter.setPen(QColor(k.text3))
        painter.drawText(foot.translated(0, 16), _CENTRE, self._pairs(column))

    def _violin(self, painter: QPainter, column: Column, colour: str) -> None:
        row, k = column.row, self.tokens
        if not len(row.density):
            return
        wide = min(0.62 * column.half, 46.0)
        ys = y_of(np.linspace(row.low, row.high, GRID), float(self.height()))
        path = QPainterPath(QPointF(column.x - wide * row.density[0], ys[0]))
        for d, y in zip(row.density[1:], ys[1:], strict=True):
            path.lineTo(column.x - wide * d, y)
        for d, y in zip(row.density[::-1], ys[::-1], strict=True):
            path.lineTo(column.x + wide * d, y)
        path.closeSubpath()
        painter.setPen(QPen(QColor(colour), 1.4))
        painter.setBrush(QColor(mix(k.canvas, colour, 0.32)))
        painter.drawPath(path)

    def _points(self, painter: QPainter, column: Column, colour: str) -> None:
        k, row = self.tokens, column.row
        painter.setPen(Qt.PenStyle.NoPen)
        for (x, y), pair, above in zip(column.points, column.pairs, column.above, strict=True):
            under = (row.id, int(pair)) == self.picture.point
            chosen = bool(self.picture.selected) and self.picture.selected.issuperset(row.ids[pair])
            painter.setBrush(QColor(k.text if under or chosen else colour))
            radius = 4.0 if under else 3.2 if chosen else 1.6 if len(row.density) else 3.0
            if above:
                marks.draw(painter, "triangle", QPointF(x, y), radius + 1.4, colour)
            else:
                painter.drawEllipse(QPointF(x, y), radius, radius)

    def _median(self, painter: QPainter, column: Column) -> None:
        k = self.tokens
        wide = min(0.66 * column.half, 48.0)
        painter.setPen(QPen(QColor(k.text), 2.4))
        painter.drawLine(QPointF(column.x - wide, column.median),
                         QPointF(column.x + wide, column.median))  # fmt: skip
        painter.setFont(self._font(12, bold=True))
        words = plain(column.row.median * self.picture.unit.factor)
        where = QRectF(column.x - column.half, column.text_y - 14, 2 * column.half, 14)
        painter.drawText(where, _CENTRE, words)

    def _theirs(self, painter: QPainter, column: Column, value: tuple[float, float]) -> None:
        k, h = self.tokens, float(self.height())
        x = column.x + (min(0.62 * column.half, 46.0) + 9.0) * (column.row.n > 0)
        x = min(x, column.x + column.half - 7)
        median, mean = (float(y_of(AXIS.places(v), h)) for v in value)
        painter.setPen(QPen(QColor(k.text2), 1.2))
        painter.drawLine(QPointF(x, median), QPointF(x, mean))
        painter.drawLine(QPointF(x - 4, mean), QPointF(x + 4, mean))
        painter.setBrush(QColor(k.canvas))
        diamond = [QPointF(x, median - 5), QPointF(x + 5, median), QPointF(x, median + 5),
                   QPointF(x - 5, median)]  # fmt: skip
        painter.setPen(QPen(QColor(k.text), 1.6))
        painter.drawPolygon(diamond)

    # -- hands ------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        found = near_point(self.layout_now, at.x(), at.y())
        if found != self._under:
            self._under = found
            self.pointed.emit(*found)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(*near_point(self.layout_now, at.x(), at.y()))

    def leaveEvent(self, event: object) -> None:
        self._under = ("", -1)
        self.pointed.emit("", -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        ids = [row.id for row in self.picture.rows]
        if not step or not ids:
            super().keyPressEvent(event)
            return
        at = ids.index(self.picture.chosen) if self.picture.chosen in ids else -1
        self.pressed.emit(ids[(at + step) % len(ids)], -1)

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)


def plain_tick(value: float, words: str, unit: Unit) -> str:
    """The tick as it is named in the unit; in bits/byte as it stands."""
    return words if unit.factor == 1.0 else plain(value)


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
