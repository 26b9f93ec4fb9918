"""The scales of the sliders, the choices of components, and what a narrow bar leaves out. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

LEAST, MOST, TICKS = 2.0, 200.0, 200
MOST_EXAGGERATION, EXAGGERATION_TICKS = 6.0, 50
OFFERED_COMPONENTS = 5
ROOMY, HIDE_EXAGGERATION_BELOW = 1160, 940
HIDE_SEED_BELOW, HIDE_WORDS_BELOW, HIDE_PERPLEXITY_BELOW = 820, 700, 510
FAMILIES = {"tsne": "t-SNE", "pca": "PCA", "mds": "MDS"}
SCALINGS = {"mds": "classical", "smacof": "metric"}
NO_AXES = (
    "t-SNE keeps neighbours together. Its axes and far distances mean nothing, and neither do "
    "sizes of clusters."
)
TIPS = {
    "tsne": NO_AXES,
    "pca": "The directions of largest mean KL. Distances are true up to what is left out.",
    "mds": "Scaling of sqrt(KL). Drawn distances can be read off on a scale.",
}
SCALING_TIP = (
    "Classical scaling draws the same points as PCA, because KL is a squared distance here. "
    "Metric scaling moves them until drawn distances fit sqrt(KL) best."
)


@dataclass(frozen=True, slots=True)
class Scale:
    """A slider of one field of ``MapState``: positions 0 to ``ticks`` and values."""

    field: str
    title: str
    ticks: int
    tick_of: Callable[[float], int]
    slid: Callable[[int, float], float]
    words: Callable[[float], str]
    tip: str
    step: int
    page: int
    icon: str = ""


def family_of(method: str) -> str:
    """The segment of a method: both kinds of scaling share one."""
    return "mds" if method in SCALINGS else method


def tick_of(perplexity: float) -> int:
    """Position on the slider, 0 to TICKS; logarithmic."""
    inside = min(max(perplexity, LEAST), MOST)
    return round(TICKS * math.log(inside / LEAST) / math.log(MOST / LEAST))


def perplexity_of(tick: int) -> float:
    """The whole perplexity at a slider position."""
    return float(round(LEAST * (MOST / LEAST) ** (tick / TICKS)))


def slid(tick: int, current: float) -> float:
    """The perplexity after the slider moved to ``tick``: a small move is at least one."""
    asked, at = perplexity_of(tick), tick_of(current)
    if asked == current and tick != at:
        asked += 1 if tick > at else -1
    return min(max(asked, LEAST), MOST)


def exaggeration_tick(exaggeration: float) -> int:
    """Position on the slider, 0 to EXAGGERATION_TICKS; from 1, linear."""
    share = (min(max(exaggeration, 1.0), MOST_EXAGGERATION) - 1) / (MOST_EXAGGERATION - 1)
    return round(EXAGGERATION_TICKS * share)


def exaggeration_of(tick: int, current: float = 1.0) -> float:
    """The exaggeration at a slider position, in tenths."""
    return round(1 + (MOST_EXAGGERATION - 1) * tick / EXAGGERATION_TICKS, 1)


def component_choices(dims: int) -> dict[str, str]:
    """``"1,3"`` -> ``PC 1, 3`` for every choice among the first components, the usual one first."""
    found = itertools.combinations(range(1, OFFERED_COMPONENTS + 1), dims)
    return {key_of(c): f"PC {', '.join(map(str, c))}" for c in found}


def key_of(components: tuple[int, ...]) -> str:
    """The key of chosen components."""
    return ",".join(map(str, components))


def components_of(key: str) -> tuple[int, int, int]:
    """Three components: those of the key, then the first others."""
    chosen = [int(part) for part in key.split(",")]
    chosen += [c for c in range(1, 7) if c not in chosen]
    return chosen[0], chosen[1], chosen[2]


PERPLEXITY = Scale(
    "perplexity",
    "Perplexity",
    TICKS,
    tick_of,
    slid,
    lambda value: f"{value:g}",
    "Perplexity: about how many neighbours each point keeps. While you drag, the picture goes on "
    "from where it is; then the map is computed from PCA. The seed stays {seed}.",
    4,
    20,
)
EXAGGERATION = Scale(
    "exaggeration",
    "Exaggeration",
    EXAGGERATION_TICKS,
    exaggeration_tick,
    exaggeration_of,
    lambda value: f"{value:g}×",
    "Exaggeration: how much stronger neighbours attract after the early phase. Above 1, clusters "
    "close up. The seed stays {seed}.",
    1,
    5,
    "arrows-in-simple",
)
