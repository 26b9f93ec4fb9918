"""Cosines of pairs within a family beside random groups, a row for each kind, painted."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from compute.core.numbers import THIN, minus
from explorer.panels.parts import Themed
from explorer.plots.variants.places import AXIS, NAME, ROW, strip
from explorer.plots.variants.spec import KINDS, Alike
from explorer.theme import marks
from explorer.theme.fonts import font
from explorer.theme.tokens import mix

PX = 11
TICKS = (-1.0, 0.0, 1.0)


def cosine(value: float) -> str:
    """Two digits with a true minus."""
    return minus(f"{round(value, 2) + 0.0:.2f}") if math.isfinite(value) else "–"


def random_words(a: Alike) -> str:
    """Mean and spread of random groups; where every group is all of them there is no spread."""
    if not math.isfinite(a.random):
        return "–"
    spread = "" if a.size == a.n_models else f"{THIN}±{THIN}{a.sd:.2f}"
    return f"{cosine(a.random)}{spread}"


class Alikes(QWidget, Themed):
    """Dots are pairs within a family, the bar their mean; the diamond is the random control."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Cosines within families beside those of random groups")
        self._rows: tuple[Alike, ...] = ()

    def show_rows(self, rows: tuple[Alike, ...]) -> None:
        """Another answer."""
        self._rows = rows
        self.setFixedHeight(round(8 + ROW * max(len(rows), 1) + AXIS))
        said = "; ".join(
            f"{KINDS[a.kind]} {cosine(a.within)}, random {random_words(a)}" for a in rows
        )
        self.setAccessibleDescription(said)
        self.setToolTip("Dots: pairs of one family, with their mean. Diamond: mean of random "
                        "groups whatever their family, ± the SD of that mean.")  # fmt: skip
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, 8 + round(ROW) * 3 + round(AXIS))

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Names, numbers and ticks, in pixels: for tests."""
        m = QFontMetricsF(font(PX))
        s = strip(self.width())
        out = []
        for k, a in enumerate(self._rows):
            name, y = KINDS[a.kind], s.y(k) - 7
            said = m.elidedText(name, Qt.TextElideMode.ElideRight, NAME - 8)
            wide = m.horizontalAdvance(said)
            out.append((QRectF(NAME - 6 - wide, y, wide, 14), said))
            words = f"{cosine(a.within)} | {random_words(a)}"
            wide = m.horizontalAdvance(words)
            out.append((QRectF(self.width() - wide - 2, y, wide, 14), words))
        foot = 6 + ROW * len(self._rows)
        for value in TICKS if self._rows else ():
            words = minus(f"{value:.0f}")
            wide = m.horizontalAdvance(words)
            out.append((QRectF(s.x(value) - wide / 2, foot, wide, 14), words))
        if self._rows:
            words = "family | random"
            wide = m.horizontalAdvance(words)
            out.append((QRectF(self.width() - wide - 2, foot, wide, 14), words))
        return out

    def paintEvent(self, _event: QPaintEvent) -> None:
        k, s = self.tokens, strip(self.width())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(k.canvas))
        foot = 4 + ROW * len(self._rows)
        for value in TICKS if self._rows else ():
            painter.setPen(QColor(k.control if value == 0 else k.line))
            painter.drawLine(QPointF(s.x(value), 4), QPointF(s.x(value), foot))
        for row, a in enumerate(self._rows):
            self._row(painter, a, row)
        painter.setFont(font(PX))
        painter.setPen(QColor(k.text3))
        for rect, words in self.label_rects():
            painter.drawText(rect.adjusted(0, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()

    def _row(self, painter: QPainter, a: Alike, row: int) -> None:
        k, s = self.tokens, strip(self.width())
        y = s.y(row)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(k.canvas, k.text3, 0.6)))
        for at, value in enumerate(a.values):
            painter.drawEllipse(QPointF(s.x(value), y + 8 * (at * 0.618 % 1 - 0.5)), 1.6, 1.6)
        if math.isfinite(a.within):
            x = s.x(a.within)
            painter.fillRect(QRectF(x - 1.2, y - 8, 2.4, 16), QColor(k.text))
        if math.isfinite(a.random):
            x = s.x(a.random)
            if a.size != a.n_models:
                painter.setPen(QPen(QColor(k.accent), 2))
                painter.drawLine(QPointF(s.x(a.random - a.sd), y), QPointF(s.x(a.random + a.sd), y))
            marks.draw(painter, "diamond", QPointF(x, y), 4.4, k.accent)
            marks.draw(painter, "diamond", QPointF(x, y), 2.2, k.canvas)
