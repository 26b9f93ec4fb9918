"""Title and caption above the map; changed where they stand."""

from __future__ import annotations

import html

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QVBoxLayout

from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.panels.parts import Links
from explorer.panels.presenter import spec
from explorer.state.app import ShellState
from explorer.state.map import MapState, MapTables

MARGIN = 72
BEGIN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2)


class Head(QFrame):
    """Shows ``heading`` and ``caption`` of the shell, or what they are without being set."""

    command = Signal(str, object)

    def __init__(self, shell: ShellState, map_state: MapState) -> None:
        super().__init__()
        self._shell, self._map = shell, map_state
        self._entries: tuple[Entry, ...] = ()
        self.setProperty("role", "canvas")
        self.title = Words("Title", "show-title", 64)
        self.caption = Words("Caption", "show-caption", 38)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 48, MARGIN, 20)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.caption)
        self.title.written.connect(lambda text: self._write("heading", text))
        self.caption.written.connect(lambda text: self._write("caption", text))
        self._links = Links()
        e = shell.events
        self._links.to(self.refresh, e.heading, e.caption, e.project, e.sample, e.n_texts,
                       e.presenting, map_state.events.method)  # fmt: skip
        self.refresh()

    def set_tables(self, tables: MapTables) -> None:
        """What is on the map now; coordinates alone change nothing here."""
        if tables.entries is not self._entries:
            self._entries = tables.entries
            self.refresh()

    def refresh(self) -> None:
        """Show the state, while it is presented."""
        s = self._shell
        if s.presenting:
            sample = s.sample or f"{count(s.n_texts)} texts"
            self.title.show_words(s.heading or spec.title(s.project))
            self.caption.show_words(
                s.caption or spec.caption(self._entries, sample, self._map.method)
            )

    def _write(self, field: str, text: str) -> None:
        self.command.emit(f"present.{field}", text)

    def close(self) -> bool:
        self._links.close()
        return super().close()


class Words(QLabel):
    """Words that can be changed: a click or Enter begins, Enter ends, Esc leaves them as they were.

    ``written`` carries the new words; empty ones mean those that are there without being set.
    """

    written = Signal(str)

    def __init__(self, name: str, role: str, line: int) -> None:
        super().__init__()
        self._line, self._words = line, ""
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setProperty("role", role)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}: click to change it (Enter). Leave it empty for the usual one.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self._field = _Field(self, f"{name}, changing", role)
        self._field.done.connect(self._end)

    def show_words(self, text: str) -> None:
        if text != self._words:
            self._words = text
            style = f"margin: 0; line-height: {self._line}px"
            self.setText(f'<p style="{style}">{html.escape(text)}</p>')
            self.setAccessibleDescription(text)

    @property
    def words(self) -> str:
        return self._words

    def begin(self) -> None:
        """Put a field over the words."""
        self._field.setText(self._words)
        self._field.setGeometry(self.rect())
        self._field.show()
        self._field.selectAll()
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end(self, kept: bool) -> None:
        text = self._field.text().strip()
        self._field.hide()
        if kept and text != self._words:
            self.written.emit(text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in BEGIN_KEYS:
            self.begin()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._field.setGeometry(self.rect())


class _Field(QLineEdit):
    """``done`` says whether the words are kept. Esc belongs to it while it is there."""

    done = Signal(bool)

    def __init__(self, parent: QLabel, name: str, role: str) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip("Enter keeps the words, Esc leaves them as they were")
        self.setProperty("role", role)
        self.hide()
        self.editingFinished.connect(lambda: self._finish(True))

    def _finish(self, kept: bool) -> None:
        if self.isVisible():
            self.done.emit(kept)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _is_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_escape(event):
            self._finish(False)
        else:
            super().keyPressEvent(event)


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
