"""Small widgets that several panels use: segmented switches, lines, labels with a role."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from explorer.theme.icons import icon


def label(text: str, role: str) -> QLabel:
    made = QLabel(text)
    made.setProperty("role", role)
    return made


def line(*, vertical: bool = False) -> QFrame:
    made = QFrame()
    made.setProperty("role", "line")
    (made.setFixedWidth if vertical else made.setFixedHeight)(1)
    return made


def icon_button(name: str, colour: str, tip: str, size: int = 28) -> QToolButton:
    """A button that is only an icon: with a tooltip and an accessible name."""
    made = QToolButton()
    made.setProperty("role", "icon")
    made.setFixedSize(size, size)
    made.setIcon(icon(name, colour))
    made.setIconSize(QSize(16, 16))
    made.setToolTip(tip)
    made.setAccessibleName(tip.partition(" (")[0])
    made.setProperty("icon_name", name)
    return made


def row(*items: QWidget | int | None, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QWidget:
    """Widgets side by side; an int is a fixed gap, None a stretch."""
    made = QWidget()
    layout = QHBoxLayout(made)
    layout.setContentsMargins(*margins)
    layout.setSpacing(0)
    fill(layout, *items)
    return made


def fill(layout: QLayout, *items: QWidget | int | None) -> None:
    for item in items:
        if item is None:
            layout.addStretch(1)  # type: ignore[attr-defined]
        elif isinstance(item, int):
            layout.addSpacing(item)  # type: ignore[attr-defined]
        else:
            layout.addWidget(item)


class Segments(QFrame):
    """An exclusive switch. ``chosen`` is sent for clicks, not when the state sets it."""

    chosen = Signal(str)

    def __init__(self, options: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "segments")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        for key, title in options.items():
            button = QToolButton(self)
            button.setProperty("role", "segment")
            button.setText(title)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked, k=key: self.chosen.emit(k))
            self._group.addButton(button)
            self._buttons[key] = button
            layout.addWidget(button)

    def button(self, key: str) -> QToolButton:
        return self._buttons[key]

    def show_choice(self, key: str) -> None:
        if key in self._buttons:
            self._buttons[key].setChecked(True)
