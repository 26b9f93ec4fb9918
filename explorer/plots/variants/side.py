"""The read-out of the view of variants: one model's, each beside its null control; cosines."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from compute.core.numbers import THIN, count, plain, size, with_se
from explorer.panels.parts import PushButton, label
from explorer.plots.chart import LEFT, RIGHT, Reading, about_section, grid, section
from explorer.plots.variants.alike import cosine, random_words
from explorer.plots.variants.spec import KINDS, Alike, Answer, Made
from explorer.state.ladder import between
from explorer.state.views import Unit
from explorer.theme.tokens import Tokens

MOST, LONG = 20, 26


class Side(Reading):
    """``pressed`` carries the ids that are to be selected."""

    pressed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: object = None
        self._pair = label("", "value", wrap=True)

    def show_model(
        self, answer: Answer, base: str, chosen: frozenset[str], unit: Unit, tokens: Tokens
    ) -> None:
        """The variants of one model; where those of ``chosen`` stand on the ladder."""
        shown = (answer, base, chosen, unit, tokens)
        if shown == self._shown:
            return
        self._shown = shown
        made = [m for m in answer.made if m.base == base]
        sections = [self._variants(made, chosen, unit), self._pointed(), _alike(answer.alike)]
        if answer.remarks:
            sections.append(_remarks(answer.remarks))
        self.show_sections([*sections, about_section(answer.about)], tokens)

    def show_pair(self, words: str) -> None:
        """What is said of the two shifts that are pointed at."""
        self._pair.setText(words)

    def _pointed(self) -> QWidget:
        box, column = section("Two shifts")
        words, self._pair = self._pair.text(), label("", "small", wrap=True)
        self._pair.setText(words)
        self._pair.setMinimumHeight(36)
        column.addWidget(self._pair)
        return box

    def _variants(self, made: list[Made], chosen: frozenset[str], unit: Unit) -> QWidget:
        box, column = section(made[0].parent if made else "No variant")
        table = grid(("KL to the model", unit.title))
        for row, m in enumerate(made[:MOST]):
            words = KINDS["null"] if m.kind == "null" else m.what if m.what != m.kind else m.label
            one = PushButton(_cut(words), role="link", tip=f"{m.label}: select it and its model")
            one.clicked.connect(lambda _=False, of=m: self.pressed.emit((of.base, of.id)))
            table.addWidget(one, 2 * row + 1, 0, LEFT)
            table.addWidget(label(said(m, unit), "value"), 2 * row + 1, 1, RIGHT)
            table.addWidget(label(on_disk(m), "caption"), 2 * row + 2, 0, LEFT)
            table.addWidget(label(control(m, unit), "caption"), 2 * row + 2, 1, RIGHT)
        column.addLayout(table)
        if len(made) > MOST:
            column.addWidget(label(f"{count(len(made) - MOST)} more are in the table.", "caption"))
        column.addWidget(label(_verdict(made, chosen), "small", wrap=True))
        return box


def on_disk(m: Made) -> str:
    """The bytes of a variant."""
    return size(m.n_bytes) if m.n_bytes > 0 else "size unknown"


def control(m: Made, unit: Unit) -> str:
    """What stands beside every KL: that of the null control of the model."""
    if m.kind == "null":
        return "" if not math.isfinite(m.floor) else f"floor {plain(m.floor * unit.factor)}"
    if not math.isfinite(m.control):
        return "no null control"
    return f"null control {plain(m.control * unit.factor)}"


def _cut(words: str) -> str:
    return words if len(words) <= LONG else f"{words[: LONG - 1]}…"


def said(m: Made, unit: Unit) -> str:
    """KL ± SE, or "< floor"."""
    if m.kl < m.floor:
        return "< floor"
    value, se = with_se(m.kl * unit.factor, m.se * unit.factor)
    return f"{value}{THIN}±{THIN}{se}" if se else value or plain(m.kl * unit.factor)


def _verdict(made: list[Made], chosen: frozenset[str]) -> str:
    """Where a variant stands on the ladder: the selected one, else the farthest."""
    some = [m for m in made if m.id in chosen and m.kind != "null"] or [
        m for m in made if m.kind != "null"
    ]
    far = max(some, key=lambda m: m.kl, default=None)
    words = ""
    if far is not None:
        name = KINDS[far.kind] if far.what == far.kind else far.what
        words = f"{_first(name)} stands {between(far.kl)}."
        if math.isfinite(far.control) and far.kl - 2 * far.se <= far.control:
            words += " That is not clearly above the null control: no effect."
    if not any(math.isfinite(m.control) for m in made):
        words += " Without a null control it is not known what of it is no effect."
    return words.strip()


def _alike(found: tuple[Alike, ...]) -> QWidget:
    box, column = section("Do shifts point the same way?")
    table = grid(("", "in a family", "random groups"), stretch=0)
    for row, a in enumerate(found, start=1):
        table.addWidget(label(KINDS[a.kind], "value"), row, 0, LEFT)
        table.addWidget(label(cosine(a.within), "value"), row, 1, RIGHT)
        table.addWidget(label(random_words(a), "value"), row, 2, RIGHT)
    column.addLayout(table)
    for a in found:
        column.addWidget(label(_sentence(a), "caption", wrap=True))
    return box


def _sentence(a: Alike) -> str:
    name = _first(KINDS[a.kind])
    if a.reason:
        return f"{name}: {a.reason}."
    spread = f"{cosine(a.low)} to {cosine(a.high)} over {a.n_pairs} pairs of a family"
    if a.size == a.n_models:
        return f"{name}: {spread}; there are {a.n_models} shifts, so a random group is all of them."
    return f"{name}: {spread}; random groups are of {a.size} of {a.n_models} shifts."


def _first(words: str) -> str:
    """As at the start of a sentence."""
    return words[:1].upper() + words[1:]


def _remarks(sentences: tuple[str, ...]) -> QWidget:
    box, column = section("What is missing")
    for sentence in sentences:
        column.addWidget(label(sentence, "small", wrap=True))
    return box
