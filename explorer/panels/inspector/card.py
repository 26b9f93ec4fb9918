"""The card of one entry."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from compute.core.edits import FIELDS
from explorer.panels.inspector import spec
from explorer.panels.inspector.editable import OUT, Editable
from explorer.panels.parts import Elided, IconButton, MarkLabel, label, restyle
from explorer.state.map import InspectorModel, RunMark

SIDE, FACT, LAST = 14, 22, 20
"""Margins, height of a fact, row of the digest."""


class Card(QFrame):
    """Mark, name, what it is, its facts and its digest. ``asked`` carries (field, new value)."""

    asked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._mark, self._title = MarkLabel(16, 5.6), Elided("name")
        self._sentence = label("", "small", wrap=True)
        self._facts = QGridLayout()
        self._entry = ""
        self.fields = {name: Editable(f) for name, f in FIELDS.items() if f.everyday}
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
        self._facts.setHorizontalSpacing(9)
        self._facts.setVerticalSpacing(1)
        self._facts.setColumnMinimumWidth(0, 82)
        self._facts.setColumnStretch(1, 1)
        for at, field in enumerate(self.fields.values()):
            title = label(field.field.title, "caption")
            title.setFixedHeight(FACT)
            self._facts.addWidget(title, at, 0, Qt.AlignmentFlag.AlignTop)
            self._facts.addWidget(field, at, 1)
            field.asked.connect(self.asked)
        digest = QHBoxLayout()
        digest.setSpacing(4)
        digest.setContentsMargins(OUT, 0, 0, 0)
        digest.addWidget(self._digest)
        digest.addWidget(self._copy)
        digest.addStretch(1)
        self._facts.addWidget(self._digest_name, LAST, 0)
        self._facts.addLayout(digest, LAST, 1)
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
        if entry.id != self._entry:
            self._entry = entry.id
            for field in self.fields.values():
                field.leave()
        for field in self.fields.values():
            field.show_entry(entry)
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
        for field in self.fields.values():
            field.set_stale(stale=stale)
        for words in self.findChildren(QLabel):
            words.setProperty("stale", "true" if stale else "false")
            restyle(words)

    def _show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        while len(self._rows) < len(facts):
            made = label("", "caption"), label("", "value", wrap=True)
            at = len(self.fields) + len(self._rows)
            for words in made:
                words.setMinimumHeight(FACT)
            made[1].setContentsMargins(OUT, 0, 0, 0)
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
