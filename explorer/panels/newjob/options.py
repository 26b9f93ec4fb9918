"""The options behind the disclosure: a row each, with what the chosen way means."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from explorer.panels.newjob import spec
from explorer.panels.parts import Choice, Elided, frame, label
from explorer.state.jobs import NewJobState

ROW, TITLE, CHOICE = 32, 76, 124


class Options(QFrame):
    """Gestures set ``state.options``."""

    def __init__(self, state: NewJobState) -> None:
        super().__init__()
        self._state = state
        self.setProperty("role", "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(13, 0, 13, 8)
        column.setSpacing(0)
        self._rows = {option.field: self._row(option, column) for option in spec.OPTIONS}

    def _row(self, option: spec.Option, column: QVBoxLayout) -> tuple[Choice, Elided]:
        place = frame("quiet", ROW)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        title, sentence = label(option.title, "caption"), Elided("small")
        choice = Choice(option.title, [(str(way.value), way.words) for way in option.ways])
        choice.chosen.connect(lambda key: self._choose(option, key))
        title.setFixedWidth(TITLE)
        choice.setFixedWidth(CHOICE)
        for widget, stretch in ((title, 0), (choice, 0), (sentence, 1)):
            row.addWidget(widget, stretch)
        column.addWidget(place)
        return choice, sentence

    def refresh(self) -> None:
        """Show the state now."""
        for option in spec.OPTIONS:
            choice, sentence = self._rows[option.field]
            way = option.way(self._state.options)
            choice.show_key(str(way.value))
            choice.setToolTip(way.sentence)
            sentence.set_whole(way.sentence)

    def choice(self, field: str) -> Choice:
        """The button of an option."""
        return self._rows[field][0]

    def _choose(self, option: spec.Option, key: str) -> None:
        value = next(way.value for way in option.ways if str(way.value) == key)
        self._state.options = replace(self._state.options, **{option.field: value})
