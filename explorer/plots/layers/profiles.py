"""The KL from each layer to the next, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal

from explorer.plots.chart import Label, Plot
from explorer.plots.layers.spec import SHALLOW, Family, ModelLayers, lowest, value_words
from explorer.plots.scales import Scale
from explorer.state.map import NO_MARK, RunMark
from explorer.state.views import Unit
from explorer.theme.marks import colour_of
from explorer.theme.tokens import Tokens, mix

FEW, NAMED, COLOURS, GREY, CROWD = 4, 9, 8, 0.22, 0.45
RINGS = 60
"""Marks of what is selected: more would hide the profiles."""
TITLE = "From layer to layer"


@dataclass(frozen=True)
class Shown:
    """Models by name and mark, those of ``lit`` in full colour; ``depth`` is the x axis."""

    models: tuple[ModelLayers, ...]
    families: tuple[Family, ...]
    lit: frozenset[str]
    names: Mapping[str, str]
    marks: Mapping[str, RunMark]
    depth: str
    unit: Unit

    @property
    def bright(self) -> tuple[ModelLayers, ...]:
        return tuple(m for m in self.models if m.model in self.lit and len(m.kl))

    @property
    def crowd(self) -> bool:
        """More than can be named: thin lines, and the families are named instead."""
        return len(self.bright) > NAMED

    def mark(self, model: ModelLayers) -> RunMark:
        return self.marks.get(model.run, NO_MARK)

    def heading(self) -> str:
        said = "; dashed: median of a family" if self.families else ""
        return f"KL to the next layer, {self.unit.title}{said}"

    def words_of(self, model: ModelLayers, row: int) -> str:
        """What is said of a point."""
        k = int(model.lower[row])
        value = value_words(model.kl[row], model.se[row], self.unit)
        return f"{self.names[model.model]}, layer {k} to {k + 1}: {value} {self.unit.title}"


class Profiles(Plot):
    """A line per model, a dashed one per family. ``over`` and ``taken`` carry the ids of the two
    layers of a point that is pointed at or pressed; () = none is pointed at."""

    over = Signal(object)
    taken = Signal(object)

    def __init__(self) -> None:
        super().__init__(TITLE, "KL from each layer to the next")
        self._shown: Shown | None = None
        self.pointed.connect(self._point)
        self.pressed.connect(self._press)

    def show_models(self, shown: Shown, tokens: Tokens) -> None:
        self._shown = shown
        models = [m for m in shown.models if len(m.kl)]
        top = max((float(np.nanmax(m.kl)) for m in models), default=1.0)
        self.clear()
        self.scale = Scale("symlog", max(50.0, 1.15 * top), factor=shown.unit.factor)
        self.log_step = False
        self.x_words = "share of depth" if shown.depth == "share" else "from layer"
        self.set_tokens(tokens)
        if shown.depth == "share":
            self.region(0.0, SHALLOW, "shallow, noisy")
        self._draw_models(models, shown)
        for k, family in enumerate(shown.families):
            colour = self._family_colour(k) if shown.crowd else tokens.text
            self.curve(f"family {family.name}", family.x[shown.depth], family.kl[shown.depth],
                       colour, 2.2 if shown.crowd else 1.6, dashed=True)  # fmt: skip
        self.set_labels(self._family_labels(shown) if shown.crowd else self._labels_of(shown))
        deepest = max((m.last for m in shown.models), default=1)
        self.set_home((0.0, 1.0 if shown.depth == "share" else float(max(deepest - 1, 1))),
                      (lowest(models), 1.15 * top))  # fmt: skip
        self.set_words(TITLE, shown.heading())

    def show_about(self, hovered: frozenset[str], chosen: frozenset[str]) -> None:
        """Rings around the points of these layers, in whichever view they are pointed at."""
        models = self._shown.models if self._shown is not None else ()
        rings = [(m.model, p) for ids in (hovered, chosen) for m in models for p in m.pairs_of(ids)]
        self.set_rings(tuple(dict.fromkeys(rings))[:RINGS])

    def _draw_models(self, models: Sequence[ModelLayers], shown: Shown) -> None:
        """Thin lines of one colour each under those that have a name."""
        k, bright = self.tokens, shown.bright
        for share, own in ((GREY, False), (CROWD, True)):
            if own and not shown.crowd:
                break
            lines = [(m.model, m.depth(shown.depth), m.kl) for m in models
                     if (m.model in shown.lit) == own]  # fmt: skip
            self.thin(lines, mix(k.canvas, k.text3, share))
        for m in () if shown.crowd else bright:
            x, mark = m.depth(shown.depth), shown.mark(m)
            colour = colour_of(mark.colour, k)
            if len(bright) <= FEW:
                self.band(x, m.kl - m.se, m.kl + m.se, colour)
            self.curve(m.model, x, m.kl, colour, 1.8, 6.0, shape=mark.shape)

    def _labels_of(self, shown: Shown) -> list[Label]:
        return [
            Label(float(m.kl[-1]), shown.names[m.model],
                  colour_of(shown.mark(m).colour, self.tokens), shown.mark(m).shape)
            for m in shown.bright
        ]  # fmt: skip

    def _family_colour(self, k: int) -> str:
        return colour_of(k if k < COLOURS else -1, self.tokens)

    def _family_labels(self, shown: Shown) -> list[Label]:
        """The first families by name, with their number of models, at the ends of their medians."""
        out = []
        for k, family in enumerate(shown.families[:NAMED]):
            known = family.kl[shown.depth][np.isfinite(family.kl[shown.depth])]
            if len(known):
                words = f"{family.name or 'no family'} ({family.n})"
                out.append(Label(float(known[-1]), words, self._family_colour(k)))
        return out

    def _pair_at(self, key: str, row: int) -> tuple[ModelLayers, tuple[str, ...]] | None:
        """The model of a point and its two layers."""
        models = self._shown.models if self._shown is not None else ()
        model = next((m for m in models if m.model == key), None)
        if model is None or not 0 <= row < len(model.lower):
            return None
        at = {int(layer): i for layer, i in zip(model.layers, model.ids, strict=True)}
        k = int(model.lower[row])
        return model, (at[k], at[k + 1])

    def _point(self, key: str, row: int) -> None:
        found, shown = self._pair_at(key, row), self._shown
        if shown is not None:
            words = shown.words_of(found[0], row) if found is not None else shown.heading()
            self.set_words(TITLE, words)
        self.over.emit(found[1] if found is not None else ())

    def _press(self, key: str, row: int) -> None:
        if found := self._pair_at(key, row):
            self.taken.emit(found[1])
