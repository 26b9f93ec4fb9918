"""The ranked texts: a list model over arrays, and what paints its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from explorer.panels.parts import Themed
from explorer.plots.texts import spec
from explorer.plots.texts.ask import Ranked, Why
from explorer.theme import fonts, icons
from explorer.theme.tokens import DARK, Tokens

HEIGHT, BOX, EDGE, RANK = 44, 15, 13, 26
BAR, BAR_HEIGHT, VALUE = 56, 6, 54
NARROW = 340
"""A row below this width has its bar under its number."""
Index = QModelIndex | QPersistentModelIndex
Option = QStyleOptionViewItem
_ROOT = QModelIndex()


@dataclass(frozen=True, eq=False)
class Listed:
    """What the list shows: the pair, its order, and the texts that the draft drops."""

    why: Why
    ranked: Ranked
    rank: str
    gone: frozenset[int]

    def text_at(self, row: int) -> int:
        """The text in a row, as an index of the project."""
        return int(self.why.found.texts[self.ranked.order[row]])


@dataclass(frozen=True, slots=True)
class Face:
    """How a row looks. ``bar`` is a part of the longest, ``first`` = the first model is ahead."""

    rank: str
    words: str
    caption: str
    value: str
    bar: float
    first: bool
    kept: bool


class TextRows(QAbstractListModel):
    """One row for each text, by rank."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.listed: Listed | None = None
        self._row_of: dict[int, int] = {}
        self._most = 1.0

    def set_listed(self, listed: Listed) -> None:
        """Another pair or order; where only the draft is another one, rows stay."""
        old, self.listed = self.listed, listed
        if old is not None and (old.why, old.ranked, old.rank) == (
            listed.why, listed.ranked, listed.rank,
        ):  # fmt: skip
            if old.gone != listed.gone and self.rowCount():
                self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))
            return
        self.beginResetModel()
        texts = listed.why.found.texts[listed.ranked.order]
        self._row_of = {text: row for row, text in enumerate(texts.tolist())}
        finite = listed.ranked.values[np.isfinite(listed.ranked.values)]
        self._most = float(finite.max()) if len(finite) and finite.max() > 0 else 1.0
        self.endResetModel()

    def row_of(self, text: int) -> int:
        """The row of a text, -1 = it is not in use."""
        return self._row_of.get(text, -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        if parent.isValid() or self.listed is None:
            return 0
        return len(self.listed.ranked.order)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self.listed is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.CheckStateRole:
            kept = self.listed.text_at(index.row()) not in self.listed.gone
            return Qt.CheckState.Checked if kept else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            face = self.face(index.row())
            return f"{face.rank}. {face.words}, {face.caption}, {face.value}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.listed.why.texts.ids[self.listed.text_at(index.row())]
        return None

    def face(self, row: int) -> Face:
        """What is painted for a row."""
        assert self.listed is not None
        found, texts = self.listed.why.found, self.listed.why.texts
        at = int(self.listed.ranked.order[row])
        s = int(found.texts[at])
        outlier = self.listed.rank == "outlier" and not self.listed.ranked.reason
        value = float(self.listed.ranked.values[at])
        name = spec.title_of(texts.ids[s])
        return Face(
            rank=f"{row + 1:,}",
            words=spec.first_line(texts.texts[s]) or "(blank)",
            caption=f"{texts.domains[s]} · {name[:1].lower() + name[1:]}"
            if texts.domains[s]
            else name,
            value=spec.nats_words(value) if outlier else spec.share_words(float(found.share[at])),
            bar=value / self._most if np.isfinite(value) else 0.0,
            first=bool(found.difference[at] >= 0),
            kept=s not in self.listed.gone,
        )


class TextDelegate(QStyledItemDelegate):
    """44 high: rank, box, the text in mono over its domain, a bar in the colour of the model that
    finds it easier than usual, and the number."""

    toggled = Signal(int)
    """A row whose box was pressed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.tokens: Tokens = DARK
        self.colours = (DARK.text3, DARK.text3)

    def sizeHint(self, option: Option, index: Index) -> QSize:
        return QSize(200, HEIGHT)

    def editorEvent(self, event: QEvent, model: Any, option: Option, index: Index) -> bool:
        """A press on the box drops the text or keeps it; one beside it shows it."""
        if not isinstance(event, QMouseEvent) or event.type() != QEvent.Type.MouseButtonRelease:
            return False
        if box_rect(QRectF(option.rect)).adjusted(-6, -8, 6, 8).contains(event.position()):
            self.toggled.emit(index.row())
            return True
        return False

    def paint(self, painter: QPainter, option: Option, index: Index) -> None:
        model = index.model()
        assert isinstance(model, TextRows)
        face, rect, k = model.face(index.row()), QRectF(option.rect), self.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(k.selbg if selected else k.hover))
        painter.setPen(QPen(QColor(k.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -2), 4, 4)
        quiet = k.text2 if selected else k.text3
        self._say(painter, 12, quiet, QRectF(EDGE - 8 + rect.left(), rect.top(), RANK, HEIGHT),
                  face.rank, right=True)  # fmt: skip
        self._box(painter, box_rect(rect), kept=face.kept)
        end = self._value(painter, rect, face, quiet)
        self._words(painter, rect, face, end, quiet)
        painter.restore()

    def _value(self, painter: QPainter, rect: QRectF, face: Face, quiet: str) -> float:
        """Bar and number at the right; returns where the words end."""
        k, right = self.tokens, rect.right() - EDGE
        narrow = rect.width() < NARROW
        place = QRectF(right - VALUE, rect.top(), VALUE, HEIGHT - (16 if narrow else 0))
        self._say(painter, 13, k.text if face.kept else quiet, place, face.value, right=True)
        bar = VALUE - 8.0 if narrow else BAR
        area = (
            QRectF(right - bar, rect.top() + 29, bar, BAR_HEIGHT)
            if narrow
            else QRectF(place.left() - bar - 6, rect.center().y() - 3, bar, BAR_HEIGHT)
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(k.line))
        painter.drawRoundedRect(area, 3, 3)
        if face.bar > 0:
            painter.setBrush(QColor(self.colours[0 if face.first else 1] if face.kept else k.text3))
            wide = max(BAR_HEIGHT, bar * min(face.bar, 1.0))
            painter.drawRoundedRect(QRectF(area.left(), area.top(), wide, BAR_HEIGHT), 3, 3)
        return area.left() - 10

    def _words(self, painter: QPainter, rect: QRectF, face: Face, end: float, quiet: str) -> None:
        left = box_rect(rect).right() + 9
        colour = self.tokens.text if face.kept else quiet
        for px, mono, token, words, top in (
            (12, True, colour, face.words, 4),
            (11, False, quiet, face.caption, 22),
        ):
            kind = fonts.mono(px) if mono else fonts.font(px)
            room = max(0, int(end - left))
            shown = QFontMetrics(kind).elidedText(words, Qt.TextElideMode.ElideRight, room)
            painter.setFont(kind)
            painter.setPen(QColor(token))
            painter.drawText(QRectF(left, rect.top() + top, room + 2, 18), _LEFT, shown)

    def _box(self, painter: QPainter, rect: QRectF, *, kept: bool) -> None:
        k = self.tokens
        if not kept:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.control), 1.5))
            painter.drawRoundedRect(rect.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(k.accent))
        painter.drawRoundedRect(rect, 4, 4)
        glyph = icons.pixmap("check-bold", k.onaccent, 11, painter.device().devicePixelRatioF())
        painter.drawPixmap(rect.topLeft() + QPointF(2, 2), glyph)

    def _say(
        self, painter: QPainter, px: int, colour: str, area: QRectF, words: str, *, right: bool
    ) -> None:
        painter.setFont(fonts.font(px))
        painter.setPen(QColor(colour))
        painter.drawText(area, _RIGHT if right else _LEFT, words)


def box_rect(row: QRectF) -> QRectF:
    """Where the check box of a row is."""
    return QRectF(row.left() + EDGE - 8 + RANK + 9, row.top() + (HEIGHT - BOX) // 2, BOX, BOX)


class TextList(QListView, Themed):
    """``shown`` carries the text that is looked at, ``kept`` (text, whether it stays)."""

    shown = Signal(int)
    kept = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self.rows, self._delegate = TextRows(self), TextDelegate(self)
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setProperty("role", "texts")
        self.setAccessibleName("Texts by rank. Space drops one or keeps it.")
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._delegate.toggled.connect(self._toggle)
        self._silent = False

    def set_tokens(self, tokens: Tokens) -> None:
        Themed.set_tokens(self, tokens)
        self._delegate.tokens = tokens
        self.viewport().update()

    def show_listed(self, listed: Listed, colours: tuple[str, str], text: int) -> None:
        """Show an order, with ``text`` as the one that is looked at; emits nothing."""
        self._delegate.colours = colours
        self._silent = True
        self.rows.set_listed(listed)
        row = self.rows.row_of(text)
        if row >= 0 and row != self.currentIndex().row():
            self.setCurrentIndex(self.rows.index(row))
            self.scrollTo(self.rows.index(row))
        self._silent = False
        self.viewport().update()

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and not self._silent and self.rows.listed is not None:
            self.shown.emit(self.rows.listed.text_at(current.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._toggle(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def _toggle(self, row: int) -> None:
        if self.rows.listed is not None:
            text = self.rows.listed.text_at(row)
            self.kept.emit(text, text in self.rows.listed.gone)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
