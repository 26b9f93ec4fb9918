"""The read-out: exponents by run, one run in detail, which law fits it, and what numbers mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from compute.core.numbers import count
from explorer.panels.parts import Bar, IconLabel, MarkLabel, PushButton, label, rule
from explorer.plots.diffusion.answers import Answer
from explorer.plots.diffusion.reading import Read, folding_facts
from explorer.plots.diffusion.rows import Rows
from explorer.plots.diffusion.spec import r2
from explorer.state.map import NO_MARK, RunMark

EDGE, NAME = 14, 118
MEASURE = "Measure weight distances..."
UNCERTAIN = (
    "Second line: 95 % interval from 200 bootstraps over texts. Points of one window depend on "
    "each other, so no textbook error bars."
)
READINGS = (
    "exp(qs) agrees with c_q almost by construction; exp(l / B), the probability of a byte, is the "
    "informative one. Refitted from the same starts."
)
HEADS = (
    "The power law fits better",
    "Noise plus drift fits better",
    "Too close to call.",
    "Not compared",
)
"""How a verdict begins."""
WORKING = "The bootstrap over texts is on its way..."


class Side(QFrame):
    """``chosen`` carries a run; ``asked`` "help" or "weights"."""

    chosen = Signal(int)
    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.rows = Rows()
        self.rows.chosen.connect(self.chosen)
        self._under = label("", "caption", wrap=True)
        self._table = _section(self.rows, self._under)
        self._name, self.facts = _Name(), _Facts()
        self._detail = _section(self._name, self.facts)
        self.laws = _Laws()
        self._said = label("", "caption", wrap=True)
        self.measure = _link(MEASURE, lambda: self.asked.emit("weights"))
        help_ = _link("How to read this view", lambda: self.asked.emit("help"))
        about = label("About these numbers", "section")
        self._about = _section(about, self._said, self.measure, help_)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        self._rules = [rule() for _ in range(3)]
        parts: tuple[QWidget, ...] = (
            self._table, self._rules[0], self._detail, self._rules[1], self.laws, self._rules[2],
            self._about,
        )  # fmt: skip
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)

    def show_read(self, read: Read, marks: Mapping[str, RunMark]) -> None:
        tab, found = read.answer.tab, read.answer
        runs, detail = tab != "folding", read.strong >= 0
        self._table.setVisible(runs)
        self._rules[0].setVisible(runs)
        self._detail.setVisible(detail or not runs)
        self._rules[1].setVisible(detail or not runs)
        laws = tab == "distance" and detail
        self.laws.setVisible(laws)
        self._rules[2].setVisible(laws)
        self._said.setText("\n\n".join(found.about))
        self.measure.setVisible(tab == "distance" and bool(found.unmeasured))
        if not runs:
            self._show_folding(found)
            return
        self.rows.show_lines(read.titles, read.lines)
        more = f"\n{count(read.more)} more are in the table." if read.more else ""
        self._under.setText((READINGS if tab == "scale" else UNCERTAIN) + more)
        if read.strong >= 0:
            name = found.names[read.strong]
            self._name.show_run(name, marks.get(name, NO_MARK))
            self.facts.show_facts(read.facts)
        if laws:
            self.laws.show_laws(read)

    def _show_folding(self, found: Answer) -> None:
        assert found.folding is not None
        self._name.show_run(f"α = {found.folding.alpha:g}", None)
        self.facts.show_facts(folding_facts(found))


class _Name(QFrame):
    """Mark and name of the run that is read out."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._mark, self._words = MarkLabel(14, 5.0), label("", "name")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 4)
        row.setSpacing(7)
        row.addWidget(self._mark)
        row.addWidget(self._words)
        row.addStretch(1)

    def show_run(self, name: str, mark: RunMark | None) -> None:
        self._mark.setVisible(mark is not None)
        if mark is not None:
            self._mark.show_mark(mark.colour, mark.shape)
        metrics = self._words.fontMetrics()
        self._words.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, 250))


class _Facts(QFrame):
    """Names and values."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._pairs: list[tuple[QLabel, QLabel]] = []
        for row in range(4):
            pair = label("", "caption"), label("", "value")
            pair[0].setMinimumWidth(NAME)
            self._pairs.append(pair)
            for at, widget in enumerate(pair):
                self._grid.addWidget(widget, row, at)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        for pair, words in zip(self._pairs, facts, strict=True):
            for widget, said in zip(pair, words, strict=True):
                widget.setText(said)

    def words(self) -> tuple[tuple[str, str], ...]:
        """As shown."""
        return tuple((a.text(), b.text()) for a, b in self._pairs)


class _Laws(QFrame):
    """Both laws on one scale, and the verdict."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 12, EDGE, 12)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(label("Which law fits better?", "section"))
        head.addStretch(1)
        head.addWidget(label("R² of ln distance²", "tiny"))
        column.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._bars = {
            "power": (Bar("R² of the power law"), label("", "value")),
            "drift": (Bar("R² of noise plus drift"), label("", "value")),
        }
        for row, (key, words) in enumerate(
            (("power", "Power law"), ("drift", "Noise plus drift, a + b t"))
        ):
            bar, value = self._bars[key]
            grid.addWidget(label(words, "small"), row, 0)
            grid.addWidget(bar, row, 1)
            grid.addWidget(value, row, 2, Qt.AlignmentFlag.AlignRight)
        column.addLayout(grid)
        self.card = QFrame()
        self.card.setProperty("role", "card")
        inside = QHBoxLayout(self.card)
        inside.setContentsMargins(12, 10, 12, 10)
        inside.setSpacing(9)
        self.icon = IconLabel("info", "accent", 16)
        inside.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        self.verdict = label("", "small", wrap=True)
        self.verdict.setTextFormat(Qt.TextFormat.RichText)
        inside.addWidget(self.verdict, 1)
        column.addSpacing(4)
        column.addWidget(self.card)

    def show_laws(self, read: Read) -> None:
        boot = read.boot
        for key, value in (
            ("power", read.r2_q), ("drift", boot.at.laws.r2_drift if boot else math.nan),
        ):  # fmt: skip
            bar, words = self._bars[key]
            better = boot is not None and boot.at.laws.winner == _LAWS[key]
            bar.show_fraction(value if math.isfinite(value) else 0.0,
                              "accent" if better else "control")  # fmt: skip
            words.setText(r2(value))
        if boot is None:
            self.icon.show_icon("clock", "text3")
            self.verdict.setText(WORKING)
            return
        close = not boot.at.laws.winner
        odd = close or bool(boot.caution)
        self.icon.show_icon("warning" if odd else "info", "warn" if odd else "accent")
        self.verdict.setText(rich(" ".join(part for part in (boot.verdict, boot.caution) if part)))


def rich(words: str) -> str:
    """What was found in bold, and the letter of an exponent lower."""
    head = next((found for found in HEADS if words.startswith(found)), "")
    said = f'<span style="font-weight: 600">{escape(head)}</span>{escape(words[len(head) :])}'
    return said.replace("c_q", "c<sub>q</sub>")


_LAWS = {"power": "power law", "drift": "noise plus drift"}


def _section(*parts: QWidget) -> QFrame:
    box = QFrame()
    box.setProperty("role", "quiet")
    column = QVBoxLayout(box)
    column.setContentsMargins(EDGE, 12, EDGE, 12)
    column.setSpacing(6)
    for part in parts:
        left = Qt.AlignmentFlag.AlignLeft if isinstance(part, PushButton) else Qt.AlignmentFlag(0)
        column.addWidget(part, 0, left)
    return box


def _link(words: str, then: Callable[[], object]) -> PushButton:
    made = PushButton(words, role="link", tip=words.rstrip("."))
    made.clicked.connect(then)
    return made
