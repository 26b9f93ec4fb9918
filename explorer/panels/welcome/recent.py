"""Projects opened before."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout

from explorer.panels.parts import Links, PushButton, Themed, dress, label
from explorer.panels.welcome import spec
from explorer.state.app import ShellState
from explorer.state.sketch import Sketch
from explorer.theme import fonts, icons, marks

ROW, GAP, TILE_WIDTH, TILE_HEIGHT, USUAL = 50, 14, 78, 50, 4


class RecentRow(QAbstractButton, Themed):
    """One file: open it, or find it if it has moved."""

    def __init__(self, recent: spec.Recent) -> None:
        super().__init__()
        self._recent = recent
        self.setFixedHeight(ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        state = "The file has moved. Find it..." if recent.missing else recent.when
        self.setAccessibleName(f"{recent.name}, {state}")
        self.setToolTip(recent.path)

    def sizeHint(self) -> QSize:
        return QSize(300, ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        k = self.tokens
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(k.selbg if self.isDown() else k.hover))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        self._tile(painter)
        self._words(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _tile(self, painter: QPainter) -> None:
        k, missing = self.tokens, self._recent.missing
        style = Qt.PenStyle.DashLine if missing else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(k.control if missing else k.line), 1, style))
        painter.setBrush(Qt.BrushStyle.NoBrush if missing else QColor(k.raised))
        tile = QRectF(0.5, 0.5, TILE_WIDTH - 1, TILE_HEIGHT - 1)
        painter.drawRoundedRect(tile, 6, 6)
        if self._recent.sketch is not None and not missing:
            self._draw(painter, self._recent.sketch, tile.adjusted(7, 6, -7, -6))
            return
        name, colour = ("question", k.text2) if missing else ("map-trifold", k.text3)
        glyph = icons.pixmap(name, colour, 20, self.devicePixelRatioF())
        painter.drawPixmap(tile.center() - QPointF(10, 10), glyph)

    def _draw(self, painter: QPainter, sketch: Sketch, room: QRectF) -> None:
        """The runs of the map as lines, as large as fits."""
        points = [p for stroke in sketch.strokes for p in stroke.points]
        wide = max(max(x for x, _ in points), 1e-6)
        high = max(max(y for _, y in points), 1e-6)
        scale = min(room.width() / wide, room.height() / high)
        left = room.center().x() - scale * wide / 2
        bottom = room.center().y() + scale * high / 2
        for stroke in sketch.strokes:
            colour = marks.colour_of(stroke.colour, self.tokens)
            at = [QPointF(left + scale * x, bottom - scale * y) for x, y in stroke.points]
            painter.setPen(QPen(QColor(colour), 1.3))
            painter.drawPolyline(at)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(at[-1], 2.2, 2.2)

    def _words(self, painter: QPainter) -> None:
        k, r, left = self.tokens, self._recent, TILE_WIDTH + 12
        right = self.width() - 4.0
        if r.when:
            right -= QFontMetricsF(fonts.font(12)).horizontalAdvance(r.when)
            _text(painter, right, 30, r.when, k.text3, fonts.font(12))
        room = right - left - 16
        _text(painter, left, 21, _cut(r.name, fonts.font(13, 500), room),
              k.text2 if r.missing else k.text, fonts.font(13, 500))  # fmt: skip
        if r.missing:
            x = _text(painter, left, 38, "The file has moved. ", k.warn, fonts.font(12))
            _text(painter, x, 38, "Find it...", k.accent, fonts.font(12))
        else:
            words = _cut(r.holds, fonts.font(12), room)
            _text(painter, left, 38, words, k.text3, fonts.font(12))


def _cut(words: str, face: QFont, room: float) -> str:
    return QFontMetricsF(face).elidedText(words, Qt.TextElideMode.ElideMiddle, room)


def _text(painter: QPainter, x: float, y: float, words: str, colour: str, face: QFont) -> float:
    painter.setFont(face)
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(x, y), words)
    return x + QFontMetricsF(face).horizontalAdvance(words)


class RecentList(QFrame, Themed):
    """A heading and rows; hidden while nothing was ever opened."""

    command = Signal(str, object)

    def __init__(self, state: ShellState) -> None:
        super().__init__()
        self._state, self._all, self._fits = state, False, USUAL
        self.setProperty("role", "quiet")
        self._rows: list[RecentRow] = []
        self._more = PushButton("Show all", role="link")
        self._more.clicked.connect(self._show_all)
        top = QHBoxLayout()
        top.addWidget(label("Recent", "strong"))
        top.addStretch(1)
        top.addWidget(self._more)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self._column.addLayout(top)
        self._links = Links()
        self._links.to(self.refresh, state.events.recent, state.events.sketches)
        self.refresh()

    def refresh(self) -> None:
        """Ask the file system again and show what is there."""
        for row in self._rows:
            row.setParent(None)
            row.deleteLater()
        now = datetime.now()
        drawn = self._state.sketches
        self._rows = [self._add(spec.recent(p, now, drawn.get(p))) for p in self._state.recent]
        self.setVisible(bool(self._rows))
        self._show_some()

    def fit(self, n: int) -> None:
        """There is room for ``n`` rows."""
        if n != self._fits:
            self._fits = n
            self._show_some()

    def _add(self, recent: spec.Recent) -> RecentRow:
        row = RecentRow(recent)
        path = None if recent.missing else recent.path
        row.clicked.connect(lambda: self.command.emit("project.open", path))
        self._column.addWidget(row)
        dress(row, self.tokens)
        return row

    def _show_some(self) -> None:
        n = min(self._fits, len(self._rows) if self._all else USUAL)
        for i, row in enumerate(self._rows):
            row.setVisible(i < n)
        self._more.setVisible(not self._all and min(self._fits, len(self._rows)) > n)

    def _show_all(self) -> None:
        self._all = True
        self._show_some()

    def close(self) -> bool:
        self._links.close()
        return super().close()
