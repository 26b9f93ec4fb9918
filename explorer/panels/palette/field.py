"""The field in the top row that opens the palette."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy

from explorer.panels.parts import Themed, label
from explorer.theme import icons

WIDTH, LEAST, HEIGHT, _LEFT = 420, 170, 28, 22
NAME = "Search models and commands"


class PaletteField(QLineEdit, Themed):
    """420 wide. ``opened`` when it is gone into, ``left`` when the keyboard is to go back.

    ``moved`` carries how many lines further the choice goes, ``entered`` asks for the chosen one.
    """

    opened = Signal()
    left = Signal()
    moved = Signal(int)
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(NAME)
        self.setAccessibleName(NAME)
        self.setToolTip(f"{NAME} (Ctrl+K)")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(WIDTH)
        self.setMinimumWidth(LEAST)
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._key = label("Ctrl K", "cap")
        self._key.setParent(self)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextMargins(_LEFT, 0, 48, 0)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, HEIGHT)

    def event(self, event: QEvent) -> bool:
        """Esc and Tab belong to the palette while it is open, not to the window."""
        if not isinstance(event, QKeyEvent):
            return super().event(event)
        key, kind = Qt.Key(event.key()), event.type()
        if kind == QEvent.Type.ShortcutOverride and key in _OWN:
            event.accept()
            return True
        if kind == QEvent.Type.KeyPress and key in _TABS:
            self.moved.emit(_TABS[key])
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key in _STEPS:
            self.moved.emit(_STEPS[key])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.opened.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._key.adjustSize()
        self._key.move(self.width() - self._key.width() - 7, (HEIGHT - self._key.height()) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        glyph = icons.pixmap("magnifying-glass", self.tokens.text2, 16, self.devicePixelRatioF())
        painter.drawPixmap(9, (HEIGHT - 16) // 2, glyph)
        painter.end()


_OWN = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TABS = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -8,
    Qt.Key.Key_PageDown: 8,
}
