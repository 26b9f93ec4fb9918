"""The tools at the right edge of the map."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from explorer.theme import icons
from explorer.theme.tokens import Tokens

STYLE = """
QToolButton {{ background: {raised}; border: 1px solid {line}; border-radius: 6px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {selbg}; border-color: {accent}; }}
QToolButton:focus {{ border: 2px solid {accent}; }}
"""
WAYS = "Shift adds, Ctrl toggles, Alt removes."
TOOLS = {
    "pan": ("hand", "Move the view (V). Drag; with Shift+Alt a lasso."),
    "box": ("selection", f"Box (B). Drag a box around points; {WAYS}"),
    "lasso": ("polygon", f"Lasso (L). Drag around points; {WAYS}"),
}


class Rail(QWidget):
    """Hand, box and lasso; fit, labels, picture. Each button says its key in its tooltip."""

    tool = Signal(str)
    fit = Signal()
    labels = Signal(bool)
    picture = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self._tools = {name: self._add(*look) for name, look in TOOLS.items()}
        self._fit = self._add("arrows-out", "Fit everything (R)")
        self._labels = self._add("eye-slash", "Hide labels")
        self._picture = self._add("camera", "Save a picture (Ctrl+Shift+S)")
        for name, button in self._tools.items():
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, name=name: self._take(name))
        self._labels.setCheckable(True)
        self._fit.clicked.connect(lambda: self.fit.emit())
        self._labels.clicked.connect(self._hide_labels)
        self._picture.clicked.connect(lambda: self.picture.emit())
        self._shown = ("pan", True)
        self.show_choices(*self._shown)

    def show_choices(self, tool: str, labelled: bool) -> None:
        """The tool in hand, and whether there are labels."""
        self._shown = (tool, labelled)
        for name, button in self._tools.items():
            button.setChecked(name == tool)
        self._labels.setChecked(not labelled)
        tip = "Hide labels" if labelled else "Show labels"
        self._labels.setToolTip(tip)
        self._labels.setAccessibleName(tip)

    def set_tokens(self, tokens: Tokens) -> None:
        self.setStyleSheet(
            STYLE.format(
                raised=tokens.raised,
                line=tokens.line,
                hover=tokens.hover,
                selbg=tokens.selbg,
                accent=tokens.accent,
            )
        )
        for button in (*self._tools.values(), self._fit, self._labels, self._picture):
            button.setIcon(icons.icon(button.objectName(), tokens.text2, 16))

    def _take(self, name: str) -> None:
        """Report it; what is checked follows from the state alone."""
        self.show_choices(*self._shown)
        self.tool.emit(name)

    def _hide_labels(self) -> None:
        labelled = not self._shown[1]
        self.show_choices(*self._shown)
        self.labels.emit(labelled)

    def _add(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(icon)
        button.setFixedSize(28, 28)
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        self.layout().addWidget(button)
        return button
