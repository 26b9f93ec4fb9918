"""What read-outs are made of: sections in a column, renewed as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from explorer.panels.parts import dress, label, rule
from explorer.theme.tokens import Tokens

EDGE = 14
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Reading(QFrame):
    """A panel of sections with lines between them."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 12)
        self._column.setSpacing(0)
        self._made: list[QWidget] = []

    def show_sections(self, sections: Sequence[QWidget], tokens: Tokens) -> None:
        """Put these in the place of what is there."""
        for widget in self._made:
            self._column.removeWidget(widget)
            widget.deleteLater()
        while self._column.count():
            self._column.takeAt(0)
        self._made = []
        for k, each in enumerate(sections):
            self._made += [each] if not k else [rule(), each]
        for widget in self._made:
            self._column.addWidget(widget)
        self._column.addStretch(1)
        dress(self, tokens)


def section(title: str) -> tuple[QFrame, QVBoxLayout]:
    """A section with its heading, and where its content goes."""
    box = QFrame()
    box.setProperty("role", "quiet")
    column = QVBoxLayout(box)
    column.setContentsMargins(EDGE, 12, EDGE, 12)
    column.setSpacing(6)
    column.addWidget(label(title, "section", wrap=True))
    return box, column


def grid(heads: Sequence[str], stretch: int = 0) -> QGridLayout:
    """A small table with its heads: the first column to the left, the others to the right."""
    made = QGridLayout()
    made.setHorizontalSpacing(12)
    made.setVerticalSpacing(3)
    made.setColumnStretch(stretch, 1)
    for at, words in enumerate(heads):
        made.addWidget(label(words, "tiny"), 0, at, RIGHT if at else LEFT)
    return made


def about_section(sentences: Sequence[str]) -> QWidget:
    """*About these numbers*."""
    box, column = section("About these numbers")
    for sentence in sentences:
        column.addWidget(label(sentence, "caption", wrap=True))
    return box
