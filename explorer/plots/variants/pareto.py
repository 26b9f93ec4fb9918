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

GREY, NAMED, FOOT = 0.22, 9, 0.14
MANY = 40
"""From more models on only points are drawn, all of one sort at once."""
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


Points = dict[str, tuple[str, ...]]
"""Key of points or of a line -> the entries that its points are about."""


@dataclass(frozen=True, slots=True)
class Look:
    """How it is drawn: ``lit`` models in full colour, ``shapes`` of what variants are."""

    lit: frozenset[str]
    shapes: Mapping[str, str]
    marks: Mapping[str, RunMark]
    unit: Unit
    tokens: Tokens

    def ink(self, m: Made) -> str:
        """The colour of the model of a variant."""
        colour = colour_of(self.marks.get(m.run, OTHER).colour, self.tokens)
        return colour if m.base in self.lit else mix(self.tokens.canvas, colour, GREY)


def draw(plot: Plot, made: Sequence[Made], look: Look) -> Points:
    """Every model in the colour of its run.

    Where no variant says its bytes, against the number of parameters instead. What lies below the
    noise floor is hatched; bars are one SE. Of many models only the points are drawn.
    """
    scale = scale_of(made)
    known = [m for m in made if scale.of(m) > 0 and np.isfinite(m.kl)]
    plot.clear()
    plot.scale = Scale("symlog", factor=look.unit.factor)
    plot.log_step, plot.x_words = True, scale.words
    plot.set_tokens(look.tokens)
    of_base: dict[str, list[Made]] = {}
    for m in sorted(known, key=lambda m: (m.base in look.lit, scale.of(m))):
        of_base.setdefault(m.base, []).append(m)
    if len(of_base) > MANY:
        points = _crowd(plot, known, scale, look)
        plot.set_labels(())
    else:
        points = _apart(plot, of_base, scale, look)
        named = [Label(next((m for m in of if m.best), of[0]).kl, of[0].parent, look.ink(of[0]))
                 for base, of in of_base.items() if base in look.lit]  # fmt: skip
        plot.set_labels(named if len(named) <= NAMED else [])
    low, high = (f(map(scale.of, known), default=1.0) for f in (min, max))
    top = max((m.kl + m.se for m in known if np.isfinite(m.kl + m.se)), default=0.1)
    plot.set_home((0.8 * low, 1.25 * high), (0.0, max(1.3 * top, 0.02)), below=FOOT)
    _controls(plot, known)
    title = "What does a smaller file cost?" if scale.is_bytes else "How far do they move?"
    plot.set_words(title, _subtitle(made, known, look))
    return points


def _crowd(plot: Plot, known: Sequence[Made], scale: Size, look: Look) -> Points:
    """All variants of one sort at once, those of models that are not ``lit`` behind."""
    out: Points = {}
    tokens = look.tokens
    for on in (False, True):
        for what, shape in look.shapes.items():
            of = [m for m in known if _what(m) == what and (m.base in look.lit) == on]
            if of:
                key = f"{what} {on}"
                colour = tokens.text3 if on else mix(tokens.canvas, tokens.text3, GREY)
                plot.points(key, *_xy(of, scale), colour, 6.0, shape=shape)
                out[key] = tuple(m.id for m in of)
    return out


def _apart(plot: Plot, of_base: Mapping[str, Sequence[Made]], scale: Size, look: Look) -> Points:
    """Models one by one, each with the line of its variants that none of its others beats."""
    out: Points = {}
    spots: list[Spot] = []
    errors: dict[str, list[Made]] = {}
    for base, of in of_base.items():
        colour, best = look.ink(of[0]), [m for m in of if m.best]
        if len(best) > 1:
            plot.curve(f"front {base}", *_xy(best, scale), colour, 1.4)
            out[f"front {base}"] = tuple(m.id for m in best)
        errors.setdefault(colour, []).extend(of)
        spots += [Spot(m.id, scale.of(m), m.kl, colour, look.shapes[_what(m)],
                       scale.is_bytes and not m.best) for m in of]  # fmt: skip
        out |= {m.id: (m.id,) for m in of}
    for colour, group in errors.items():
        _errors(plot, group, scale, colour)
    plot.spots(spots, 10.0)
    return out


def _errors(plot: Plot, of: Sequence[Made], scale: Size, colour: str) -> None:
    """One SE to each side."""
    x, y = _xy(of, scale)
    se = np.array([m.se for m in of])
    plot.bars(x, np.maximum(y - se, 0.0), y + se, colour)


def _controls(plot: Plot, known: Sequence[Made]) -> None:
    """The noise floor; a line for the null control where it has no mark of its own."""
    floors = [m.floor for m in known if np.isfinite(m.floor)]
    if floors:
        plot.set_floor(max(floors), "below the noise floor")
    controls = [m.control for m in known if np.isfinite(m.control)]
    if controls and not any(m.kind == "null" for m in known):
        plot.level(max(controls), "null control")


def _subtitle(made: Sequence[Made], known: Sequence[Made], look: Look) -> str:
    unit, shown = look.unit, {_what(m) for m in known}
    shapes = {what: shape for what, shape in look.shapes.items() if what in shown}
    control = max((m.control for m in known if np.isfinite(m.control)), default=float("nan"))
    beside = f"; null control: {plain(control * unit.factor)}" if np.isfinite(control) else ""
    key = "  ".join(
        f"{SIGNS[shape]}\u00a0{what}".replace(" ", "\u00a0") for what, shape in shapes.items()
    )
    left = len(made) - len(known)
    rest = f"; {count(left)} of unknown size" if left else ""
    return f"KL to the model, {unit.title}{beside}; {key}{rest}"


def _xy(of: Sequence[Made], scale: Size) -> tuple[np.ndarray, np.ndarray]:
    return np.array([scale.of(m) for m in of]), np.array([m.kl for m in of])
