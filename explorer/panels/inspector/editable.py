"""A fact of an entry that can be changed in its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLineEdit, QStackedLayout, QVBoxLayout, QWidget

from compute.core.edits import Field
from compute.core.errors import UsageError
from compute.core.tables import Entry
from explorer.panels.parts import Elided, Themed, label, restyle
from explorer.theme import icons

HEIGHT, OUT, PENCIL = 22, 5, 12


class Editable(QWidget):
    """Words that become a field by a click, F2 or Enter; Esc leaves it as it was.

    ``asked`` carries the field's name and its new value. What makes no sense is said below, and
    the field stays open.
    """

    asked = Signal(str, object)

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._shown = ""
        self._leaving = False
        self._words, self._edit = _Words(field), QLineEdit()
        self._problem = label("", "danger", wrap=True)
        self._problem.hide()
        self._edit.setProperty("role", "inline")
        self._edit.setPlaceholderText(field.hint)
        self._edit.setAccessibleName(field.title)
        self._edit.setToolTip("Enter keeps it, Esc leaves it as it was")
        self._edit.installEventFilter(self)
        self._edit.returnPressed.connect(self._commit)
        self._words.opened.connect(self.open)
        self._stack = QStackedLayout()
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._words)
        self._stack.addWidget(self._edit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(self._stack)
        column.addWidget(self._problem)

    @property
    def is_open(self) -> bool:
        return self._stack.currentWidget() is self._edit

    def show_entry(self, entry: Entry) -> None:
        """Show the value of an entry; one that is being typed is left alone."""
        self._shown = self.field.shown(entry)
        self._words.show_words(self._shown)

    def open(self) -> None:
        """Let it be typed."""
        self._edit.setText(self._shown)
        self._stack.setCurrentWidget(self._edit)
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.selectAll()

    def leave(self) -> None:
        """Back to words, nothing changed."""
        had = self._edit.hasFocus()
        self._leaving = (
            True  # hiding the field takes its focus, which otherwise keeps what is typed
        )
        self._say("")
        self._stack.setCurrentWidget(self._words)
        self._leaving = False
        if had:
            self._words.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_stale(self, *, stale: bool) -> None:
        self._words.set_stale(stale=stale)

    def _commit(self) -> None:
        text = self._edit.text()
        if text == self._shown:
            self.leave()
            return
        try:
            value = self.field.parsed(text)
        except UsageError as refused:
            self._say(refused.message)
            return
        self.leave()
        self.asked.emit(self.field.name, value)

    def _may_keep(self) -> bool:
        """Going elsewhere keeps what was typed, unless it was found to make no sense."""
        return self.is_open and not self._leaving and not self._problem.text()

    def _say(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self._may_keep():
            self._commit()
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.leave()
                return True
        return False


class _Words(QFrame, Themed):
    """The value; a pencil under the pointer or with the focus says that it can be changed."""

    opened = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._hint, self._title = field.hint, field.title
        self.setProperty("role", "quiet")
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setToolTip(f"Change {field.title.lower()} (Enter or F2)")
        self.setAccessibleName(f"{field.title}. Enter changes it")
        self._label = Elided("value")
        column = QVBoxLayout(self)
        column.setContentsMargins(OUT, 0, PENCIL + 2 * OUT, 0)
        column.addWidget(self._label)

    def show_words(self, words: str) -> None:
        self._label.set_whole(words or self._hint)
        self._label.setProperty("role", "value" if words else "caption")
        restyle(self._label)
        self.setAccessibleName(f"{self._title}: {words or 'unknown'}. Enter changes it")

    def set_stale(self, *, stale: bool) -> None:
        self._label.setProperty("stale", "true" if stale else "false")
        restyle(self._label)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not (self.underMouse() or self.hasFocus()):
            return
        k, painter = self.tokens, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(QColor(k.accent if self.hasFocus() else k.line), width))
        painter.setBrush(QColor(k.hover))
        edge = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), 4, 4)
        glyph = icons.pixmap("pencil-simple", k.text3, PENCIL, self.devicePixelRatioF())
        x = self.width() - PENCIL - OUT
        painter.drawPixmap(x, (self.height() - PENCIL) // 2, glyph)
        painter.end()
