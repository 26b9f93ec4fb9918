"""The right side: one text, what the two models make of it, and what to do with it."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from compute.core.numbers import count
from explorer.panels.parts import (
    Elided,
    IconButton,
    IconLabel,
    PushButton,
    Themed,
    frame,
    label,
    rule,
)
from explorer.plots.texts import spec
from explorer.plots.texts.ask import Detail, Why
from explorer.plots.texts.page import Legend, Page
from explorer.plots.texts.stretches import telling
from explorer.plots.texts.strips import Strips
from explorer.state.map import RunMark
from explorer.theme import fonts

EDGE, GAP, MOST = 20, 8, 16_777_215


@dataclass(frozen=True, eq=False)
class Shown:
    """The text that is looked at: ``rank`` of ``n`` in the order of the list, from 1."""

    why: Why
    index: int
    rank: int
    n: int
    names: tuple[str, str]
    marks: tuple[RunMark | None, RunMark | None]

    @property
    def nats(self) -> tuple[float, float]:
        return float(self.why.loglik[0, self.index]), float(self.why.loglik[1, self.index])

    @property
    def text(self) -> str:
        return self.why.texts.texts[self.index]


class Reader(QFrame, Themed):
    """One text, ``shown``. ``stepped`` carries -1 or 1; ``command`` is for what is more than a
    choice of the view."""

    stepped = Signal(int)
    copied = Signal()
    command = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "canvas")
        self._title, self._domain = Elided("name", middle=True), label("", "chip")
        self._facts, self._below = Elided("caption"), Elided("caption")
        self.back = IconButton("caret-up", "The text before (Alt+Up)")
        self.next = IconButton("caret-down", "The next text (Alt+Down)")
        self.copy = PushButton("Copy", "copy", tip="Copy the text")
        self._sentence = QLabel()
        self._sentence.setTextFormat(Qt.TextFormat.RichText)
        self._sentence.setWordWrap(True)
        self._sentence.setProperty("role", "body")
        self.strips, self.legend, self.page = Strips(), Legend(), Page()
        self._absent = Absent()
        self._absent.command.connect(self.command)
        self._detail: Detail | None = None
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.copy.clicked.connect(self.copied)
        for part in (self.strips, self.page):
            part.pointed.connect(self._point)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self._title, 1000)
        top.addWidget(self._domain)
        top.addWidget(self._facts, 100)
        top.addStretch(1)
        for button in (self.back, self.next, self.copy):
            top.addWidget(button)
        head = _part(top, self._below, self._sentence, margins=(EDGE, 12, EDGE, 10), gap=4)
        self._band = _part(self.strips, margins=(EDGE, 8, EDGE, 6))
        self._colours = _part(self.legend, margins=(EDGE, 8, EDGE, 4))
        self._rule = rule()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (head, rule(), self._band, self._rule, self._absent, self._colours):
            column.addWidget(widget)
        column.addWidget(self.page, 1)

    def bare(self) -> None:
        """Without what can be pressed: for a picture."""
        for button in (self.back, self.next, self.copy):
            button.hide()
        self._column.addStretch(1)

    @property
    def detail(self) -> Detail | None:
        """The tokens that are shown."""
        return self._detail

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_head()

    def _fit_head(self) -> None:
        """Facts beside the title where there is room, else on a line of their own."""
        parts = (self._title, self._domain, self._facts, self.back, self.next, self.copy)
        wide = sum(part.sizeHint().width() + GAP for part in parts if not part.isHidden())
        narrow = wide + 2 * EDGE > self.width()
        self._below.setVisible(narrow)
        self._facts.setMaximumWidth(0 if narrow else MOST)

    def show_text(self, shown: Shown) -> None:
        """Everything that is known without token detail."""
        why, s = shown.why, shown.index
        self.shown = shown
        self._title.set_whole(spec.title_of(why.texts.ids[s]))
        self._title.setMaximumWidth(self._title.sizeHint().width())
        self._domain.setText(why.texts.domains[s])
        self._domain.setVisible(bool(why.texts.domains[s]))
        self.back.setEnabled(shown.rank > 1)
        self.next.setEnabled(0 < shown.rank < shown.n)
        self._say_facts(None)
        self._say_sentence(())
        if self._detail is None or self._detail.index != s:
            self._show_parts(there=False)
            self.page.show_text(shown.text, (), shown.names)

    def show_detail(self, detail: Detail) -> None:
        """Token by token, or why not."""
        shown = self.shown
        self._detail = detail
        self._say_facts(detail)
        there = bool(detail.stretches)
        self._show_parts(there=there)
        self._absent.show_missing(detail)
        self.page.show_text(shown.text, detail.stretches, shown.names)
        if there:
            self._say_sentence(telling(shown.text, detail.stretches))
            self.legend.show_names(shown.names, equal=detail.equal)
            self.strips.show_pair(
                shown.names, shown.marks, shown.nats, detail.stretches, equal=detail.equal
            )

    @property
    def index(self) -> int:
        """The text that is looked at, as an index of the project."""
        return self.shown.index

    def forget_detail(self) -> None:
        """Another pair."""
        self._detail = None

    def _show_parts(self, *, there: bool) -> None:
        for part in (self._band, self._rule, self._colours):
            part.setVisible(there)
        self._absent.setVisible(False)

    def _say_facts(self, detail: Detail | None) -> None:
        shown = self.shown
        parts = [f"rank {count(shown.rank)} of {count(shown.n)}"] if shown.rank else ["not in use"]
        parts.append(f"{count(int(shown.why.texts.n_bytes[shown.index]))} bytes")
        if detail is not None and detail.n_tokens[0] >= 0:
            a, b = detail.n_tokens
            tokens = f"{count(a)} tokens" if a == b else f"{count(a)} and {count(b)} tokens"
            parts.append(tokens)
        for part in (self._facts, self._below):
            part.set_whole(" · ".join(parts))
        self._fit_head()

    def _say_sentence(self, words: tuple[tuple[str, float], ...]) -> None:
        shown = self.shown
        nats = shown.nats
        difference = nats[0] - nats[1]
        head, strong, end = spec.easier_words(*shown.names, difference)
        said = f"{html.escape(head)}<b style='color:{self.tokens.text}'>{strong}</b>{end}"
        pieces = spec.telling_words(words, difference)
        if pieces:
            mono = f'font-family:"{fonts.mono_family()}";color:{self.tokens.text}'
            tokens = [
                f"<span style='{mono}'>{html.escape(token)}</span> {gain}"
                for token, gain in zip(pieces[1::2], pieces[2::2], strict=True)
            ]
            said += f" {html.escape(pieces[0])}{', '.join(tokens)}."
        elif not math.isfinite(difference):
            said = html.escape(head)
        self._sentence.setText(said)

    def _point(self, at: int) -> None:
        self.page.show_stretch(at)
        self.strips.show_stretch(at)


class Absent(QFrame):
    """There is no token detail: why, and what to do."""

    command = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "quiet")
        card = frame("card")
        self._words = label("", "small", wrap=True)
        self._button = PushButton("", role="")
        self._button.clicked.connect(self._run)
        self._detail: Detail | None = None
        row = QHBoxLayout(card)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(10)
        row.addWidget(IconLabel("text-aa", "text3"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, 10, EDGE, 6)
        column.addWidget(card)
        self.hide()

    def show_missing(self, detail: Detail) -> None:
        self._detail = detail
        self._words.setText(detail.missing)
        if detail.act is not None:
            self._button.setText(detail.act.words)
            self._button.set_tip(detail.act.words.rstrip("."))
        self._button.setVisible(detail.act is not None)
        self.setVisible(bool(detail.missing))

    def _run(self) -> None:
        if self._detail is not None and self._detail.act is not None:
            self.command.emit(self._detail.act.command, self._detail.act.argument)


def _part(
    *inside: QWidget | QHBoxLayout, margins: tuple[int, int, int, int], gap: int = 0
) -> QFrame:
    made = frame("quiet")
    column = QVBoxLayout(made)
    column.setContentsMargins(*margins)
    column.setSpacing(gap)
    for part in inside:
        if isinstance(part, QHBoxLayout):
            column.addLayout(part)
        else:
            column.addWidget(part)
    return made
