"""The read-out: the colours as a bar with rungs and histogram, medians, how good the tree is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from compute.core.numbers import count, plain
from explorer.panels.parts import Themed, dress, label, rule
from explorer.plots.heatmap.spec import (
    BINS,
    LINKAGES,
    Answer,
    BarLayout,
    Block,
    Pair,
    bar_layout,
    pairs_words,
)
from explorer.state.views import Unit
from explorer.theme.fonts import font
from explorer.theme.tokens import Tokens

EDGE, HIGH = 14, 392
BAR_X, BAR_WIDE, BINS_WIDE = 112.0, 18.0, 92.0
CAPTION = "Linear up to 0.1, logarithmic above. White arrow: the cell under the pointer."


class Bar(QWidget, Themed):
    """The colour bar, the pairs shown at its left, the rungs at its right."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HIGH)
        self.setAccessibleName("Colours of KL, with reference rungs and a histogram")
        self._shares = np.zeros(BINS)
        self._table = np.zeros((1, 3), np.uint8)
        self._unit, self._at = Unit("bits/byte"), math.nan

    def show_bar(self, shares: NDArray[np.float64], table: NDArray[np.uint8], unit: Unit) -> None:
        """The histogram of the pairs shown, the colours of codes, how KL is said."""
        self._shares, self._table, self._unit = shares, table, unit
        self.update()

    def point_at(self, kl: float) -> None:
        """An arrow at a KL in bits/byte, NaN = none."""
        self._at = kl
        self.update()

    @property
    def layout_now(self) -> BarLayout:
        return bar_layout(10.0, self.height() - 10.0)

    def label_rects(self) -> list[tuple[QRectF, str]]:
        """Names and values of the rungs, in pixels: for tests."""
        metrics, out = QFontMetricsF(font(12)), []
        for rung in self.layout_now.rungs:
            wide = metrics.horizontalAdvance(rung.name)
            out.append((QRectF(BAR_X + BAR_WIDE + 26, rung.y - 8, wide, 16), rung.name))
            words = self._value(rung.kl)
            wide = metrics.horizontalAdvance(words)
            out.append((QRectF(self.width() - wide, rung.y - 8, wide, 16), words))
        return out

    def _value(self, kl: float) -> str:
        return f"{kl:g}" if self._unit.factor == 1.0 else plain(kl * self._unit.factor)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar, k = self.layout_now, self.tokens
        high = bar.bottom - bar.top
        for y in range(int(high) + 1):
            code = round((1 - y / high) * (len(self._table) - 1))
            painter.fillRect(QRectF(BAR_X, bar.top + y, BAR_WIDE, 1.2), QColor(*self._table[code]))
        for b, share in enumerate(self._shares.tolist()):
            if share > 0:
                wide, tall = max(1.0, share * BINS_WIDE), high / BINS
                top = bar.bottom - (b + 1) * tall
                painter.fillRect(QRectF(BAR_X - 8 - wide, top, wide, tall - 1), QColor(k.control))
        painter.setFont(font(12))
        for rung in bar.rungs:
            plain_end = rung.kl in (0.0, 10.0)
            x = BAR_X + BAR_WIDE
            if not plain_end:
                painter.setPen(QColor(k.text3))
                painter.drawPolyline(
                    [
                        QPointF(x, rung.at),
                        QPointF(x + 9, rung.at),
                        QPointF(x + 15, rung.y),
                        QPointF(x + 22, rung.y),
                    ]
                )
            painter.setPen(QColor(k.text3 if plain_end else k.text2))
            room = QRectF(x + 26, rung.y - 8, self.width() - x - 26, 16)
            painter.drawText(room, _LEFT, rung.name)
            painter.setPen(QColor(k.text3))
            painter.drawText(room, _RIGHT, self._value(rung.kl))
        if math.isfinite(self._at):
            y = bar.y_of(self._at)
            painter.setPen(QColor("#000000"))
            painter.setBrush(QColor("#FFFFFF"))
            painter.drawPolygon(QPolygonF([QPointF(BAR_X - 8, y - 6), QPointF(BAR_X - 8, y + 6),
                                           QPointF(BAR_X + 1, y)]))  # fmt: skip
            painter.fillRect(QRectF(BAR_X, y - 1, BAR_WIDE, 2), QColor("#FFFFFF"))
        painter.end()


class Side(QFrame):
    """Everything at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.bar = Bar()
        self._count, self._of = label("", "caption"), label("", "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(EDGE, 12, EDGE, 12)
        top.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(label("pairs shown", "caption"))
        head.addStretch(1)
        head.addWidget(label("reference rungs", "caption"))
        top.addLayout(head)
        top.addWidget(self.bar)
        top.addWidget(label(CAPTION, "caption", wrap=True))
        top.addWidget(self._count)
        top.addWidget(self._of)
        column.addLayout(top)
        self._rest = QVBoxLayout()
        self._rest.setSpacing(0)
        column.addLayout(self._rest)
        column.addStretch(1)

    def show_answer(
        self, answer: Answer, block: Block, linkage: str, unit: Unit, tokens: Tokens
    ) -> None:
        """Everything but the bar."""
        every = f", every {answer.every}{_ending(answer.every)} step" if answer.every > 1 else ""
        self._count.setText(pairs_words(block.n_rows) + every)
        self._of.setText(f"histogram of {count(block.n_pairs)} different pairs")
        while (item := self._rest.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        if answer.medians:
            self._rest.addWidget(rule())
            self._rest.addWidget(_medians(answer, unit))
        self._rest.addWidget(rule())
        self._rest.addWidget(_tree(answer, linkage))
        dress(self, tokens)

    def point_at(self, pair: Pair | None) -> None:
        """The pair under the pointer."""
        self.bar.point_at(pair.kl if pair is not None else math.nan)


def _ending(n: int) -> str:
    return "nd" if n == 2 else "th"


def _medians(answer: Answer, unit: Unit) -> QWidget:
    after = f" after step {count(answer.after)}" if answer.after else ""
    box, column = _section()
    head = QHBoxLayout()
    head.addWidget(label(f"Medians{after}", "section"))
    head.addStretch(1)
    head.addWidget(label(unit.title, "caption"))
    column.addLayout(head)
    grid = QGridLayout()
    grid.setVerticalSpacing(6)
    grid.setHorizontalSpacing(10)
    grid.setColumnStretch(0, 1)
    for at, median in enumerate(answer.medians):
        grid.addWidget(label(median.words, "small"), at, 0)
        pairs = f"{count(median.n)} pair{'s' * (median.n != 1)}"
        grid.addWidget(label(pairs, "caption"), at, 1, _RIGHT)
        grid.addWidget(label(plain(median.kl * unit.factor), "value"), at, 2, _RIGHT)
    column.addLayout(grid)
    return box


def tree_words(answer: Answer, linkage: str) -> str:
    """What is said about the tree."""
    if answer.tree is None:
        return answer.note or "Rows are by run and step. In the order of clusters there is a tree."
    unit = "distances in √KL" if linkage == "ward" else "mean KL between clusters"
    if not math.isfinite(answer.cophenetic):
        return f"{LINKAGES[linkage]} linkage. The cophenetic correlation is not defined here."
    return (
        f"Cophenetic correlation {answer.cophenetic:.2f} ({LINKAGES[linkage]}, {unit}). Branch "
        "lengths are drawn as square roots so that near pairs stay visible."
    )


def _tree(answer: Answer, linkage: str) -> QWidget:
    box, column = _section()
    column.addWidget(label("How good is the tree?", "section"))
    words: QLabel = label(tree_words(answer, linkage), "small", wrap=True)
    column.addWidget(words)
    return box


def _section() -> tuple[QFrame, QVBoxLayout]:
    box = QFrame()
    box.setProperty("role", "quiet")
    column = QVBoxLayout(box)
    column.setContentsMargins(EDGE, 12, EDGE, 12)
    column.setSpacing(8)
    return box, column


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
