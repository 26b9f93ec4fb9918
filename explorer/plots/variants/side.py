"""The read-out of the view of variants: one model's, each beside its null control; cosines."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from compute.core.numbers import THIN, minus, plain, size, with_se
from explorer.panels.parts import PushButton, label
from explorer.plots.chart import LEFT, RIGHT, Reading, about_section, grid, section
from explorer.plots.variants.spec import KINDS, Alike, Answer, Made
from explorer.state.ladder import between
from explorer.state.views import Unit
from explorer.theme.tokens import Tokens

MOST = 20


class Side(Reading):
    """``pressed`` carries the ids that are to be selected."""

    pressed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: object = None

    def show_model(self, answer: Answer, base: str, unit: Unit, tokens: Tokens) -> None:
        shown = (answer, base, unit, tokens)
        if shown == self._shown:
            return
        self._shown = shown
        made = [m for m in answer.made if m.base == base]
        sections = [self._variants(made, unit), _alike(answer.alike)]
        if answer.remarks:
            sections.append(_remarks(answer.remarks))
        self.show_sections([*sections, about_section(answer.about)], tokens)

    def _variants(self, made: list[Made], unit: Unit) -> QWidget:
        box, column = section(made[0].parent if made else "No variant")
        table = grid(("variant", "on disk", "KL"))
        for row, m in enumerate(made[:MOST], start=1):
            words = KINDS["null"] if m.kind == "null" else m.what if m.what != m.kind else m.label
            one = PushButton(words, role="link", tip=f"{m.label}: select it and its model")
            one.clicked.connect(lambda _=False, of=m: self.pressed.emit((of.base, of.id)))
            table.addWidget(one, row, 0, LEFT)
            table.addWidget(
                label(size(m.n_bytes) if m.n_bytes > 0 else "–", "value"), row, 1, RIGHT
            )
            table.addWidget(label(said(m, unit), "value"), row, 2, RIGHT)
        column.addLayout(table)
        column.addWidget(label(_verdict(made, unit), "caption", wrap=True))
        return box


def said(m: Made, unit: Unit) -> str:
    """KL ± SE, or "< floor"."""
    if m.kl < m.floor:
        return "< floor"
    value, se = with_se(m.kl * unit.factor, m.se * unit.factor)
    return f"{value}{THIN}±{THIN}{se}" if se else value or plain(m.kl * unit.factor)


def _verdict(made: list[Made], unit: Unit) -> str:
    """The null control beside the numbers, and where the farthest stands on the ladder."""
    control = next((m.control for m in made if math.isfinite(m.control)), math.nan)
    if math.isfinite(control):
        value = plain(control * unit.factor)
        words = f"Null control of the same model: {value} {unit.title}."
    else:
        words = "No null control of this model: what of it is no effect is not known."
    far = max((m for m in made if m.kind != "null"), key=lambda m: m.kl, default=None)
    if far is not None:
        name = KINDS[far.kind] if far.what == far.kind else far.what
        words += f" {_first(name)}: {between(far.kl)}."
    return f"{words} KL in {unit.title}."


def _alike(found: tuple[Alike, ...]) -> QWidget:
    box, column = section("Do shifts point the same way?")
    table = grid(("", "in a family", "random groups"), stretch=0)
    for row, a in enumerate(found, start=1):
        table.addWidget(label(KINDS[a.kind], "value"), row, 0, LEFT)
        table.addWidget(label(_cosine(a.within), "value"), row, 1, RIGHT)
        table.addWidget(label(_random(a), "value"), row, 2, RIGHT)
    column.addLayout(table)
    for a in found:
        column.addWidget(label(_sentence(a), "caption", wrap=True))
    return box


def _cosine(value: float) -> str:
    return minus(f"{round(value, 2) + 0.0:.2f}") if math.isfinite(value) else "–"


def _random(a: Alike) -> str:
    if not math.isfinite(a.random):
        return "–"
    spread = "" if a.size == a.n_models else f"{THIN}±{THIN}{a.sd:.2f}"
    return f"{_cosine(a.random)}{spread}"


def _sentence(a: Alike) -> str:
    name = _first(KINDS[a.kind])
    if a.reason:
        return f"{name}: {a.reason}."
    spread = f"{_cosine(a.low)} to {_cosine(a.high)} over {a.n_pairs} pairs of a family"
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
