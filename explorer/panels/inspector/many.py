"""What many selected entries have in common: their runs, the KL inside, what to do with them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from compute.core.numbers import count
from explorer.panels.inspector.ladder import LadderView
from explorer.panels.inspector.nearest import SIDE, headed
from explorer.panels.parts import (
    Elided,
    MarkLabel,
    PushButton,
    Themed,
    dress,
    frame,
    label,
    restyle,
    rule,
)
from explorer.state.library import LibraryState
from explorer.state.many import Many, RunPart, method, parts, sentence
from explorer.state.map import NO_MARK, RunMark, SelectionState

MOST_RUNS = 8
BUTTONS = (
    ("selection.save", "Save selection", "bookmark-simple", "Keep this selection by a name"),
    ("selection.isolate", "Isolate", "target", "Show these alone (I)"),
    ("selection.hide", "Hide", "eye-slash", "Hide these (H)"),
    ("selection.export", "Export...", "export", "Write them and their pairs as tables (CSV)"),
)


class ManyView(QFrame, Themed):
    """Runs are shown at once; the pairs come a moment later by :meth:`show_pairs`."""

    command = Signal(str, object)

    def __init__(self, library: LibraryState, selection: SelectionState) -> None:
        super().__init__()
        self._library, self._selection = library, selection
        self._lines: list[_RunLine] = []
        self._pairs: Many | None = None
        self.setProperty("role", "quiet")
        self._title, self._more = label("", "heading"), label("", "caption")
        self._unit, self._words = label("KL, bits/byte", "caption"), label("", "small", wrap=True)
        self._ladder = LadderView()
        self._runs = QVBoxLayout()
        self._lay_out()

    def _lay_out(self) -> None:
        top = QVBoxLayout()
        top.setContentsMargins(SIDE, 12, SIDE, 12)
        top.setSpacing(6)
        self._runs.setSpacing(0)
        top.addWidget(self._title)
        top.addLayout(self._runs)
        top.addWidget(self._more)
        middle = QVBoxLayout()
        middle.setContentsMargins(SIDE, 8, SIDE, 12)
        middle.setSpacing(6)
        middle.addWidget(self._ladder)
        middle.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(rule())
        column.addLayout(headed("Inside the selection", self._unit))
        column.addLayout(middle)
        column.addWidget(rule())
        column.addWidget(self._buttons())
        column.addStretch(1)

    def _buttons(self) -> QFrame:
        made = frame("quiet")
        grid = QGridLayout(made)
        grid.setContentsMargins(SIDE, 12, SIDE, 0)
        grid.setSpacing(8)
        for i, (command, words, icon, tip) in enumerate(BUTTONS):
            button = PushButton(words, icon, tip=tip)
            button.setAccessibleName(tip.split(" (")[0])
            button.clicked.connect(lambda _=False, c=command: self.command.emit(c, None))
            grid.addWidget(button, i // 2, i % 2)
        return made

    def show_chosen(self, marks: Mapping[str, RunMark]) -> None:
        """What can be said without computing."""
        chosen = self._selection.chosen
        self._title.setText(f"{count(len(chosen))} entries selected")
        found = parts(e for e in self._library.entries if e.id in chosen)
        for part, line in zip(found, self._lines_for(found[:MOST_RUNS]), strict=False):
            line.show_part(part, marks.get(part.run, NO_MARK))
        more = found[MOST_RUNS:]
        n = sum(part.n for part in more)
        self._more.setText(f"{count(len(more))} more runs with {count(n)} entries")
        self._more.setVisible(bool(more))
        if self._pairs is not None and self._pairs.ids != chosen:
            self._ladder.set_stale(stale=True)
            self._set_stale(stale=True)

    def show_pairs(self, many: Many) -> None:
        """The pairs inside what is selected."""
        self._pairs = many
        self._ladder.show_many(many)
        self._ladder.set_stale(stale=False)
        self._set_stale(stale=False)
        self._words.setText(sentence(many))
        for widget in (self._words, self._unit):
            widget.setToolTip(method(many))

    def _set_stale(self, *, stale: bool) -> None:
        self._words.setProperty("stale", "true" if stale else "false")
        restyle(self._words)

    def _lines_for(self, found: tuple[RunPart, ...]) -> list[_RunLine]:
        while len(self._lines) < len(found):
            line = _RunLine()
            dress(line, self.tokens)
            self._lines.append(line)
            self._runs.addWidget(line)
        for i, line in enumerate(self._lines):
            line.setVisible(i < len(found))
        return self._lines[: len(found)]


class _RunLine(QFrame):
    """Mark, run, how much of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self.setFixedHeight(26)
        self._mark, self._name, self._words = MarkLabel(), Elided("value"), label("", "caption")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._name, 1)
        row.addWidget(self._words, 0, Qt.AlignmentFlag.AlignRight)

    def show_part(self, part: RunPart, mark: RunMark) -> None:
        self._mark.show_mark(mark.colour, mark.shape)
        self._name.set_whole(part.run)
        self._words.setText(part.words)
