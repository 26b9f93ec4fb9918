"""The table of exponents at the right, painted: it changes with every step of a drag."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.panels.parts import Themed
from explorer.plots.diffusion.paint import measure
from explorer.plots.diffusion.reading import Line
from explorer.theme import marks
from explorer.theme.fonts import font

HEAD, LOW, HIGH, PAD, GAP, MARK = 24.0, 26.0, 36.0, 2.0, 10.0, 16.0
_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip)


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of the table and where they stand; ``second`` ones are paler."""

    rect: QRectF
    words: str
    px: int = 12
    weight: int = 400
    second: bool = False


class Rows(QWidget, Themed):
    """``chosen`` carries the run of the line that was pressed or gone to by the arrow keys."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Exponents by run")
        self.setToolTip("Press a run to read it out (up and down)")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.titles: tuple[str, ...] = ()
        self.lines: tuple[Line, ...] = ()

    def show_lines(self, titles: tuple[str, ...], lines: tuple[Line, ...]) -> None:
        """Titles may hold an underscore: what follows is written lower."""
        if (titles, lines) == (self.titles, self.lines):
            return
        taller = len(lines) != len(self.lines) or self._high(lines) != self._high(self.lines)
        self.titles, self.lines = titles, lines
        strong = next((line for line in lines if line.strong), None)
        self.setAccessibleDescription(_read(titles, strong) if strong is not None else "")
        if taller:
            self.setFixedHeight(round(HEAD + len(lines) * self._high(lines) + 2))
        self.update()

    @staticmethod
    def _high(lines: tuple[Line, ...]) -> float:
        return HIGH if any(line.second for line in lines) else LOW

    def sizeHint(self) -> QSize:
        return QSize(240, round(HEAD + len(self.lines) * self._high(self.lines) + 2))

    # -- painting ---------------------------------------------------------------------------------

    def _weight(self, k: int) -> int:
        """The last column is what is looked for."""
        return 600 if k == len(self.titles) - 1 > 0 else 400

    def _rights(self) -> list[float]:
        """Right edges of the columns, and of the names."""
        widths = []
        for k, title in enumerate(self.titles):
            cells = [measure(line.cells[k], 12, self._weight(k)) for line in self.lines]
            widths.append(max([measure(title.replace("_", ""), 12, 400), *cells]))
        rights, right = [0.0] * len(widths), float(self.width())
        for k in reversed(range(len(widths))):
            rights[k] = right
            right -= widths[k] + GAP
        return [*rights, right]

    def pieces(self) -> list[list[Piece]]:
        """Names and cells, by line."""
        *rights, name_end = self._rights()
        out, high = [], self._high(self.lines)
        first = HIGH / 2 if high == HIGH else high
        for n, line in enumerate(self.lines):
            top, room = HEAD + n * high + (PAD if high == HIGH else 0), max(name_end - MARK, 10.0)
            dots = Qt.TextElideMode.ElideRight
            name = QFontMetricsF(font(12)).elidedText(line.name, dots, room)
            row = [Piece(QRectF(MARK, top, measure(name, 12, 400), first), name)]
            for k, words in enumerate(line.cells):
                weight = self._weight(k)
                wide = measure(words, 12, weight)
                row.append(Piece(QRectF(rights[k] - wide, top, wide, first), words, 12, weight))
            if line.second:
                wide = measure(line.second, 11, 400)
                below = QRectF(rights[0] - wide, top + first - 2, wide, first - 2 * PAD)
                row.append(Piece(below, line.second, 11, second=True))
            out.append(row)
        return out

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_head(painter)
        high, k = self._high(self.lines), self.tokens
        for n, (line, pieces) in enumerate(zip(self.lines, self.pieces(), strict=True)):
            top = HEAD + n * high
            if line.strong:
                painter.fillRect(QRectF(0, top, self.width(), high), QColor(k.selbg))
            painter.setPen(QPen(QColor(k.line), 1))
            painter.drawLine(QPointF(0, top), QPointF(self.width(), top))
            middle = pieces[0].rect.center().y()
            marks.draw(painter, line.shape, QPointF(6, middle), 3.8, line.colour)
            for piece in pieces:
                painter.setFont(font(piece.px, piece.weight))
                faint = k.text2 if line.strong else k.text3
                painter.setPen(QColor(faint if piece.second else k.text))
                painter.drawText(piece.rect, _MIDDLE, piece.words)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, HEAD, -1, -1), 4, 4)
        painter.end()

    def _paint_head(self, painter: QPainter) -> None:
        painter.setPen(QColor(self.tokens.text3))
        painter.setFont(font(12))
        painter.drawText(QRectF(0, 0, 60, HEAD), _MIDDLE, "Run")
        for right, title in zip(self._rights(), self.titles, strict=False):
            word, _, low = title.partition("_")
            small = measure(low, 10, 400) if low else 0.0
            wide = measure(word, 12, 400)
            left = right - small - wide
            painter.setFont(font(12))
            painter.drawText(QRectF(left, 0, wide, HEAD), _MIDDLE, word)
            painter.setFont(font(10))
            painter.drawText(QRectF(right - small, 4, small, HEAD), _MIDDLE, low)

    # -- hands ------------------------------------------------------------------------------------

    def line_at(self, y: float) -> int:
        """The line at a height, -1 = none."""
        n = int((y - HEAD) // self._high(self.lines)) if y >= HEAD else -1
        return n if n < len(self.lines) else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        n = self.line_at(event.position().y())
        if n >= 0:
            self.chosen.emit(self.lines[n].run)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if not step or not self.lines:
            super().keyPressEvent(event)
            return
        now = next((n for n, line in enumerate(self.lines) if line.strong), 0)
        self.chosen.emit(self.lines[min(max(now + step, 0), len(self.lines) - 1)].run)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def _read(titles: tuple[str, ...], line: Line) -> str:
    """A line in words, for screen readers."""
    pairs = (f"{t.replace('_', ' ')} {c}" for t, c in zip(titles, line.cells, strict=False))
    return f"{line.name}: {', '.join(pairs)}"
