"""All shifts from one origin, painted: how far and which way each kind goes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from explorer.panels.parts import Themed
from explorer.plots.scales import words as tick
from explorer.plots.variants.places import LEGEND, Disc, beside, disc, rings
from explorer.plots.variants.spec import KINDS, OTHER, Made
from explorer.state.map import RunMark
from explorer.state.views import Unit
from explorer.theme import marks
from explorer.theme.fonts import font
from explorer.theme.tokens import mix

PX, NEAR, GREY, CLEAR = 11, 14.0, 0.18, 30.0
MOST_MARKS = 100


@dataclass(frozen=True, eq=False)
class Fan:
    """What is drawn: shifts with their ends, sqrt(bits/byte); ``shapes`` of what they are made by.

    Those of ``greyed`` ids stand back.
    """

    made: tuple[Made, ...]
    tips: tuple[tuple[float, float], ...]
    shapes: Mapping[str, str]
    runs: Mapping[str, RunMark]
    unit: Unit
    greyed: frozenset[str] = frozenset()


class Arrows(QWidget, Themed):
    """``pointed`` and ``pressed`` carry the row of a shift, -1 = none."""

    pointed = Signal(int)
    pressed = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 200)
        self.setAccessibleName("Shifts of all variants from one origin")
        self.fan = Fan((), (), {}, {}, Unit("bits/byte"))
        self._marked, self._hovered, self._at = frozenset[str](), "", -1

    def show_fan(self, fan: Fan) -> None:
        """Draw these."""
        self.fan, self._at = fan, -1
        self.update()

    def show_marked(self, chosen: frozenset[str], hovered: str) -> None:
        """What is selected and pointed at in any view."""
        if (chosen, hovered) != (self._marked, self._hovered):
            self._marked, self._hovered = chosen, hovered
            self.update()

    @property
    def place(self) -> Disc:
        return disc(self.width(), self.height(), self.fan.tips)

    # -- words ------------------------------------------------------------------------------------

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Names of shifts, values of rings and the legend, in pixels: for tests."""
        out = [(QRectF(*box), words) for box, words in self._ring_words()]
        out += [(QRectF(*box), self._name(k)) for k, box in self._names().items()]
        return out + [(rect, words) for rect, words, _ in self._legend()]

    def _ring_words(self) -> list[tuple[tuple[float, float, float, float], str]]:
        d, m = self.place, QFontMetricsF(font(PX))
        out: list[tuple[tuple[float, float, float, float], str]] = []
        for kl in self._rings():
            words = tick(float(f"{kl * self.fan.unit.factor:.3g}"))
            wide, r = m.horizontalAdvance(words) + 6, d.scale * math.sqrt(kl)
            ways = ((0, r), (0, -r), (r, 0), (-r, 0), (0.6 * r, 0.8 * r), (0.6 * r, -0.8 * r))
            for dx, dy in ways:
                x, y = d.x + dx - wide / 2, d.y + dy - 7.5
                if 0 <= y <= self.height() - LEGEND - 15 and 0 <= x <= self.width() - wide:
                    out.append(((x, y, wide, 15.0), words))
                    break
        return out

    def _rings(self) -> tuple[float, ...]:
        longest = max((math.hypot(*t) for t in self.fan.tips), default=0.0)
        return rings(longest, self.fan.unit.factor)

    def _order(self) -> list[int]:
        """Those that are marked first, then the longest."""
        f = self.fan
        return sorted(range(len(f.made)), key=lambda k: (
            not self._is_marked(k), f.made[k].id in f.greyed, -math.hypot(*f.tips[k])))  # fmt: skip

    def _is_marked(self, k: int) -> bool:
        return self.fan.made[k].id in self._marked or self.fan.made[k].id == self._hovered

    def _names(self) -> dict[int, tuple[float, float, float, float]]:
        d, m = self.place, QFontMetricsF(font(PX))
        order = [k for k in self._order()[:200] if self._is_named(k)]
        ends = [d.at(self.fan.tips[k]) for k in order]
        widths = [m.horizontalAdvance(self._name(k)) + 1 for k in order]
        room = (2.0, 2.0, self.width() - 4.0, self.height() - LEGEND - 4.0)
        taken = [box for box, _ in self._ring_words()]
        taken += [(x - 4, y - 4, 8.0, 8.0) for x, y in ends[:MOST_MARKS]]
        found = beside(ends, widths, (d.x, d.y), room, taken)
        return {order[k]: box for k, box in found.items()}

    def _is_named(self, k: int) -> bool:
        return self._is_marked(k) or self.place.scale * math.hypot(*self.fan.tips[k]) > CLEAR

    def _name(self, k: int) -> str:
        m = self.fan.made[k]
        return m.label if m.what == m.kind else f"{m.parent} {m.what}"

    def _legend(self) -> list[tuple[QRectF, str, str]]:
        """(rectangle of the words, words, shape)."""
        m, x = QFontMetricsF(font(PX)), 4.0
        out = []
        for what, shape in self.fan.shapes.items():
            if what == KINDS["null"]:
                continue
            wide = m.horizontalAdvance(what)
            if x + 18 + wide > self.width():
                break
            out.append((QRectF(x + 16, self.height() - 20, wide, 15), what, shape))
            x += wide + 34
        return out

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self.tokens.canvas))
        painter.setFont(font(PX))
        if self.fan.made:
            self._paint_rings(painter)
            for k in reversed(self._order()):
                self._paint_arrow(painter, k)
            halo = QColor(self.tokens.canvas)
            halo.setAlphaF(0.8)
            for k, box in self._names().items():
                rect = QRectF(*box).adjusted(0, 0, 3, 0)
                painter.fillRect(QRectF(*box), halo)
                painter.setPen(QColor(self.tokens.text if self._is_marked(k) else
                                      self.tokens.text2))  # fmt: skip
                painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._name(k))
            self._paint_legend(painter)
        painter.end()

    def _paint_rings(self, painter: QPainter) -> None:
        d, k = self.place, self.tokens
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setClipRect(QRectF(0, 0, self.width(), self.height() - LEGEND))
        painter.setPen(QPen(QColor(k.line), 1))
        for kl in self._rings():
            r = d.scale * math.sqrt(kl)
            painter.drawEllipse(QPointF(d.x, d.y), r, r)
        for box, words in self._ring_words():
            painter.fillRect(QRectF(*box), QColor(k.canvas))
            painter.setPen(QColor(k.text3))
            painter.drawText(QRectF(*box), Qt.AlignmentFlag.AlignCenter, words)
        painter.setClipping(False)
        marks.draw(painter, "circle", QPointF(d.x, d.y), 3.0, k.text)

    def _paint_arrow(self, painter: QPainter, k: int) -> None:
        f, d, t = self.fan, self.place, self.tokens
        m = f.made[k]
        colour = marks.colour_of(f.runs.get(m.run, OTHER).colour, t)
        marked = self._is_marked(k)
        if not marked and (m.id in f.greyed):
            colour = mix(t.canvas, colour, GREY)
        end = QPointF(*d.at(f.tips[k]))
        painter.setPen(QPen(QColor(colour), (2.6 if marked else 1.4) * t.line_scale))
        painter.drawLine(QPointF(d.x, d.y), end)
        what = KINDS["null"] if m.kind == "null" else m.what
        if marked:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.text), 2))
            painter.drawEllipse(end, 9, 9)
        marks.draw(painter, f.shapes.get(what, "circle"), end, 4.4 * t.mark_scale, colour)

    def _paint_legend(self, painter: QPainter) -> None:
        for rect, words, shape in self._legend():
            at = QPointF(rect.left() - 9, rect.center().y())
            marks.draw(painter, shape, at, 4.2, self.tokens.text2)
            painter.setPen(QColor(self.tokens.text2))
            painter.drawText(rect.adjusted(0, 0, 3, 0), Qt.AlignmentFlag.AlignVCenter, words)

    # -- hands ------------------------------------------------------------------------------------

    def row_at(self, at: QPointF) -> int:
        """The shift whose end is under a place, -1 = none."""
        d = self.place
        far = [math.hypot(x - at.x(), y - at.y()) for x, y in map(d.at, self.fan.tips)]
        k = min(range(len(far)), key=far.__getitem__, default=-1)
        return k if k >= 0 and far[k] <= NEAR else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._at = self.row_at(event.position())
        self.pointed.emit(self._at)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        k = self.row_at(event.position())
        if k >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(k, event.modifiers())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        n, step = len(self.fan.made), {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        key = Qt.Key(event.key())
        if key in step and n:
            self._at = (self._at + step[key]) % n if self._at >= 0 else 0
            self.pointed.emit(self._at)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self.pressed.emit(self._at, event.modifiers())
        else:
            super().keyPressEvent(event)
