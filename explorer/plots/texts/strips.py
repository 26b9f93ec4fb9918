"""How surprised each model is, token by token: two strips in the colours of the runs."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.panels.parts import Themed
from explorer.plots.texts import spec
from explorer.plots.texts.stretches import Stretch
from explorer.state.map import RunMark
from explorer.theme import fonts, marks
from explorer.theme.tokens import mix

TOP, BAR, GAP, LEAST_PX = 26, 24, 8, 3.4
HEIGHT = TOP + 2 * BAR + GAP + 10
MOST_NATS = 10.0
"""Surprise at which a token is as bright as it gets."""


def n_shown(n: int, width: float) -> int:
    """How many tokens have room, of ``n``."""
    return min(n, max(1, int(width / LEAST_PX)))


def brightness(nats: float) -> float:
    """Share of the run's colour for a token of so many nats."""
    return 0.0 if not math.isfinite(nats) else 0.08 + 0.92 * min(1.0, -nats / MOST_NATS)


class Strips(QWidget, Themed):
    """``pointed`` carries the stretch under the pointer, -1 = none."""

    pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFixedHeight(HEIGHT)
        self._names = ("", "")
        self._marks: tuple[RunMark | None, RunMark | None] = (None, None)
        self._nats = (math.nan, math.nan)
        self._stretches: tuple[Stretch, ...] = ()
        self._at, self._equal = -1, True

    def sizeHint(self) -> QSize:
        return QSize(300, HEIGHT)

    def show_pair(
        self,
        names: tuple[str, str],
        marks_: tuple[RunMark | None, RunMark | None],
        nats: tuple[float, float],
        stretches: tuple[Stretch, ...],
        *,
        equal: bool,
    ) -> None:
        """``nats`` are those of the whole text."""
        self._names, self._marks, self._nats = names, marks_, nats
        self._stretches, self._equal, self._at = stretches, equal, -1
        self.setAccessibleName(
            f"Surprise per token: {names[0]} {spec.nats_words(nats[0])} nats, {names[1]} "
            f"{spec.nats_words(nats[1])} nats"
        )
        self.update()

    def show_stretch(self, at: int) -> None:
        if at != self._at:
            self._at = at
            self.update()

    @property
    def caption(self) -> str:
        """What stands above the strips."""
        n, total = n_shown(len(self._stretches), self._bar().width()), len(self._stretches)
        what = "token" if self._equal else "stretch of both tokenizers"
        some = f", first {n} {'tokens' if self._equal else 'of them'}" if n < total else ""
        return f"Surprise per {what}{some}. Brighter is more surprised."

    def _name_width(self) -> float:
        metrics = QFontMetrics(fonts.font(13))
        wide = max(metrics.horizontalAdvance(name) for name in self._names)
        return 20 + min(wide + 2, self.width() * 0.22) + 12

    def _nats_width(self) -> float:
        metrics = QFontMetrics(fonts.font(13))
        return max(metrics.horizontalAdvance(self._nats_words(k)) for k in (0, 1)) + 14

    def _nats_words(self, k: int) -> str:
        return f"{spec.nats_words(self._nats[k])} nats"

    def _bar(self) -> QRectF:
        left = self._name_width()
        return QRectF(left, TOP, max(20.0, self.width() - left - self._nats_width()), BAR)

    def paintEvent(self, _event: QPaintEvent) -> None:
        k, painter = self.tokens, QPainter(self)
        painter.setFont(fonts.font(12))
        painter.setPen(QColor(k.text3))
        shown = QFontMetrics(fonts.font(12)).elidedText(
            self.caption, Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(QRectF(0, 0, self.width(), 20), _LEFT, shown)
        bar = self._bar()
        for which in (0, 1):
            self._one(painter, which, bar.translated(0, which * (BAR + GAP)))
        painter.end()

    def _one(self, painter: QPainter, which: int, bar: QRectF) -> None:
        k, mark = self.tokens, self._marks[which]
        colour = marks.colour_of(mark.colour if mark else -1, k)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = mark.shape if mark else "circle"
        marks.draw(painter, shape, QPointF(6, bar.center().y()), 4.4, colour)
        painter.setFont(fonts.font(13))
        painter.setPen(QColor(k.text))
        room = bar.left() - 32
        name = QFontMetrics(fonts.font(13)).elidedText(
            self._names[which], Qt.TextElideMode.ElideMiddle, int(room)
        )
        painter.drawText(QRectF(20, bar.top(), room + 2, BAR), _LEFT, name)
        painter.drawText(
            QRectF(bar.right(), bar.top(), self.width() - bar.right(), BAR), _RIGHT,
            self._nats_words(which),
        )  # fmt: skip
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(bar, QColor(mix(k.canvas, colour, 0.08)))
        n = n_shown(len(self._stretches), bar.width())
        wide = bar.width() / max(n, 1)
        for at, one in enumerate(self._stretches[:n]):
            share = brightness((one.a, one.b)[which])
            if share:
                cell = QRectF(bar.left() + at * wide, bar.top(), max(1.0, wide - 0.6), BAR)
                painter.fillRect(cell, QColor(mix(k.canvas, colour, share)))
        if 0 <= self._at < n:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.text), 2))
            painter.drawRect(QRectF(bar.left() + self._at * wide - 1, bar.top(), wide + 1, BAR))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        bar = self._bar()
        inside = bar.adjusted(0, 0, 0, BAR + GAP).contains(event.position())
        n = n_shown(len(self._stretches), bar.width())
        at = int((event.position().x() - bar.left()) / bar.width() * n) if n else -1
        self.pointed.emit(at if inside and 0 <= at < n else -1)

    def leaveEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        self.pointed.emit(-1)
        super().leaveEvent(event)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
