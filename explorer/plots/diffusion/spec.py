"""What the view of diffusion offers, and its words. Pure."""

from __future__ import annotations

import math
from typing import Any

from compute.core.numbers import count, minus
from explorer.plots.contract import Option, PlotKind
from explorer.state.reading import flag, number, one_of, whole

TABS = {
    "distance": "Squared distance",
    "scale": "Likelihood scale",
    "folding": "Folding",
}
USUAL_START, USUAL_POINTS, FEWEST_POINTS, MOST_POINTS = -1, 10, 2, 500
ALPHAS = {0.15: "0.15", 0.25: "0.25", 0.36: "0.36", 0.5: "0.5", 0.75: "0.75"}
MOST_RUNS = 400
"""Runs that are drawn at most."""
MOST_ROWS = 24
"""Runs that are read out and bootstrapped."""
REACH = 1.6
"""Lags that are drawn, in windows."""

KIND = PlotKind(
    id="diffusion",
    title="Diffusion",
    icon="chart-line-up",
    tip="how fast a run moves away from where it was",
    ask="explorer.plots.diffusion.ask:answer",
    view="explorer.plots.diffusion.view:Diffusion",
    options=(
        Option("tab", "Show", "distance", one_of(TABS), "segments", TABS),
        Option("drift", "Noise plus drift", True, flag, "check",
               tip="The other law, a + b t, for the run that is read out", asks=False),
        Option("start", "Start", USUAL_START, whole(-1, 10**15), asks=False),
        Option("points", "Window", USUAL_POINTS, whole(FEWEST_POINTS, MOST_POINTS), asks=False),
        Option("run", "Run", "", lambda value: _name(value), asks=False),
        Option("alpha", "Alpha", 0.25, number(0.05, 0.95)),
    ),
    help=(
        "Above, how far a run is from the checkpoint at the start of the window, against how much "
        "later it is; both axes are logarithmic, so a power law is a line and its slope is the "
        "exponent c of the squared distance. Brownian motion has c = 1. Filled points are in the "
        "window and are fitted, outlined ones are not.",
        "Below, the exponent from every start. Drag the window or its handles, or use the arrow "
        "keys (left and right: the start; up and down: the length; with Shift ten at once): every "
        "fit follows. A gap is a start that is set aside; the shaded part is warm-up.",
        "Constant noise plus drift looks much like slow diffusion. Both laws are compared at the "
        "right, over the same bootstraps of the texts; when neither wins in 95 % of them, it is "
        "too close to call. The likelihood scale repeats the fits on exponentiated coordinates, "
        "and folding shows how a map that folds makes a path slower.",
    ),
)  # fmt: skip


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def exponent(value: float) -> str:
    """An exponent as it is read: two places, a dash for none."""
    return minus(f"{value:.2f}") if math.isfinite(value) else "–"


def r2(value: float) -> str:
    return minus(f"{value:.3f}") if math.isfinite(value) else "–"


def interval(low: float, high: float) -> str:
    """The bootstrap interval, "" = there is none yet."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return f"{exponent(low)} – {exponent(high)}"


def title_of(start: int, tab: str) -> str:
    """What the read-out is about."""
    if tab == "folding":
        return "A path and its fold"
    return f"Exponents at step {count(start)}" if start >= 0 else "Exponents"
