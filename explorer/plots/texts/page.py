"""The text itself, in mono, each stretch on a ground that says which model finds it easier."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QGridLayout, QVBoxLayout, QWidget

from explorer.panels.parts import Themed, label
from explorer.plots.texts import lines, spec
from explorer.plots.texts.stretches import Stretch, words_of
from explorer.theme import fonts
from explorer.theme.ramps import signed
from explorer.theme.tokens import Tokens, mix, rgb

SIZE, ROW, EDGE, TOP = 13.5, 25, 20, 4
CELL = 21
STEPS = 64


def ground(difference: float, tokens: Tokens) -> str:
    """The colour behind a stretch; the canvas where the difference is unknown."""
    if not math.isfinite(difference):
        return tokens.canvas
    place, share = spec.colour_at(difference)
    return mix(tokens.canvas, diverging(place, tokens), share)


def diverging(place: float, tokens: Tokens) -> str:
    """The signed colour map at a place in [0, 1]."""
    red, green, blue = signed(dark=tokens.dark)[round(255 * place)]
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"


def ink(under: str, tokens: Tokens) -> str:
    """Of the two text colours the one that can be read on ``under``."""
    own = tokens.text
    return max(
        (own, tokens.canvas if tokens.dark else "#FFFFFF"), key=lambda c: _contrast(c, under)
    )


def _contrast(a: str, b: str) -> float:
    bright = [_luminance(c) for c in (a, b)]
    return (max(bright) + 0.05) / (min(bright) + 0.05)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class Legend(QWidget, Themed):
    """ "s-seed0 easier", the colours, "xs-seed0 easier", "± 3 nats"."""

    def __init__(self) -> None:
        super().__init__()
        self._names = ("", "")
        self._equal = True
        self.setFixedHeight(24)

    def sizeHint(self) -> QSize:
        return QSize(300, 24)

    def show_names(self, names: tuple[str, str], *, equal: bool) -> None:
        self._names, self._equal = names, equal
        self.setAccessibleName(f"Colours: {names[0]} easier, to {names[1]} easier, up to 3 nats")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        k, painter = self.tokens, QPainter(self)
        kind = fonts.font(12)
        painter.setFont(kind)
        metrics, x = QFontMetricsF(kind), 0.0
        what = "Difference per token" if self._equal else "Difference per stretch"
        cap = f"± {spec.CAP:.0f} nats"
        fixed = metrics.horizontalAdvance(cap) + 84 + 4 * 12
        room = max(40.0, (self.width() - fixed) / 2)
        words = [metrics.elidedText(f"{name} easier", Qt.TextElideMode.ElideMiddle, room - 8)
                 for name in self._names]  # fmt: skip
        used = sum(map(metrics.horizontalAdvance, words)) + fixed
        if used + metrics.horizontalAdvance(what) + 16 <= self.width():
            x = self._say(painter, x, what, k.text3) + 16
        x = self._say(painter, x, words[0], self._side(0.12)) + 8
        bar = min(
            182.0, max(40.0, self.width() - x - metrics.horizontalAdvance(words[1] + cap) - 28)
        )
        self._ramp(painter, QRectF(x, 8, bar, 9))
        x = self._say(painter, x + bar + 8, words[1], self._side(0.88)) + 12
        self._say(painter, x, cap, k.text3)
        painter.end()

    def _side(self, place: float) -> str:
        """The words of a side in its colour, as far as that can be read."""
        own = mix(diverging(place, self.tokens), self.tokens.text, 0.35)
        return own if _contrast(own, self.tokens.canvas) >= 4.5 else self.tokens.text2

    def _say(self, painter: QPainter, x: float, words: str, colour: str) -> float:
        painter.setPen(QColor(colour))
        painter.drawText(QRectF(x, 0, self.width(), 24), _LEFT, words)
        return x + QFontMetricsF(painter.font()).horizontalAdvance(words)

    def _ramp(self, painter: QPainter, area: QRectF) -> None:
        fade = QLinearGradient(area.topLeft(), area.topRight())
        for step in range(STEPS + 1):
            part = step / STEPS
            fade.setColorAt(part, QColor(ground(spec.CAP * (1 - 2 * part), self.tokens)))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fade)
        painter.drawRoundedRect(area, 3, 3)


class Card(QFrame):
    """What both models say of one stretch."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title = label("", "token")
        self._names = [label("", "caption") for _ in range(2)]
        self._values = [label("", "value") for _ in range(2)]
        self._difference = label("", "value")
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(3)
        for row, (name, value) in enumerate(zip(self._names, self._values, strict=True)):
            grid.addWidget(name, row, 0)
            grid.addWidget(value, row, 1)
        grid.addWidget(label("Difference", "caption"), 2, 0)
        grid.addWidget(self._difference, 2, 1)
        self._note = label("", "tiny")
        column = QVBoxLayout(self)
        column.setContentsMargins(13, 10, 13, 10)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addLayout(grid)
        column.addWidget(self._note)
        self.hide()

    def show_stretch(self, one: Stretch, words: str, names: tuple[str, str]) -> None:
        quoted = "End of the text" if one.start == one.end else f"“{spec.token_words(words, 40)}”"
        self._title.setText(quoted)
        for k, nats in enumerate((one.a, one.b)):
            self._names[k].setText(names[k])
            said = f"{spec.chance_words(nats)} · {spec.nats_words(nats, 2)} nats"
            self._values[k].setText(said if math.isfinite(nats) else "not scored")
        known = math.isfinite(one.difference)
        self._difference.setText(
            f"{spec.nats_words(one.difference, 2, sign=True)} nats" if known else "–"
        )
        several = max(one.n_a, one.n_b) > 1
        self._note.setText(f"{one.n_a} and {one.n_b} tokens" if several else "")
        self._note.setVisible(several)
        self.adjustSize()


class Page(QAbstractScrollArea, Themed):
    """``pointed`` carries the stretch under the pointer or the cursor, -1 = none."""

    pointed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(4 * ROW)
        self._text, self._plain = "", True
        self._stretches: tuple[Stretch, ...] = ()
        self._names = ("", "")
        self._page = lines.Page((), 0)
        self._at, self._seen = -1, True
        self.card = Card(self.viewport())

    def letters(self) -> QFont:
        """Mono at 13.5 px."""
        made = fonts.mono(13)
        made.setPointSizeF(SIZE * 72 / self.logicalDpiY())
        return made

    def show_text(self, text: str, stretches: tuple[Stretch, ...], names: tuple[str, str]) -> None:
        """``stretches`` () shows the text without colours."""
        self._text, self._names = text, names
        self._stretches = stretches or words_of(text)
        self._plain, self._at = not stretches, -1
        self.card.hide()
        self._lay_out()
        self.verticalScrollBar().setValue(0)
        self.setAccessibleName("The text" if self._plain else "The text, token by token")
        self.setAccessibleDescription(text[:400])

    def _lay_out(self) -> None:
        self._lay_out_in(self.viewport().width())
        tall = self._page.n_rows * ROW + 2 * TOP
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, tall - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(ROW)
        self.viewport().update()

    def _lay_out_in(self, width: int) -> None:
        metrics = QFontMetricsF(self.letters())
        letter = metrics.horizontalAdvance("x")

        def measure(words: str) -> float:
            return letter * len(words) if words.isascii() else metrics.horizontalAdvance(words)

        room = max(80.0, width - 2.0 * EDGE)
        self._page = lines.page(self._text, self._stretches, room, measure)

    def tall(self, width: int, most: int) -> int:
        """The height of the whole text in this width, px, of at most so many rows."""
        self._lay_out_in(width)
        return min(self._page.n_rows, most) * ROW + 2 * TOP

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.card.hide()
        self.viewport().update()

    # -- pointing ----------------------------------------------------------------------------------

    def show_stretch(self, at: int) -> None:
        """Outline a stretch and say what is known of it; -1 = none."""
        if at == self._at:
            return
        self._at = at
        self._show_card()
        self.viewport().update()

    def _show_card(self) -> None:
        cell = next((c for c in self._page.cells if c.of == self._at), None)
        if cell is None or self._plain:
            self.card.hide()
            return
        one = self._stretches[self._at]
        self.card.show_stretch(one, self._text[one.start : one.end], self._names)
        self.card.move(self._place(self._rect(cell)))
        self.card.show()
        self.card.raise_()

    def _place(self, cell: QRectF) -> QPoint:
        """Below the stretch, above where there is no room, never outside."""
        view, size = self.viewport().rect(), self.card.sizeHint()
        x = min(max(4, int(cell.left())), max(4, view.width() - size.width() - 4))
        y = int(cell.bottom()) + 8
        if y + size.height() > view.height() - 4:
            y = int(cell.top()) - 8 - size.height()
        return QPoint(x, max(4, min(y, view.height() - size.height() - 4)))

    def _rect(self, cell: lines.Cell) -> QRectF:
        y = TOP + cell.row * ROW - self.verticalScrollBar().value()
        return QRectF(EDGE + cell.x, y + (ROW - CELL) / 2, cell.width, CELL)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        row = int((at.y() - TOP + self.verticalScrollBar().value()) // ROW)
        cell = self._page.cell_at(at.x() - EDGE, row)
        self.pointed.emit(cell.of if cell is not None else -1)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.pointed.emit(-1)
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from token to token."""
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if way and self._stretches and not self._plain:
            at = min(max(self._at + way, 0), len(self._stretches) - 1)
            self._reveal(at)
            self.pointed.emit(at)
            return
        super().keyPressEvent(event)

    def _reveal(self, at: int) -> None:
        cell = next((c for c in self._page.cells if c.of == at), None)
        bar = self.verticalScrollBar()
        if cell is not None:
            top = TOP + cell.row * ROW
            if not bar.value() <= top <= bar.value() + self.viewport().height() - 2 * ROW:
                bar.setValue(max(0, top - self.viewport().height() // 3))

    # -- painting ----------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        k, painter = self.tokens, QPainter(self.viewport())
        painter.setFont(self.letters())
        tall = self.viewport().height()
        grounds: dict[int, str] = {}
        outlined: list[QRectF] = []
        for cell in self._page.cells:
            area = self._rect(cell)
            if area.bottom() < 0 or area.top() > tall:
                continue
            one = self._stretches[cell.of]
            under = grounds.setdefault(cell.of, ground(one.difference, k))
            if not self._plain and math.isfinite(one.difference) and not cell.mark:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(under))
                painter.drawRoundedRect(area.adjusted(0, 0, 0.3, 0), 2, 2)
            quiet = not self._plain and not math.isfinite(one.difference)
            ink_ = k.text3 if cell.mark or quiet else ink(under, k)
            painter.setPen(QColor(ink_))
            painter.drawText(area.adjusted(0, -2, 40, 2), _LEFT, cell.words)
            if cell.of == self._at and not self._plain:
                outlined.append(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(k.text), 2))
        for area in outlined:
            painter.drawRoundedRect(area, 3, 3)
        if self.hasFocus():
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def label_rects(self) -> tuple[QRectF, ...]:
        """Where every piece of the text stands: for tests."""
        return tuple(self._rect(cell) for cell in self._page.cells)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
