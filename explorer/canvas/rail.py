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


class Rail(QWidget):
    """Fit, labels, picture. Each button says its key in its tooltip."""

    fit = Signal()
    labels = Signal(bool)
    picture = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        self._fit = self._add("arrows-out", "Fit everything (R)")
        self._labels = self._add("eye-slash", "Hide labels")
        self._picture = self._add("camera", "Save a picture...")
        self._labels.setCheckable(True)
        self._fit.clicked.connect(lambda: self.fit.emit())
        self._labels.toggled.connect(lambda hidden: self.labels.emit(not hidden))
        self._picture.clicked.connect(lambda: self.picture.emit())

    def show_labelled(self, *, labelled: bool) -> None:
        """State to view: whether labels are shown."""
        self._labels.blockSignals(True)
        self._labels.setChecked(not labelled)
        self._labels.blockSignals(False)

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
        for button in (self._fit, self._labels, self._picture):
            button.setIcon(icons.icon(button.objectName(), tokens.text2, 16))

    def _add(self, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(icon)
        button.setFixedSize(28, 28)
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0].rstrip("."))
        self.layout().addWidget(button)
        return button
