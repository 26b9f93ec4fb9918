"""Paints a row of the library."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from explorer.panels.library import spec
from explorer.panels.library.model import LibraryModel
from explorer.panels.library.spec import RunRow, Slot
from explorer.state.library import Leaf
from explorer.theme import fonts, icons, marks
from explorer.theme.tokens import DARK, Tokens

HEIGHT, BOX, EDGE = 26, 15, 13
CARET_X, RUN_BOX_X, LEAF_BOX_X, MARK_X, NAME_X = 8, 27, 47, 55, 68
STRIP_WIDTH, STRIP_HEIGHT = 90, 6
MOST_PICTURES = 400
Option = QStyleOptionViewItem


class RowDelegate(QStyledItemDelegate):
    """26 high: caret, box, mark, name; a strip and a count for runs, a status for the rest."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.tokens: Tokens = DARK
        self._pictures: dict[object, QPixmap] = {}

    def sizeHint(self, option: Option, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, HEIGHT)

    def paint(
        self, painter: QPainter, option: Option, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Rows are painted once and kept as pictures: a strip is a hundred small rectangles."""
        model = index.model()
        assert isinstance(model, LibraryModel)
        row, leaf, ticked = model.run_at(index), model.leaf_at(index), model.ticked(index)
        shown = (row.run, row.strip, row.count, row.mark, row.alone) if row else spec.status(leaf)
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        rect, ratio = option.rect, _ratio(painter)
        state = option.state & _SEEN
        key = (shown, words, ticked, rect.left(), rect.right(), state, ratio, self.tokens.name)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._picture(option, row, leaf, ticked, words, ratio)
            if len(self._pictures) > MOST_PICTURES:
                self._pictures.clear()
            self._pictures[key] = picture
        painter.drawPixmap(0, rect.top(), picture)

    def _picture(
        self,
        option: Option,
        row: RunRow | None,
        leaf: Leaf | None,
        ticked: int,
        words: str,
        ratio: float,
    ) -> QPixmap:
        here = Option(option)
        here.rect = option.rect.translated(0, -option.rect.top())
        rect = QRectF(here.rect)
        made = QPixmap(round((rect.right() + 1) * ratio), round(rect.height() * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._surface(painter, here)
        if row is not None:
            self._run(painter, rect, row, opened=bool(here.state & _OPEN))
        self._box(painter, box_rect(rect, child=row is None), ticked)
        right = self._right(painter, here, row, leaf)
        self._name(painter, rect, words, right, dim=ticked == spec.NONE, run=row is not None)
        painter.end()
        return made

    def _surface(self, painter: QPainter, option: Option) -> None:
        k = self.tokens
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(k.selbg))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(k.hover))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), 4, 4)

    def _run(self, painter: QPainter, rect: QRectF, row: RunRow, *, opened: bool) -> None:
        k = self.tokens
        if not row.alone:
            name = "caret-down" if opened else "caret-right"
            glyph = icons.pixmap(name, k.text3, 12, _ratio(painter))
            painter.drawPixmap(QPointF(CARET_X, rect.center().y() - 6), glyph)
        if row.mark is not None:
            colour = marks.colour_of(row.mark.colour, k)
            at = QPointF(MARK_X, rect.center().y())
            marks.draw(painter, row.mark.shape, at, 4.0, colour)

    def _box(self, painter: QPainter, rect: QRectF, ticked: int) -> None:
        k = self.tokens
        if ticked == spec.NONE:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.control), 1.5))
            painter.drawRoundedRect(rect.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(k.accent))
        painter.drawRoundedRect(rect, 4, 4)
        name = "check-bold" if ticked == spec.ALL else "minus-bold"
        glyph = icons.pixmap(name, k.onaccent, 11, _ratio(painter))
        painter.drawPixmap(rect.topLeft() + QPointF(2, 2), glyph)

    def _name(
        self,
        painter: QPainter,
        rect: QRectF,
        words: str,
        right: float,
        *,
        dim: bool,
        run: bool,
    ) -> None:
        face = fonts.font(13, 500 if run else 400)
        painter.setFont(face)
        painter.setPen(QColor(self.tokens.text3 if dim else self.tokens.text))
        room = max(0, int(right - NAME_X - 6))
        fitting = QFontMetrics(face).elidedText(words, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(NAME_X, rect.top(), room + 4, HEIGHT), _LEFT, fitting)

    def _right(
        self, painter: QPainter, option: Option, row: RunRow | None, leaf: Leaf | None
    ) -> float:
        """Paint what stands at the right; return where it begins."""
        rect = QRectF(option.rect)
        if leaf is not None:
            return self._status(painter, option, spec.status(leaf))
        assert row is not None
        face = fonts.font(11)
        painter.setFont(face)
        painter.setPen(QColor(self._quiet(option)))
        edge = rect.right() - EDGE
        wide = max(QFontMetrics(face).horizontalAdvance(row.count), 18)
        painter.drawText(QRectF(edge - wide, rect.top(), wide, HEIGHT), _RIGHT, row.count)
        left = edge - wide - 8 - STRIP_WIDTH
        need = NAME_X + 14 + QFontMetrics(fonts.font(13, 500)).horizontalAdvance(row.run)
        strip = min(STRIP_WIDTH, max(0.0, left + STRIP_WIDTH - need))
        if strip < 24:
            return edge - wide
        left += STRIP_WIDTH - strip
        self._strip(painter, QRectF(left, rect.center().y() - 3, strip, STRIP_HEIGHT), row.strip)
        return left

    def _strip(self, painter: QPainter, rect: QRectF, slots: tuple[Slot, ...]) -> None:
        k = self.tokens
        step = rect.width() / len(slots)
        gap = 1.0 if step >= 2.5 else 0.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for i, slot in enumerate(slots):
            x0, x1 = round(rect.left() + i * step), round(rect.left() + (i + 1) * step - gap)
            whole = QRectF(x0, rect.top(), max(1, x1 - x0), rect.height())
            painter.fillRect(whole, QColor(k.line))
            if slot.trouble == "duplicate":
                painter.fillRect(whole.adjusted(0, 3, 0, 0), QColor(k.warn))
            elif slot.trouble == "failed":
                painter.fillRect(whole, QColor(k.panel))
                painter.fillRect(whole.adjusted(0, 4, 0, 0), QColor(k.danger))
            else:
                self._shares(painter, whole, slot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _shares(self, painter: QPainter, whole: QRectF, slot: Slot) -> None:
        """What is done in full height, what has at least its first texts in half of it."""
        green = QColor(self.tokens.ok)
        if slot.first > slot.share:
            lower = whole.adjusted(0, whole.height() / 2, 0, 0)
            lower.setWidth(max(1.0, whole.width() * slot.first))
            painter.fillRect(lower, green)
        if slot.share > 0:
            done = QRectF(whole)
            done.setWidth(max(1.0, whole.width() * slot.share))
            painter.fillRect(done, green)

    def _status(self, painter: QPainter, option: Option, status: spec.Status) -> float:
        rect, face = QRectF(option.rect), fonts.font(12)
        edge = rect.right() - EDGE
        room = int(edge - NAME_X - 74)
        words = QFontMetrics(face).elidedText(status.words, Qt.TextElideMode.ElideRight, room)
        left = edge - QFontMetrics(face).horizontalAdvance(words)
        quiet = status.token == "text3"
        colour = self._quiet(option) if quiet else getattr(self.tokens, status.token)
        painter.setFont(face)
        painter.setPen(QColor(colour))
        painter.drawText(QRectF(left, rect.top(), edge - left + 2, HEIGHT), _LEFT, words)
        if not status.icon:
            return left
        glyph = icons.pixmap(status.icon, colour, 14, _ratio(painter))
        painter.drawPixmap(QPointF(left - 18, rect.center().y() - 7), glyph)
        return left - 18

    def _quiet(self, option: Option) -> str:
        """text3, which becomes text2 on the selected row."""
        selected = option.state & QStyle.StateFlag.State_Selected
        return self.tokens.text2 if selected else self.tokens.text3


def box_rect(row: QRectF, *, child: bool) -> QRectF:
    """Where the check box of a row is."""
    left = LEAF_BOX_X if child else RUN_BOX_X
    return QRectF(row.left() + left, row.top() + (HEIGHT - BOX) // 2, BOX, BOX)


def _ratio(painter: QPainter) -> float:
    return painter.device().devicePixelRatioF()


_OPEN = QStyle.StateFlag.State_Open
_SEEN = (
    _OPEN
    | QStyle.StateFlag.State_Selected
    | QStyle.StateFlag.State_MouseOver
    | QStyle.StateFlag.State_HasFocus
)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
