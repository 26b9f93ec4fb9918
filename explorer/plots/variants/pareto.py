"""KL against bytes on disk, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compute.core.numbers import count, plain
from explorer.plots.chart import Label, Plot, Spot
from explorer.plots.scales import Scale
from explorer.plots.variants.spec import KINDS, OTHER, Made
from explorer.state.map import RunMark
from explorer.state.views import Unit
from explorer.theme.marks import colour_of
from explorer.theme.tokens import Tokens, mix

GREY, NAMED = 0.22, 9
SHAPES = ("circle", "square", "diamond", "triangle", "star", "cross")
SIGNS = {"circle": "●", "square": "■", "diamond": "◆", "triangle": "▲", "star": "★", "cross": "✖"}
UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


@dataclass(frozen=True, slots=True)
class Size:
    """What stands along the plot: bytes on disk or parameters, ``per`` of them a unit."""

    is_bytes: bool
    per: int
    words: str

    def of(self, m: Made) -> float:
        """The size of a variant, not above 0 where it is unknown."""
        return (m.n_bytes if self.is_bytes else m.n_params) / self.per


def scale_of(made: Sequence[Made]) -> Size:
    """Bytes where any are known, in a unit in which the smallest has at least ten."""
    known = [m.n_bytes for m in made if m.n_bytes > 0]
    if not known:
        return Size(False, 1000, "thousand parameters of the model")
    per, name = next(((n, name) for n, name in UNITS if min(known) >= 10 * n), UNITS[-1])
    return Size(True, per, f"{name} on disk")


def shapes_of(made: Sequence[Made]) -> dict[str, str]:
    """What a variant is -> its mark."""
    whats = dict.fromkeys(_what(m) for m in made)
    return {what: SHAPES[min(k, len(SHAPES) - 1)] for k, what in enumerate(whats)}


def _what(m: Made) -> str:
    return KINDS["null"] if m.kind == "null" else m.what


def draw(
    plot: Plot, made: Sequence[Made], lit: frozenset[str], marks: Mapping[str, RunMark],
    unit: Unit, tokens: Tokens,
) -> None:  # fmt: skip
    """Every model with a colour of its own; ``lit`` are the models in full colour.

    Where no variant says its bytes, against the number of parameters instead.
    """
    scale = scale_of(made)
    known = [m for m in made if scale.of(m) > 0]
    plot.clear()
    plot.scale, plot.log_step, plot.x_words = Scale("symlog", factor=unit.factor), True, scale.words
    plot.set_tokens(tokens)
    shapes = shapes_of(known)
    labels: list[Label] = []
    spots: list[Spot] = []
    for base in dict.fromkeys(m.base for m in sorted(known, key=lambda m: m.base in lit)):
        of = sorted((m for m in known if m.base == base), key=scale.of)
        colour = colour_of(marks.get(of[0].run, OTHER).colour, tokens)
        colour = colour if base in lit else mix(tokens.canvas, colour, GREY)
        best = [m for m in of if m.best]
        plot.curve(f"front {base}", *_xy(best, scale), colour, 1.4)
        spots += [
            Spot(m.id, scale.of(m), m.kl, colour, shapes[_what(m)], scale.is_bytes and not m.best)
            for m in of
        ]
        if base in lit:
            labels.append(Label((best or of)[0].kl, of[0].parent, colour))
    plot.spots(spots, 10.0)
    plot.set_labels(labels if len(labels) <= NAMED else [])
    low, high = (f(map(scale.of, known), default=1.0) for f in (min, max))
    top = max((m.kl for m in known), default=0.1)
    plot.set_home((0.8 * low, 1.25 * high), (0.0, max(1.2 * top, 0.02)))
    title = "What does a smaller file cost?" if scale.is_bytes else "How far do they move?"
    plot.set_words(title, _subtitle(made, known, unit, shapes))


def _subtitle(
    made: Sequence[Made], known: Sequence[Made], unit: Unit, shapes: Mapping[str, str]
) -> str:
    control = max((m.control for m in known if np.isfinite(m.control)), default=float("nan"))
    beside = f"; null control: {plain(control * unit.factor)}" if np.isfinite(control) else ""
    key = "  ".join(f"{SIGNS[shape]} {what}" for what, shape in shapes.items())
    left = len(made) - len(known)
    rest = f"; {count(left)} of unknown size" if left else ""
    return f"KL to the model, {unit.title}{beside}; {key}{rest}"


def _xy(of: Sequence[Made], scale: Size) -> tuple[np.ndarray, np.ndarray]:
    return np.array([scale.of(m) for m in of]), np.array([m.kl for m in of])
