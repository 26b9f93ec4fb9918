"""The inspector's dock content."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout

from compute.core.numbers import COMMON_ERRORS
from explorer.panels.inspector import spec
from explorer.panels.inspector.ladder import LadderView
from explorer.panels.inspector.near import NearRow
from explorer.panels.parts import (
    Elided,
    IconButton,
    Later,
    Links,
    MarkLabel,
    Themed,
    dress,
    frame,
    label,
    restyle,
    rule,
)
from explorer.state.library import LibraryState
from explorer.state.map import InspectorModel, RunMark, SelectionState, run_marks
from explorer.state.selection import select

SIDE = 14
STALE_MS = 200
_NO_MARK = RunMark("", -1, "circle")
EMPTY = "Select a model on the map or in the library to see how far its neighbours are."


class Inspector(QFrame, Themed):
    """Shows one :class:`InspectorModel`; a press on a neighbour selects it."""

    def __init__(self, library: LibraryState, selection: SelectionState) -> None:
        super().__init__()
        self._library, self._selection = library, selection
        self._model: InspectorModel | None = None
        self._stale = False
        self._marks: Mapping[str, RunMark] = {}
        self._marked: object = None
        self.setProperty("role", "panel")
        self._empty = label(EMPTY, "small", wrap=True)
        self._content = frame("quiet")
        self._card, self._ladder, self._near = _Card(), LadderView(), _Nearest()
        self._lay_out()
        self._near.asked.connect(self._ask)
        self._links = Links()
        self._links.to(self._selection_changed, selection.events.selected)
        self._stale_soon = Later(self, STALE_MS, self._show_stale)
        self.show_model(None)

    @property
    def asked(self) -> str:
        """The entry on show, "" = none."""
        return self._model.entry.id if self._model is not None else ""

    def _lay_out(self) -> None:
        head = frame("header", 36)
        self.head = QHBoxLayout(head)
        self.head.setContentsMargins(12, 0, 8, 0)
        self.head.addWidget(label("Inspector", "title"))
        self.head.addStretch(1)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        column.addWidget(self._card)
        column.addWidget(rule())
        column.addLayout(_headed("How far to its neighbours", label("KL, bits/byte", "caption")))
        ladder = QHBoxLayout()
        ladder.setContentsMargins(SIDE, 8, SIDE, 14)
        ladder.addWidget(self._ladder)
        column.addLayout(ladder)
        column.addWidget(rule())
        column.addWidget(self._near)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(self._content)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll = scroll
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        self._empty.setContentsMargins(SIDE, 14, SIDE, 0)
        layout.addWidget(self._empty)
        layout.addWidget(scroll, 1)
        layout.addStretch()

    def show_model(self, model: InspectorModel | None) -> None:
        """None = nothing selected."""
        self._model = model
        self._stale_soon.stop()
        self._set_stale(stale=False)
        self._empty.setVisible(model is None)
        self._scroll.setVisible(model is not None)
        if model is None:
            return
        if self._marked is not self._library.entries:
            self._marked = self._library.entries
            self._marks = run_marks(self._library.entries)
        entry = model.entry
        self._card.show_model(model, self._marks.get(entry.run or entry.label, _NO_MARK))
        self._ladder.show_model(model, self._marks)
        self._near.show_model(model, self._marks)
        self._near.setVisible(bool(model.neighbours))

    def _selection_changed(self) -> None:
        if not self._selection.selected:
            self.show_model(None)
        elif self.asked and self.asked != self._selection.selected:
            self._stale_soon.ask()

    def _show_stale(self) -> None:
        self._set_stale(stale=True)

    def _set_stale(self, *, stale: bool) -> None:
        """Old values turn faint while those of the next entry are computed."""
        if stale != self._stale:
            self._stale = stale
            for part in (self._card, self._ladder, self._near):
                part.set_stale(stale=stale)

    def _ask(self, entry: str) -> None:
        select(self._selection, entry)

    def close(self) -> bool:
        self._links.close()
        return super().close()


class _Card(QFrame):
    """Mark, name, what it is, its facts and its digest."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._mark, self._title = MarkLabel(16, 5.6), Elided("name")
        self._sentence = label("", "small", wrap=True)
        self._facts = QGridLayout()
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._digest_name, self._digest = label("Digest", "caption"), label("", "digest")
        self._copy = IconButton("copy", "Copy the digest", size=22)
        self._copy.clicked.connect(self._copy_digest)
        self._error, self._note = label("", "danger", wrap=True), label("", "warn", wrap=True)
        self._whole = ""
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._mark)
        top.addWidget(self._title, 1)
        self._facts.setHorizontalSpacing(14)
        self._facts.setVerticalSpacing(6)
        self._facts.setColumnMinimumWidth(0, 82)
        self._facts.setColumnStretch(1, 1)
        digest = QHBoxLayout()
        digest.setSpacing(4)
        digest.addWidget(self._digest)
        digest.addWidget(self._copy)
        digest.addStretch(1)
        self._facts.addWidget(self._digest_name, 9, 0)
        self._facts.addLayout(digest, 9, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE, 12, SIDE, 12)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self._sentence)
        column.addSpacing(3)
        column.addLayout(self._facts)
        column.addWidget(self._error)
        column.addWidget(self._note)

    def show_model(self, model: InspectorModel, mark: RunMark) -> None:
        entry = model.entry
        self._mark.show_mark(mark.colour, mark.shape)
        self._title.set_whole(spec.title(entry))
        self._sentence.setText(spec.sentence(entry))
        self._sentence.setVisible(bool(self._sentence.text()))
        self._show_facts(spec.facts(model))
        self._whole = entry.digest
        self._digest.setText(spec.short_digest(entry.digest))
        for widget in (self._digest_name, self._digest, self._copy):
            widget.setVisible(bool(entry.digest))
        said = ((self._error, spec.problem(model)), (self._note, spec.caution(model)))
        for words, sentence in said:
            words.setText(sentence)
            words.setVisible(bool(sentence))

    def set_stale(self, *, stale: bool) -> None:
        """Faint words: they belong to what was shown before."""
        for words in self.findChildren(QLabel):
            words.setProperty("stale", "true" if stale else "false")
            restyle(words)

    def _show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        while len(self._rows) < len(facts):
            made = label("", "caption"), label("", "value", wrap=True)
            at = len(self._rows)
            self._facts.addWidget(made[0], at, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(made[1], at, 1)
            self._rows.append(made)
        for i, (name, value) in enumerate(self._rows):
            shown = i < len(facts)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                name.setText(facts[i][0])
                value.setText(facts[i][1])

    def _copy_digest(self) -> None:
        QGuiApplication.clipboard().setText(self._whole)


class _Nearest(QFrame, Themed):
    """The nearest entries with KL ± SE; ``asked`` carries the id of one that was pressed."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._n = label("", "caption")
        self._rows: list[NearRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 8)
        self._column.setSpacing(0)
        self._column.addLayout(_headed("Nearest", self._n))
        self._column.addSpacing(8)
        self._common = label("These errors are common to all pairs.", "caption", wrap=True)
        self._common.setContentsMargins(SIDE, 4, SIDE, 0)
        self._common.setToolTip(COMMON_ERRORS)
        self._column.addWidget(self._common)

    def show_model(self, model: InspectorModel, of_runs: Mapping[str, RunMark]) -> None:
        self._n.setText(spec.sample(model))
        self._n.setToolTip(COMMON_ERRORS if model.sample else "")
        self._common.setVisible(bool(model.sample and model.neighbours))
        while len(self._rows) < len(model.neighbours):
            row = NearRow()
            row.asked.connect(self.asked)
            dress(row, self.tokens)
            self._rows.append(row)
            self._column.insertWidget(self._column.count() - 1, row)
        for i, row in enumerate(self._rows):
            row.setVisible(i < len(model.neighbours))
            if i < len(model.neighbours):
                n = model.neighbours[i]
                row.show_neighbour(n, of_runs.get(n.run or n.label, _NO_MARK), model)

    def set_stale(self, *, stale: bool) -> None:
        for row in self._rows:
            row.set_stale(stale=stale)


def _headed(words: str, right: QLabel) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(SIDE, 12, SIDE, 0)
    row.addWidget(label(words, "section"))
    row.addStretch(1)
    row.addWidget(right)
    return row
