"""The KL from each layer to the next, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.plots.chart import Label, Plot
from explorer.plots.layers.spec import OTHER, SHALLOW, Family, ModelLayers
from explorer.plots.scales import Scale
from explorer.state.map import RunMark
from explorer.state.views import Unit
from explorer.theme.marks import colour_of
from explorer.theme.tokens import Tokens, mix

FEW, NAMED, GREY = 4, 9, 0.22


def draw(
    plot: Plot, models: Sequence[ModelLayers], families: Sequence[Family], lit: frozenset[str],
    names: Mapping[str, str], marks: Mapping[str, RunMark], depth: str, unit: Unit, tokens: Tokens,
) -> None:  # fmt: skip
    """Every model, those of ``lit`` in full colour, and the median of each family, dashed."""
    top = max((float(np.nanmax(m.kl)) for m in models if len(m.kl)), default=1.0)
    plot.clear()
    plot.scale = Scale("symlog", max(50.0, 1.15 * top), factor=unit.factor)
    plot.log_step = False
    plot.x_words = "share of depth" if depth == "share" else "from layer"
    plot.set_tokens(tokens)
    if depth == "share":
        plot.region(0.0, SHALLOW, "shallow, noisy")
    shown = [m for m in models if len(m.kl)]
    bright = [m for m in shown if m.model in lit]
    for m in sorted(shown, key=lambda m: m.model in lit):
        own = m.model in lit
        mark = marks.get(m.run, OTHER)
        colour = colour_of(mark.colour, tokens)
        colour = colour if own else mix(tokens.canvas, colour, GREY)
        x = m.depth(depth)
        if own and len(bright) <= FEW:
            plot.band(x, m.kl - m.se, m.kl + m.se, colour)
        plot.curve(m.model, x, m.kl, colour, 1.8 if own else 1.0, 6.0 if own else 0.0,
                   shape=mark.shape)  # fmt: skip
    for family in families:
        plot.curve(f"family {family.name}", family.x[depth], family.kl[depth], tokens.text, 1.6,
                   dashed=True)  # fmt: skip
    if 0 < len(bright) <= NAMED:
        of = [(m, marks.get(m.run, OTHER)) for m in bright]
        plot.set_labels([
            Label(float(m.kl[-1]), names[m.model], colour_of(mark.colour, tokens), mark.shape)
            for m, mark in of
        ])  # fmt: skip
    deepest = max((m.last for m in models), default=1)
    plot.set_home((0.0, 1.0 if depth == "share" else float(max(deepest - 1, 1))),
                  (0.0, max(50.0, 1.15 * top) if top > 50 else 1.15 * top))  # fmt: skip
    said = "; dashed: median of a family" if families else ""
    plot.set_words("From layer to layer", f"KL to the next layer, {unit.title}{said}")
