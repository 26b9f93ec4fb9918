"""Start and window as numbers in the view bar; on the tab of folding, how rough the fold is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIntValidator, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QStackedWidget

from explorer.panels.parts import Choice, Themed
from explorer.plots.diffusion.paint import measure
from explorer.plots.diffusion.spec import ALPHAS
from explorer.theme.fonts import font

PAD = 9


class Field(QLineEdit, Themed):
    """A whole number with its unit inside. ``entered`` carries it; ``stepped`` +1 or -1."""

    entered = Signal(int)
    stepped = Signal(int)

    def __init__(self, name: str, unit: str, tip: str, digits: int) -> None:
        super().__init__()
        self._unit, self._value = unit, 0
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setValidator(QIntValidator(0, 2_000_000_000, self))
        wide = measure("0" * digits, 13, 400) + measure(unit, 11, 400) + 3 * PAD
        self.setFixedWidth(round(wide))
        self.setTextMargins(0, 0, round(measure(unit, 11, 400) + PAD / 2), 0)
        self.editingFinished.connect(self._enter)

    def show_value(self, value: int) -> None:
        """Say what it is now, unless somebody is writing."""
        self._value = value
        if not (self.hasFocus() and self.isModified()):
            self.setText(str(value))

    def _enter(self) -> None:
        if self.isModified() and self.text():
            self.setModified(False)
            self.entered.emit(int(self.text()))
        else:
            self.setText(str(self._value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if step:
            self.setModified(False)
            self.stepped.emit(step)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(font(11))
        painter.setPen(QColor(self.tokens.text3))
        rect = self.rect().adjusted(0, 0, -PAD, 0)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, int(flags), self._unit)
        painter.end()


class Fields(QStackedWidget):
    """Which fields there are depends on the tab."""

    def __init__(self) -> None:
        super().__init__()
        self.start = Field(
            "Start of the window", "step", "Start of the window (left and right in the plot)", 6
        )
        self.points = Field(
            "Length of the window", "points",
            "Length of the window, in intervals between checkpoints (up and down in the plot)", 3,
        )  # fmt: skip
        self.alpha = Choice("Alpha", [(key, f"α = {key}") for key in map(str, ALPHAS)])
        self.alpha.setToolTip("Hölder exponent of the fold")
        self._window, self._fold = QFrame(), QFrame()
        for page, widgets in (
            (self._window, (self.start, self.points)), (self._fold, (self.alpha,)),
        ):  # fmt: skip
            page.setProperty("role", "quiet")
            row = QHBoxLayout(page)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
            self.addWidget(page)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(self.start.width() + self.points.width() + 6, 28)

    def show_tab(self, tab: str) -> None:
        self.setCurrentWidget(self._fold if tab == "folding" else self._window)
