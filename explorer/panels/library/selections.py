"""Named selections: recall, rename, delete."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QScrollArea, QVBoxLayout

from compute.core.numbers import count
from explorer.panels.parts import (
    Elided,
    IconButton,
    IconLabel,
    Links,
    Themed,
    dress,
    frame,
    label,
    restyle,
)
from explorer.state.map import Named, SelectionState
from explorer.state.selection import choose, forget, rename

HEIGHT, IN_SIGHT = 26, 5


class Selections(QFrame, Themed):
    """Hidden while there is none. The one that is selected now is marked."""

    def __init__(self, selection: SelectionState) -> None:
        super().__init__()
        self._selection = selection
        self._lines: list[_Line] = []
        self.setProperty("role", "strip")
        self._n = label("", "caption")
        self._list, self._scroll = frame("quiet"), QScrollArea()
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 13, 4)
        head.addWidget(label("Selections", "section"))
        head.addStretch(1)
        head.addWidget(self._n)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(0)
        self._scroll.setWidget(self._list)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._scroll)
        self._links = Links()
        self._links.to(self.refresh, selection.events.named, selection.events.chosen)
        self.refresh()

    def refresh(self) -> None:
        """Show the state now."""
        named = self._selection.named
        while len(self._lines) > len(named):
            old = self._lines.pop()
            old.hide()
            old.deleteLater()
        while len(self._lines) < len(named):
            line = _Line(self._selection)
            self._column.addWidget(line)
            dress(line, self.tokens)
            self._lines.append(line)
        for line, each in zip(self._lines, named, strict=True):
            line.show_named(each, now=self._selection.chosen == frozenset(each.ids))
        self._n.setText(count(len(named)))
        self._scroll.setFixedHeight(HEIGHT * min(len(named), IN_SIGHT) + 6)
        self.setVisible(bool(named))

    def close(self) -> bool:
        self._links.close()
        return super().close()


class _Line(QFrame, Themed):
    """A press recalls it, F2 or a double click renames it, the cross deletes it."""

    def __init__(self, selection: SelectionState) -> None:
        super().__init__()
        self._selection, self._named = selection, Named("", ())
        self.setProperty("role", "line")
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._name, self._n = Elided("value"), label("", "caption")
        self._edit = QLineEdit()
        self._edit.setProperty("role", "inline")
        self._edit.setAccessibleName("New name of the selection")
        self._edit.setToolTip("New name (Enter); Esc keeps the old one")
        self._edit.hide()
        self._edit.editingFinished.connect(self._rename)
        self._edit.installEventFilter(self)
        self._gone = IconButton("x", "Delete this selection", size=20, token="text3")
        self._gone.clicked.connect(self._forget)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 9, 0)
        row.setSpacing(8)
        row.addWidget(IconLabel("selection", "text3", 14))
        row.addWidget(self._name, 1)
        row.addWidget(self._edit, 1)
        row.addWidget(self._n)
        row.addWidget(self._gone)

    def show_named(self, named: Named, *, now: bool) -> None:
        self._named = named
        n = count(len(named.ids))
        self._name.set_whole(named.name)
        self._n.setText(n)
        self.setAccessibleName(f"Selection {named.name}, {n} entries")
        self.setToolTip(f"Select these {n} entries (Enter). F2 renames.")
        self.setProperty("on", "true" if now else "false")
        restyle(self)

    def recall(self) -> None:
        choose(self._selection, self._named.ids)

    def rename(self) -> None:
        """Put the keyboard into the name."""
        self._edit.setText(self._named.name)
        self._name.hide()
        self._edit.show()
        self._edit.setFocus()
        self._edit.selectAll()

    def _rename(self) -> None:
        if self._edit.isHidden():
            return
        text = " ".join(self._edit.text().split())
        self._leave()
        if text and text != self._named.name:
            rename(self._selection, self._named.name, text)

    def _leave(self) -> None:
        self._edit.setText(self._named.name)  # hiding it ends the editing, which would rename
        self._edit.hide()
        self._name.show()

    def _forget(self) -> None:
        forget(self._selection, self._named.name)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._leave()
                self.setFocus()
                return True
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.recall()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.rename()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.recall()
            case Qt.Key.Key_F2:
                self.rename()
            case Qt.Key.Key_Down:
                self.focusNextChild()
            case Qt.Key.Key_Up:
                self.focusPreviousChild()
            case _:
                super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("Select", self.recall)
        menu.addAction("Rename...", self.rename)
        menu.addAction("Delete", self._forget)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
