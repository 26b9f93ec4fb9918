"""The read-out of the view of layers: one model layer by layer, and the two compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from compute.core.numbers import THIN
from explorer.panels.parts import PushButton, label
from explorer.plots.chart import LEFT, RIGHT, Reading, about_section, grid, section
from explorer.plots.layers.spec import Against, Answer, ModelLayers, value_words
from explorer.state.views import Unit
from explorer.theme.tokens import Tokens

MOST, LEAST = 24, 28


class Side(Reading):
    """``pressed`` carries the ids that are to be selected."""

    pressed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: object = None

    def show_model(
        self, answer: Answer, model: ModelLayers, against: Against | None,
        names: Mapping[str, str], unit: Unit, tokens: Tokens,
    ) -> None:  # fmt: skip
        shown = (answer, model.model, against, unit, tokens)
        if shown == self._shown:
            return
        self._shown = shown
        made = [self._layers(model, names[model.model], unit)]
        if against is not None:
            made.append(_compared(against, names, unit))
        self.show_sections([*made, about_section(answer.about)], tokens)

    def _layers(self, model: ModelLayers, name: str, unit: Unit) -> QWidget:
        box, column = section(name)
        table = grid(("layer", "bits/byte", "KL to the next"))
        step = {int(k): t for t, k in enumerate(model.lower)}
        every = max(1, -(-len(model.ids) // MOST))
        last = len(model.ids) - 1
        rows = [t for t in range(len(model.ids)) if t % every == 0 or t == last]
        for row, t in enumerate(rows, start=1):
            layer = int(model.layers[t])
            one = PushButton(str(layer), role="link", tip="Select it in every view")
            one.setMinimumWidth(LEAST)
            one.clicked.connect(lambda _=False, i=model.ids[t]: self.pressed.emit((i,)))
            table.addWidget(one, row, 0, LEFT)
            table.addWidget(label(f"{model.bits[t]:.2f}", "value"), row, 1, RIGHT)
            p = step.get(layer, -1)
            words = value_words(model.kl[p], model.se[p], unit) if p >= 0 else ""
            table.addWidget(label(words, "value"), row, 2, RIGHT)
        column.addLayout(table)
        some = f" Every {every}th layer is listed; all are in the table." if every > 1 else ""
        said = (
            f"Layer {model.last} is the model itself. Mean code length in bits/byte, KL in "
            f"{unit.title}, ± one standard error over texts.{some}"
        )
        column.addWidget(label(said, "caption", wrap=True))
        return box


def _compared(found: Against, names: Mapping[str, str], unit: Unit) -> QWidget:
    box, column = section("Layer against layer")
    known = [(i, j) for i, j in enumerate(found.nearest) if j >= 0]
    said = f"{names[found.a.model]} against {names[found.b.model]}"
    column.addWidget(label(said, "small", wrap=True))
    table = grid(("layer", "nearest", "KL"))
    every = max(1, -(-len(known) // MOST))
    for row, (i, j) in enumerate(known[::every], start=1):
        values = (str(found.a.layers[i]), str(found.b.layers[j]),
                  value_words(found.kl[i, j], found.se[i, j], unit))  # fmt: skip
        for at, words in enumerate(values):
            table.addWidget(label(words, "value"), row, at, RIGHT if at else LEFT)
    column.addLayout(table)
    off = [found.b.layers[j] / max(found.b.last, 1) - found.a.layers[i] / max(found.a.last, 1)
           for i, j in known]  # fmt: skip
    if off:
        mean = float(np.mean(off))
        way = "deeper" if mean > 0 else "less deep"
        share = f"{100 * abs(mean):.0f}{THIN}%"
        words = f"On average the nearest layer is {share} of the depth {way}."
        column.addWidget(label(words, "caption", wrap=True))
    return box
