"""The row of tabs over a column of the centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout

from explorer.panels.parts import IconButton, TextButton, frame, restyle

HEIGHT = 36
ROOM = 60
"""Icon and room beside the words of a tab, px."""
BESIDE = "Ctrl+click shows it beside the other view."


class Tab(NamedTuple):
    """A view as its tab shows it."""

    id: str
    title: str
    icon: str
    tip: str


class TabRow(QFrame):
    """``command``: show.<id>, views.split-with, views.split, views.join.

    Where words have no room, the tabs that are not open show their icon alone.
    """

    command = Signal(str, object)

    def __init__(self, tabs: Sequence[Tab], *, second: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._frame = frame("tabs", HEIGHT)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._frame)
        self._titles = {tab.id: tab.title for tab in tabs}
        self._buttons = {tab.id: self._made(tab) for tab in tabs}
        self._current = ""
        self._split = IconButton(
            "x" if second else "columns",
            "Close this column" if second else "Two views side by side",
            command="views.join" if second else "views.split",
        )
        self._split.clicked.connect(lambda: self.command.emit(self._split.command, None))
        row = QHBoxLayout(self._frame)
        row.setContentsMargins(4, 0, 6, 0)
        row.setSpacing(0)
        for button in self._buttons.values():
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._split)
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(0)

    def _made(self, tab: Tab) -> TextButton:
        button = TextButton(tab.title, tab.icon, role="tab", command=f"show.{tab.id}")
        button.setCheckable(True)
        button.set_tip(f"{tab.title}: {tab.tip}")
        button.setAccessibleName(f"{tab.title} view")
        button.clicked.connect(lambda: self._press(tab.id))
        button.installEventFilter(self)
        return button

    def _press(self, view: str) -> None:
        self._buttons[view].setChecked(view == self._current)
        self.command.emit(f"show.{view}", None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            beside = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if beside and event.button() == Qt.MouseButton.LeftButton:
                view = next(v for v, b in self._buttons.items() if b is watched)
                self.command.emit("views.split-with", view)
                return True
        return super().eventFilter(watched, event)

    def show_tab(self, view: str, *, split: bool) -> None:
        """Which view is open in this column, and whether there is a second one."""
        self._current = view
        for each, button in self._buttons.items():
            button.setChecked(each == view)
        self._split.setVisible(not split or self._split.command == "views.join")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self._split.width() - 14
        wide = sum(self._width_of(view) for view in self._buttons)
        for view, button in self._buttons.items():
            _show_words(button, shown=wide <= room or view == self._current)

    def _width_of(self, view: str) -> int:
        """Of a tab with its words, whether they are shown or not."""
        metrics = self._buttons[view].fontMetrics()
        return metrics.horizontalAdvance(self._titles[view]) + ROOM

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        buttons = list(self._buttons.values())
        at = next((i for i, b in enumerate(buttons) if b.hasFocus()), -1)
        if step and at >= 0:
            buttons[(at + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)


def _show_words(button: TextButton, *, shown: bool) -> None:
    style = Qt.ToolButtonStyle
    wanted = style.ToolButtonTextBesideIcon if shown else style.ToolButtonIconOnly
    if button.toolButtonStyle() != wanted:
        button.setToolButtonStyle(wanted)
        button.setProperty("narrow", not shown)
        restyle(button)
