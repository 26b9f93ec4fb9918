"""The perplexity slider's scale, and what a narrow bar leaves out. Pure."""

from __future__ import annotations

import math

LEAST, MOST, TICKS = 2.0, 200.0, 200
HIDE_SEED_BELOW, HIDE_WORDS_BELOW = 660, 580


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
