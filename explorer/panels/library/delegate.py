"""Paints a row of the library."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from explorer.panels.library import spec
from explorer.panels.library.groups import Group
from explorer.panels.library.model import LibraryModel
from explorer.panels.library.strip import paint_strip
from explorer.state.map import RunMark
from explorer.theme import fonts, icons, marks
from explorer.theme.tokens import DARK, Tokens

HEIGHT, BOX, EDGE = 26, 15, 13
CARET_X, BOX_X, STEP_IN = 8, 27, 16
MARK_GAP, NAME_GAP = 11, 6
STRIP_WIDTH = 90
MOST_PICTURES = 400
Option = QStyleOptionViewItem


@dataclass(frozen=True, slots=True)
class Face:
    """How a row looks: equal faces are the same picture. ``caret`` is "", "down" or "right"."""

    words: str
    ticked: int
    depth: int
    weight: int = 400
    token: str = "text"
    caret: str = ""
    mark: RunMark | None = None
    strip: tuple[spec.Slot, ...] = ()
    count: str = ""
    status: spec.Status | None = None
    chosen: bool = False


def face(model: LibraryModel, index: QModelIndex | QPersistentModelIndex, *, opened: bool) -> Face:
    """What is painted for a row. Excluded or set aside: the name in text3."""
    words = str(index.data(Qt.ItemDataRole.DisplayRole))
    ticked, depth = model.ticked(index), model.depth(index)
    row, leaf, run = model.row_at(index), model.leaf_at(index), model.run_of(index)
    caret = "down" if opened else "right"
    if isinstance(row, Group):
        dim = ticked == spec.NONE or row.aside
        top = row.key.startswith("family:")
        token = "text3" if dim else "text" if top else "text2"
        count = row.count if top or row.shut else ""
        return Face(words, ticked, depth, 600 if top else 500, token, caret, count=count)
    assert run is not None
    if leaf is None:
        token = "text3" if ticked == spec.NONE or run.aside else "text"
        return Face(words, ticked, depth, 500, token, caret, run.mark, run.strip, run.count)
    aside = leaf.key in run.hidden or leaf.key in run.greyed
    token = "text3" if ticked == spec.NONE or aside else "text"
    mark = run.mark if run.alone else None
    weight = 500 if run.alone else 400
    status = spec.status_in(run, leaf)
    return Face(words, ticked, depth, weight, token, mark=mark, status=status)


class RowDelegate(QStyledItemDelegate):
    """26 high: caret, box, mark, name; a strip and a count for runs, a status for leaves."""

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
        shown = replace(
            face(model, index, opened=bool(option.state & _OPEN)), chosen=model.is_chosen(index)
        )
        rect, ratio = option.rect, _ratio(painter)
        state = option.state & _SEEN
        key = (shown, rect.left(), rect.right(), state, ratio, self.tokens.name)
        picture = self._pictures.get(key)
        if picture is None:
            picture = self._picture(option, shown, ratio)
            if len(self._pictures) > MOST_PICTURES:
                self._pictures.clear()
            self._pictures[key] = picture
        painter.drawPixmap(0, rect.top(), picture)

    def _picture(self, option: Option, shown: Face, ratio: float) -> QPixmap:
        here = Option(option)
        here.rect = option.rect.translated(0, -option.rect.top())
        rect = QRectF(here.rect)
        made = QPixmap(round((rect.right() + 1) * ratio), round(rect.height() * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._surface(painter, here, chosen=shown.chosen)
        if shown.caret:
            self._caret(painter, rect, shown)
        self._box(painter, box_rect(rect, shown.depth), shown.ticked)
        if shown.mark is not None:
            self._mark(painter, rect, shown.depth, shown.mark)
        self._name(painter, rect, shown, self._right(painter, here, shown))
        painter.end()
        return made

    def _surface(self, painter: QPainter, option: Option, *, chosen: bool) -> None:
        k = self.tokens
        if chosen or option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(k.selbg))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(k.hover))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), 4, 4)

    def _caret(self, painter: QPainter, rect: QRectF, shown: Face) -> None:
        glyph = icons.pixmap(f"caret-{shown.caret}", self.tokens.text3, 12, _ratio(painter))
        x = rect.left() + CARET_X + STEP_IN * shown.depth
        painter.drawPixmap(QPointF(x, rect.center().y() - 6), glyph)

    def _mark(self, painter: QPainter, rect: QRectF, depth: int, mark: RunMark) -> None:
        at = QPointF(box_rect(rect, depth).right() + MARK_GAP, rect.center().y())
        marks.draw(painter, mark.shape, at, 4.0, marks.colour_of(mark.colour, self.tokens))

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

    def _name(self, painter: QPainter, rect: QRectF, shown: Face, right: float) -> None:
        kind = fonts.font(13, shown.weight)
        left = name_x(rect, shown)
        painter.setFont(kind)
        painter.setPen(QColor(getattr(self.tokens, shown.token)))
        room = max(0, int(right - left - 6))
        fitting = QFontMetrics(kind).elidedText(shown.words, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(left, rect.top(), room + 4, HEIGHT), _LEFT, fitting)

    def _right(self, painter: QPainter, option: Option, shown: Face) -> float:
        """Paint what stands at the right; return where it begins."""
        rect = QRectF(option.rect)
        edge = rect.right() - EDGE
        if shown.status is not None:
            return self._status(painter, option, shown, shown.status)
        if not shown.count:
            return edge
        kind = fonts.font(11)
        painter.setFont(kind)
        painter.setPen(QColor(self._quiet(option, shown)))
        wide = max(QFontMetrics(kind).horizontalAdvance(shown.count), 18)
        painter.drawText(QRectF(edge - wide, rect.top(), wide, HEIGHT), _RIGHT, shown.count)
        if not shown.strip:
            return edge - wide
        end = edge - wide - 8
        words = QFontMetrics(fonts.font(13, shown.weight)).horizontalAdvance(shown.words)
        strip = min(STRIP_WIDTH, end - name_x(rect, shown) - words - 14)
        if strip < 24:
            return edge - wide
        area = QRectF(end - strip, rect.center().y() - 3, strip, 6)
        paint_strip(painter, area, shown.strip, self.tokens)
        return end - strip

    def _status(self, painter: QPainter, option: Option, shown: Face, status: spec.Status) -> float:
        rect, kind = QRectF(option.rect), fonts.font(12)
        edge = rect.right() - EDGE
        room = int(edge - name_x(rect, shown) - 74)
        words = QFontMetrics(kind).elidedText(status.words, Qt.TextElideMode.ElideRight, room)
        left = edge - QFontMetrics(kind).horizontalAdvance(words)
        quiet = status.token == "text3"
        colour = self._quiet(option, shown) if quiet else getattr(self.tokens, status.token)
        painter.setFont(kind)
        painter.setPen(QColor(colour))
        painter.drawText(QRectF(left, rect.top(), edge - left + 2, HEIGHT), _LEFT, words)
        if not status.icon:
            return left
        glyph = icons.pixmap(status.icon, colour, 14, _ratio(painter))
        painter.drawPixmap(QPointF(left - 18, rect.center().y() - 7), glyph)
        return left - 18

    def _quiet(self, option: Option, shown: Face) -> str:
        """text3, which becomes text2 on a selected row."""
        selected = shown.chosen or option.state & QStyle.StateFlag.State_Selected
        return self.tokens.text2 if selected else self.tokens.text3


def box_rect(row: QRectF, depth: int) -> QRectF:
    """Where the check box of a row is."""
    left = row.left() + BOX_X + STEP_IN * depth
    return QRectF(left, row.top() + (HEIGHT - BOX) // 2, BOX, BOX)


def name_x(row: QRectF, shown: Face) -> float:
    """Where the name of a row begins."""
    right = box_rect(row, shown.depth).right()
    return right + (2 * MARK_GAP + 2 if shown.mark is not None else NAME_GAP)


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
