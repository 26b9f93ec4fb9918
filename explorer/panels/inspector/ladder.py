"""The ladder of reference scales, painted."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.panels.inspector import spec
from explorer.panels.parts import Themed
from explorer.state.many import Many
from explorer.state.map import NO_MARK, InspectorModel, RunMark
from explorer.theme import fonts, marks
from explorer.theme.tokens import mix

HEIGHT = 286
LEFT_SHARE, RUNG, NAME_GAP = 0.435, 9.0, 19.0
HATCH = 6
STALE = 0.55


class LadderView(QWidget, Themed):
    """Rungs at the right of a log spine, neighbours at its left."""

    def __init__(self) -> None:
        super().__init__()
        self._found = spec.ladder(None, HEIGHT)
        self._marks: Mapping[str, RunMark] = {}
        self._stale = False
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Ladder of reference distances")

    def show_model(self, model: InspectorModel | None, of_runs: Mapping[str, RunMark]) -> None:
        self._marks = of_runs
        self._show(spec.ladder(model, HEIGHT))

    def show_many(self, many: Many | None) -> None:
        """Medians with their quartiles."""
        self._show(spec.many_ladder(many, HEIGHT))

    def _show(self, found: spec.Ladder) -> None:
        self._found = found
        words = [f"{p.name} {p.kl:.3g}" for p in found.places]
        self.setAccessibleDescription("KL in bits/byte: " + ", ".join(words))
        self.update()

    def set_stale(self, *, stale: bool) -> None:
        """Faint: these are the values of what was shown before."""
        self._stale = stale
        self.update()

    def layout_now(self) -> spec.Ladder:
        return self._found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(STALE if self._stale else 1.0)
        found, x = self.layout_now(), round(self.width() * LEFT_SHARE) + 0.5
        self._floor(painter, found, x)
        self._spine(painter, found, x)
        for rung in found.rungs:
            self._rung(painter, rung, x)
        for place in found.places:
            self._place(painter, place, x)
        painter.end()

    def _spine(self, painter: QPainter, found: spec.Ladder, x: float) -> None:
        painter.setPen(QPen(QColor(self.tokens.control), 1.5))
        painter.drawLine(QPointF(x, found.top - EXTRA), QPointF(x, found.bottom))
        for y in found.decades:
            painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))

    def _floor(self, painter: QPainter, found: spec.Ladder, x: float) -> None:
        if found.floor is None:
            return
        area = QRectF(x - 5, found.floor, 10, found.bottom - found.floor)
        painter.save()
        painter.setClipRect(area)
        painter.setPen(QPen(QColor(mix(self.tokens.panel, self.tokens.text3, 0.55)), 1))
        y = area.top()
        while y < area.bottom() + area.width():
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y - area.width()))
            y += HATCH
        painter.restore()
        painter.setFont(fonts.font(11))
        painter.setPen(QColor(self.tokens.text3))
        painter.drawText(QPointF(x + NAME_GAP, found.bottom), "noise floor, measured")

    def _rung(self, painter: QPainter, rung: spec.Rung, x: float) -> None:
        k = self.tokens
        painter.setPen(QPen(QColor(k.control), 1))
        bend = [(x, rung.y), (x + RUNG, rung.y), (x + NAME_GAP - 3, rung.y_name)]
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in bend]))
        painter.setFont(fonts.font(11))
        painter.setPen(QColor(k.text2))
        painter.drawText(QPointF(x + NAME_GAP, rung.y_name + 4), rung.name)
        painter.setPen(QColor(k.text3))
        box = QRectF(self.width() - 50, rung.y_name - 8, 50, 16)
        painter.drawText(box, _RIGHT, rung.value)

    def _place(self, painter: QPainter, place: spec.Place, x: float) -> None:
        k = self.tokens
        mark = self._marks.get(place.run, NO_MARK)
        hue = getattr(k, place.token) if place.token else marks.colour_of(mark.colour, k)
        colour = QColor(hue)
        tall = max(3.0, place.y_low - place.y_high)
        middle = (place.y_low + place.y_high) / 2
        painter.fillRect(QRectF(x - 3, middle - tall / 2, 6, tall), colour)
        painter.setPen(QPen(colour, 1.5))
        bend = [(x - 17, place.y_name), (x - 11, place.y_name), (x - 3, place.y)]
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in bend]))
        at = QPointF(x - 23, place.y_name)
        marks.draw(painter, mark.shape, at, 4.0, hue)
        face = fonts.font(11, 600)
        painter.setFont(face)
        painter.setPen(QColor(k.text))
        words = QFontMetricsF(face).elidedText(place.name, Qt.TextElideMode.ElideMiddle, x - 36)
        box = QRectF(0, place.y_name - 8, x - 32, 16)
        painter.drawText(box, _RIGHT, words)


EXTRA = 6.0
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
