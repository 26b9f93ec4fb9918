"""The search field of the library."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit

from explorer.panels.parts import Themed, label
from explorer.theme import icons

_LEFT = 30
TIP = (
    "Find in the library (/). Words, /regular expressions/, or step <= 1,200; "
    "Enter selects what is found, Esc clears."
)


class SearchField(QLineEdit, Themed):
    """28 high; shows its key while empty and a count while it filters. Esc empties it."""

    left = Signal()

    def __init__(self, key: str = "/") -> None:
        super().__init__()
        self.setPlaceholderText("Find a model, run or tag")
        self.setAccessibleName("Find in the library")
        self.setToolTip(TIP)
        self._key = label(key, "cap")
        self._count = label("", "caption")
        for note in (self._key, self._count):
            note.setParent(self)
            note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextMargins(_LEFT - 10, 0, 60, 0)
        self._count.hide()

    def show_count(self, words: str) -> None:
        """How much the filter shows; "" = no filter."""
        self._count.setText(words)
        self._count.setVisible(bool(words))
        self._key.setVisible(not words and bool(self._key.text()))
        self._place()

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.left.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        glyph = icons.pixmap("magnifying-glass", self.tokens.text3, 16, self.devicePixelRatioF())
        painter.drawPixmap(9, (self.height() - 16) // 2, glyph)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(200, 28)

    def _place(self) -> None:
        for note in (self._key, self._count):
            note.adjustSize()
            note.move(self.width() - note.width() - 8, (self.height() - note.height()) // 2)
