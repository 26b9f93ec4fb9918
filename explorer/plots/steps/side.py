"""The read-out of the view of steps: what stands out, and a row per run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from compute.core.numbers import count, plain
from explorer.panels.parts import IconLabel, MarkLabel, PushButton, dress, label, rule
from explorer.plots.steps.spec import KINDS, Answer, Flagged, RunSteps, ends
from explorer.state.map import RunMark
from explorer.state.views import Unit
from explorer.theme.tokens import Tokens

EDGE, MOST = 14, 40
NONE = "Nothing stands out: no spikes, no duplicates, no gaps."


class Side(QFrame):
    """``pressed`` carries a flag that is to be shown; ``excluded`` (ids, whether they go)."""

    pressed = Signal(object)
    excluded = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 12)
        self._column.setSpacing(0)
        self._made: list[QWidget] = []
        self._shown: object = None

    def show_answer(
        self, answer: Answer, marks: Mapping[str, RunMark], off: frozenset[str], unit: Unit,
        tokens: Tokens,
    ) -> None:  # fmt: skip
        """``off`` are excluded already."""
        shown = (answer, off, unit, tokens, tuple(marks.values()))
        if shown == self._shown:
            return
        self._shown = shown
        for widget in self._made:
            self._column.removeWidget(widget)
            widget.deleteLater()
        while self._column.count():
            self._column.takeAt(0)
        self._made = [self._odd(answer.flags, off), rule(), _runs(answer.runs, marks, unit), rule(),
                      _about(answer.about)]  # fmt: skip
        for widget in self._made:
            self._column.addWidget(widget)
        self._column.addStretch(1)
        dress(self, tokens)

    def _odd(self, flags: Sequence[Flagged], off: frozenset[str]) -> QWidget:
        box, column = _section("What stands out")
        for flag in flags[:MOST]:
            column.addWidget(self._flag(flag, off))
        if len(flags) > MOST:
            column.addWidget(label(f"{count(len(flags) - MOST)} more are in the table.", "caption"))
        if not flags:
            column.addWidget(label(NONE, "small", wrap=True))
        return box

    def _flag(self, flag: Flagged, off: frozenset[str]) -> QWidget:
        box = QFrame()
        box.setProperty("role", "quiet")
        icon, word = KINDS.get(flag.kind, ("warning", flag.kind))
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(IconLabel(icon, "warn", 14))
        name = PushButton(f"{word}, {flag.run} step {count(flag.step)}", role="link",
                          tip="Select it, and look closer")  # fmt: skip
        name.clicked.connect(lambda: self.pressed.emit(flag))
        head.addWidget(name)
        head.addStretch(1)
        gone = off.issuperset(flag.excludes)
        tip = "Back into every view" if gone else "Leave it out of every view"
        button = PushButton("Include" if gone else "Exclude", tip=tip)
        button.clicked.connect(lambda: self.excluded.emit(flag.excludes, not gone))
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 2, 0, 8)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(label(flag.reason, "caption", wrap=True))
        if flag.kind != "gap":
            row = QHBoxLayout()
            row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
        else:
            button.deleteLater()
        return box


def _runs(runs: Sequence[RunSteps], marks: Mapping[str, RunMark], unit: Unit) -> QWidget:
    box, column = _section("Runs")
    grid = QGridLayout()
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(1, 1)
    for at, words in enumerate(("", "", "median", "last", "bits/byte")):
        grid.addWidget(label(words, "tiny"), 0, at, _RIGHT)
    for row, run in enumerate(runs[:MOST], start=1):
        mark = MarkLabel(12, 3.8)
        own = marks.get(run.name)
        mark.show_mark(own.colour if own else -1, own.shape if own else "circle")
        grid.addWidget(mark, row, 0)
        grid.addWidget(label(run.name, "value"), row, 1)
        median = float(np.nanmedian(run.kl)) if np.isfinite(run.kl).any() else float("nan")
        for at, value in enumerate(
            (median * unit.factor, ends(run.kl) * unit.factor, ends(run.bits)), start=2
        ):
            grid.addWidget(label(plain(value), "value"), row, at, _RIGHT)
    column.addLayout(grid)
    said = f"KL of a step in {unit.title}; what a byte costs at the end."
    column.addWidget(label(said, "caption", wrap=True))
    return box


def _about(sentences: Sequence[str]) -> QWidget:
    box, column = _section("About these numbers")
    for sentence in sentences:
        column.addWidget(label(sentence, "caption", wrap=True))
    return box


def _section(title: str) -> tuple[QFrame, QVBoxLayout]:
    box = QFrame()
    box.setProperty("role", "quiet")
    column = QVBoxLayout(box)
    column.setContentsMargins(EDGE, 12, EDGE, 12)
    column.setSpacing(6)
    column.addWidget(label(title, "section"))
    return box, column


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
