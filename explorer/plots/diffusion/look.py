"""What a picture is made from: how runs look now, and what is known of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.plots.diffusion.answers import Answer, Boot, Curve, Doubles, Refit
from explorer.plots.diffusion.writing import Measure
from explorer.state.dress import SHAPES
from explorer.state.views import Unit
from explorer.theme.tokens import Tokens, rgb

PALE, SECOND, WINDOW_FILL = 0.22, 0.55, 0.10
DOT, FIT_PX, CURVE_PX, SECOND_PX, STRONG_PX = 4.0, 2.2, 1.8, 1.6, 2.6
FEW = 24
"""Runs in colour up to which every line has its dashes and every fit goes on beyond its window."""


@dataclass(frozen=True, eq=False)
class Look:
    """How runs are drawn now.

    Attributes
    ----------
    order : ndarray, (V,) int64
        Runs that are drawn, the last one on top.
    colours : tuple of str, (R,); shapes : tuple of str, (R,)
        Full colours.
    lit : ndarray, (R,) bool
        In colour; the others are pale.
    strong : int
        The run that is read out; -1 = none.
    hidden : tuple of ndarray, (R,) of (T,) bool
        Checkpoints that the filter hides; () = it hides none.
    """

    names: tuple[str, ...]
    order: NDArray[np.int64]
    colours: tuple[str, ...]
    shapes: tuple[str, ...]
    lit: NDArray[np.bool_]
    strong: int
    drift: bool
    tokens: Tokens
    unit: Unit
    measure: Measure
    hidden: tuple[NDArray[np.bool_], ...] = ()

    def rgb_of(self, share: float = 1.0) -> Doubles:
        """(R, 3): drawn colours, mixed into the canvas by ``share`` and where pale."""
        canvas = np.array(rgb(self.tokens.canvas))
        full = np.array([rgb(c) for c in self.colours]).reshape(-1, 3)
        part = np.where(self.lit, share, share * PALE)[:, None]
        return np.asarray(canvas * (1 - part) + full * part)

    @cached_property
    def colour(self) -> Doubles:
        """(R, 3) as drawn."""
        return self.rgb_of()

    @cached_property
    def shape(self) -> NDArray[np.int32]:
        """(R,) int32."""
        return np.array([SHAPES.index(s) for s in self.shapes], np.int32)

    @cached_property
    def few(self) -> bool:
        """Whether there is room for dashes and dots."""
        return int(self.lit[self.order].sum()) <= FEW

    @cached_property
    def named(self) -> list[int]:
        """Runs in colour, the one that is read out first."""
        lit = [int(r) for r in self.order if self.lit[r]]
        return sorted(lit, key=lambda r: (r != self.strong, r))


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn: answer, fits, curves, and the bootstrap as far as it is there."""

    answer: Answer
    refit: Refit
    curves: tuple[tuple[Curve | None, ...], ...]
    boot: Boot | None
