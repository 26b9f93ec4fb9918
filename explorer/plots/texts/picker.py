"""The two entries at the top: a button each, which opens a list to find another one in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from compute.core.tables import Entry
from explorer.panels.parts import Themed, dress
from explorer.plots.texts import spec
from explorer.state.map import RunMark
from explorer.theme import fonts, marks
from explorer.theme.tokens import Tokens

HEIGHT, MARK_ROOM, GAP, EDGE = 28, 18, 6, 4
MOST_SHOWN = 500


class EntryButton(QAbstractButton, Themed):
    """Mark, name and step of one entry of the pair. ``entered``: the pointer has come, or gone."""

    entered = Signal(bool)

    def __init__(self, which: str) -> None:
        super().__init__()
        self._which = which
        self._name = self._step = ""
        self._mark: RunMark | None = None
        self._pointed = False
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_entry(self, entry: Entry, mark: RunMark | None) -> None:
        self._name, self._step, self._mark = spec.name_words(entry), spec.step_words(entry), mark
        whole = entry.label or entry.id
        self.setAccessibleName(f"{self._which}: {whole}")
        self.setToolTip(f"{whole}. Choose another entry.")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        name = QFontMetrics(fonts.font(13, 600)).horizontalAdvance(self._name)
        return QSize(2 * EDGE + MARK_ROOM + name + self._step_width() + 2, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * EDGE + MARK_ROOM + 34, HEIGHT)

    def _step_width(self) -> int:
        words = QFontMetrics(fonts.font(13)).horizontalAdvance(self._step)
        return words + GAP if self._step else 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        k, painter = self.tokens, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        if self.underMouse() or self.isDown() or self._pointed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(k.selbg if self.isDown() else k.hover))
            painter.drawRoundedRect(area, 6, 6)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(k.accent), 2))
            painter.drawRoundedRect(area, 6, 6)
        if self._mark is not None:
            at = QPointF(EDGE + 6, self.height() / 2)
            marks.draw(painter, self._mark.shape, at, 4.4, marks.colour_of(self._mark.colour, k))
        self._words(painter)
        painter.end()

    def _words(self, painter: QPainter) -> None:
        k, kind = self.tokens, fonts.font(13, 600)
        left = EDGE + MARK_ROOM
        room = self.width() - left - EDGE
        whole = QFontMetrics(kind).horizontalAdvance(self._name) + self._step_width()
        step = self._step_width() if whole <= room + 2 else 0  # the name comes first
        shown = QFontMetrics(kind).elidedText(self._name, Qt.TextElideMode.ElideMiddle, room - step)
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(kind)
        painter.setPen(QColor(k.text))
        painter.drawText(QRectF(left, 0, room - step + 2, HEIGHT), middle, shown)
        if step:
            x = left + QFontMetrics(kind).horizontalAdvance(shown) + GAP
            painter.setFont(fonts.font(13))
            painter.setPen(QColor(k.text3))
            painter.drawText(QRectF(x, 0, step, HEIGHT), middle, self._step)

    def show_pointed(self, *, pointed: bool) -> None:
        """Whether some view points at this entry."""
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def enterEvent(self, event: QEvent) -> None:
        self.entered.emit(True)
        self.update()
        super().enterEvent(event)  # type: ignore[arg-type]

    def leaveEvent(self, event: QEvent) -> None:
        self.entered.emit(False)
        self.update()
        super().leaveEvent(event)


def matching(entries: Sequence[Entry], words: str, most: int = MOST_SHOWN) -> tuple[Entry, ...]:
    """Entries whose label holds every word that was written, the first ``most`` of them."""
    wanted = words.lower().split()
    found = (e for e in entries if all(w in (e.label or e.id).lower() for w in wanted))
    return tuple(e for e, _ in zip(found, range(most), strict=False))


class Picker(QFrame):
    """A field over a list; ``picked`` carries an entry id. Closes by itself."""

    picked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "popup")
        self._entries: Sequence[Entry] = ()
        self._shown: tuple[Entry, ...] = ()
        self.field, self._model = QLineEdit(), QStringListModel(self)
        self.field.setPlaceholderText("Find an entry")
        self.field.setAccessibleName("Find an entry")
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setProperty("role", "picks")
        self.list.setAccessibleName("Entries")
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.setFixedSize(300, 360)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._take)
        self.list.clicked.connect(lambda index: self._pick(index.row()))
        self.list.activated.connect(lambda index: self._pick(index.row()))
        self.field.installEventFilter(self)

    def open_at(self, at: QPoint, entries: Sequence[Entry], now: str, tokens: Tokens) -> None:
        """Show the list below a button."""
        self._entries = entries
        self.field.clear()
        self._filter("")
        row = next((k for k, e in enumerate(self._shown) if e.id == now), 0)
        self.list.setCurrentIndex(self._model.index(row))
        dress(self, tokens)
        self.move(at)
        self.show()
        self.list.scrollTo(self._model.index(row), QListView.ScrollHint.PositionAtCenter)
        self.field.setFocus()

    def _filter(self, words: str) -> None:
        self._shown = matching(self._entries, words)
        self._model.setStringList([e.label or e.id for e in self._shown])
        if self._shown:
            self.list.setCurrentIndex(self._model.index(0))

    def _take(self) -> None:
        self._pick(max(self.list.currentIndex().row(), 0))

    def _pick(self, row: int) -> None:
        if row < len(self._shown):
            self.close()
            self.picked.emit(self._shown[row].id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys in the field move in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self._shown:
                row = (self.list.currentIndex().row() + step) % len(self._shown)
                self.list.setCurrentIndex(self._model.index(row))
                return True
        return super().eventFilter(watched, event)
