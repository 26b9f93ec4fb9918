"""Paints a row of the library: caret, box, mark, name, then strip and count, or the status."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from explorer.panels.library_model import LibraryModel, Run, Slot, name_of, status_of, strip_of
from explorer.state.library import Leaf
from explorer.theme import marks
from explorer.theme.fonts import font
from explorer.theme.icons import pixmap
from explorer.theme.tokens import Tokens

Index = QModelIndex | QPersistentModelIndex
HEIGHT, BOX, EDGE, ICON = 26, 15, 12, 14
CARET, RUN_BOX, LEAF_BOX, MARK, RUN_NAME, LEAF_NAME = 15, 28, 49, 55, 67, 72
STRIP, STRIP_LEAST, STRIP_HEIGHT, PITCH, GAP = 90, 42, 6, 3, 8


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things of a run's row are, for a row of a width. Pure."""

    name: float
    strip: float
    count: float


def columns(width: float, widest_name: float, widest_count: float) -> Columns:
    """Widths: names first, the strip takes what is left, from 42 to 90 in whole slots."""
    inside = width - RUN_NAME - EDGE - widest_count - 2 * GAP
    strip = max(STRIP_LEAST, min(STRIP, inside - widest_name)) // PITCH * PITCH
    return Columns(max(20.0, inside - strip), strip, widest_count)


class RowDelegate(QStyledItemDelegate):
    """``selected`` is the key of the leaf that is selected; ``keyboard`` shows the focus ring."""

    def __init__(self, tree: QTreeView, model: LibraryModel, tokens: Tokens) -> None:
        super().__init__(tree)
        self._tree, self._model, self.tokens = tree, model, tokens
        self.selected = ""
        self.keyboard = False
        self._names, self._light, self._small = font(13, 500), font(13), font(12)
        self._measure, self._measure_small = QFontMetricsF(self._names), QFontMetricsF(self._small)
        self._measure_light = QFontMetricsF(self._light)
        self._widest = (0.0, 0.0)
        self._strips: dict[str, tuple[Run, float, tuple[Slot, ...]]] = {}

    def measure(self) -> None:
        """After the rows changed: the widest name and count."""
        name, number = self._measure.horizontalAdvance, self._measure_small.horizontalAdvance
        runs = [run for run in self._model.runs if not run.alone]
        self._widest = (
            max((name(run.name) for run in runs), default=0.0),
            max((number(run.count) for run in runs), default=0.0),
        )

    def box(self, index: Index, row: QRectF) -> QRectF:
        """Where the check box of a row is, in the same coordinates as ``row``."""
        x = LEAF_BOX if index.internalId() else RUN_BOX
        return QRectF(row.x() + x, row.y() + (row.height() - BOX) / 2, BOX, BOX)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(180, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = QRectF(0, option.rect.y(), self._tree.viewport().width(), option.rect.height())
        run, leaf = self._model.run_at(index), self._model.leaf_at(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, row, option.state, leaf)
        check = index.data(Qt.ItemDataRole.CheckStateRole)
        self._box(painter, self.box(index, row), check)
        named = "text3" if check == Qt.CheckState.Unchecked else "text"
        if run is not None:
            caret = "caret-down" if self._tree.isExpanded(index) else "caret-right"
            self._run(painter, row, run, named, caret)
        elif leaf is not None:
            self._leaf(painter, row, leaf, named, LEAF_NAME)
        painter.restore()

    # -- parts of a row

    def _quiet(self, leaf: Leaf | None) -> str:
        """text3, which on the selected row becomes text2."""
        return "text2" if leaf is not None and leaf.key == self.selected else "text3"

    def _ground(
        self, painter: QPainter, row: QRectF, state: QStyle.StateFlag, leaf: Leaf | None
    ) -> None:
        if leaf is not None and leaf.key == self.selected:
            painter.fillRect(row, QColor(self.tokens.selbg))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, QColor(self.tokens.hover))
        if state & QStyle.StateFlag.State_HasFocus and self.keyboard:
            painter.setPen(QPen(QColor(self.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(row.adjusted(2, 1, -2, -1), 4, 4)

    def _box(self, painter: QPainter, box: QRectF, check: Qt.CheckState) -> None:
        t = self.tokens
        if check == Qt.CheckState.Unchecked:
            painter.setPen(QPen(QColor(t.control), 1.2))
            painter.setBrush(QColor(t.canvas))
            painter.drawRoundedRect(box.adjusted(0.6, 0.6, -0.6, -0.6), 4, 4)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.accent))
        painter.drawRoundedRect(box, 4, 4)
        pen = QPen(QColor(t.onaccent), 1.7)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        stroke = _DASH if check == Qt.CheckState.PartiallyChecked else _TICK
        painter.drawPolyline([box.topLeft() + QPointF(*p) for p in stroke])

    def _run(self, painter: QPainter, row: QRectF, run: Run, named: str, caret: str) -> None:
        middle = row.center().y()
        colour = marks.colour_of(run.mark.colour, self.tokens)
        marks.draw(painter, run.mark.shape, QPointF(MARK, middle), 4.4, colour)
        if run.alone:
            self._leaf(painter, row, run.leaves[0], named, RUN_NAME)
            return
        self._icon(painter, caret, "text3", CARET, middle, 12)
        at = columns(row.width(), *self._widest)
        self._text(painter, QRectF(RUN_NAME, row.y(), at.name, row.height()), run.name, named)
        edge = row.width() - EDGE
        place = QRectF(edge - at.count - GAP - at.strip, middle - 3, at.strip, STRIP_HEIGHT)
        self._strip(painter, place, self._slots(run, at.strip))
        self._aside(painter, QRectF(0, row.y(), edge, row.height()), run.count, "text3")

    def _leaf(self, painter: QPainter, row: QRectF, leaf: Leaf, named: str, x: int) -> None:
        status = status_of(leaf)
        colour = self._quiet(leaf) if status.colour == "text3" else status.colour
        edge = row.width() - EDGE
        self._aside(painter, QRectF(0, row.y(), edge, row.height()), status.words, colour)
        left = edge - self._measure_small.horizontalAdvance(status.words)
        if status.icon:
            left -= ICON / 2 + 4
            self._icon(painter, status.icon, colour, left, row.center().y(), ICON)
            left -= ICON / 2
        if named == "text3":
            named = self._quiet(leaf)
        room = QRectF(x, row.y(), max(0.0, left - GAP - x), row.height())
        name = name_of(leaf) if x == LEAF_NAME else leaf.run
        self._text(painter, room, name, named, light=x == LEAF_NAME)

    def _slots(self, run: Run, width: float) -> tuple[Slot, ...]:
        kept = self._strips.get(run.name)
        if kept is None or kept[0] is not run or kept[1] != width:
            kept = (run, width, strip_of(run.leaves, round(width / PITCH)))
            self._strips[run.name] = kept
        return kept[2]

    def _strip(self, painter: QPainter, place: QRectF, slots: tuple[Slot, ...]) -> None:
        left, step = round(place.x()), place.width() / len(slots)
        for i, slot in enumerate(slots):
            x, end = left + round(i * step), left + round((i + 1) * step) - 1
            self._slot(painter, QRectF(x, round(place.y()), end - x, place.height()), slot)

    def _slot(self, painter: QPainter, bar: QRectF, slot: Slot) -> None:
        t = self.tokens
        match slot.kind:
            case "failed":
                painter.fillRect(
                    QRectF(bar.x(), bar.bottom() - 2, bar.width(), 2), QColor(t.danger)
                )
            case "duplicate":
                half = QRectF(bar.x(), bar.center().y(), bar.width(), bar.height() / 2)
                painter.fillRect(half, QColor(t.warn))
            case kind:
                painter.fillRect(bar, QColor(t.line))
                done = QRectF(bar.x(), bar.y(), bar.width() * min(1.0, slot.share), bar.height())
                painter.fillRect(done, QColor(t.accent if kind == "scoring" else t.ok))

    def _icon(
        self, painter: QPainter, name: str, colour: str, x: float, y: float, size: int
    ) -> None:
        ratio = painter.device().devicePixelRatioF()
        made = pixmap(name, getattr(self.tokens, colour), size, ratio)
        painter.drawPixmap(QPointF(round(x - size / 2), round(y - size / 2)), made)

    def _text(
        self, painter: QPainter, room: QRectF, text: str, colour: str, *, light: bool = False
    ) -> None:
        measure = self._measure_light if light else self._measure
        if measure.horizontalAdvance(text) > room.width():
            text = measure.elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
        painter.setFont(self._light if light else self._names)
        painter.setPen(QColor(getattr(self.tokens, colour)))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _aside(self, painter: QPainter, room: QRectF, text: str, colour: str) -> None:
        painter.setFont(self._small)
        painter.setPen(QColor(getattr(self.tokens, colour)))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(room, right, text)


_TICK = ((3.9, 7.8), (6.4, 10.2), (11.1, 5.2))
_DASH = ((4.2, 7.5), (10.8, 7.5))
