"""Axes of plots: where a value stands, and which values are named. Pure.

A scale maps values to places that are drawn evenly; ticks are (value, words).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count, minus

Doubles = NDArray[np.float64]
Ticks = tuple[tuple[float, str], ...]
LINEAR_TO = 0.1
"""KL up to which the symlog scale is linear, bits/byte (look.md, section 4)."""
_SYMLOG = (0.0, 0.04, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """``kind`` is "linear", "log" or "symlog"; a symlog scale ends at ``top`` and is linear on the
    first ``share`` of the axis. ``factor`` is the unit: values of the data times it are named."""

    kind: str = "linear"
    top: float = 50.0
    share: float = 0.3
    factor: float = 1.0

    def places(self, values: Doubles | Sequence[float] | float) -> Doubles:
        """Where values stand; NaN stays NaN, and so does what a log scale has no place for."""
        given = np.asarray(values, np.float64)
        if self.kind == "linear":
            return given
        if self.kind == "log":
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where(given > 0, np.log10(given), np.nan)
        inside = np.clip(given, 0.0, self.top)
        span = math.log(self.top / LINEAR_TO)
        with np.errstate(divide="ignore", invalid="ignore"):
            above = self.share + (1 - self.share) * np.log(inside / LINEAR_TO) / span
        return np.where(inside <= LINEAR_TO, self.share * inside / LINEAR_TO, above)

    def value(self, place: float) -> float:
        """The value at a place: the inverse of :meth:`places` below the top."""
        if self.kind == "linear":
            return place
        if self.kind == "log":
            return float(10**place)
        if place <= self.share:
            return place / self.share * LINEAR_TO
        span = math.log(self.top / LINEAR_TO)
        return LINEAR_TO * math.exp((place - self.share) / (1 - self.share) * span)

    def ticks(self, low: float, high: float, most: int = 8) -> Ticks:
        """(place, words) between two places, at most ``most``."""
        match self.kind:
            case "linear":
                return linear_ticks(low, high, most, self.factor)
            case "log":
                return log_ticks(low, high, most, self.factor)
        named = [v for v in _SYMLOG if v <= self.top]
        found = [(float(self.places(v)), words(v * self.factor)) for v in named]
        return tuple((p, w) for p, w in found if low - 1e-9 <= p <= high + 1e-9)


def words(value: float) -> str:
    """A tick: as few digits as it has."""
    if value != 0 and not 1e-3 <= abs(value) < 1e7:
        return minus(f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e"))
    if value == round(value):
        return count(round(value))
    if abs(value) >= 1000:
        return minus(f"{float(f'{value:.3g}'):,.0f}")
    return minus(f"{value:.3g}")


def step_of(span: float, most: int) -> float:
    """1, 2 or 5 times a power of ten, so that ``span`` holds at most ``most`` of it."""
    least = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def linear_ticks(low: float, high: float, most: int = 8, factor: float = 1.0) -> Ticks:
    """Even ticks at round values of the unit."""
    a, b = low * factor, high * factor
    if not (math.isfinite(a) and math.isfinite(b)) or b <= a:
        return ()
    step = step_of(b - a, most)
    first = math.ceil(a / step - 1e-9)
    values = [step * k for k in range(first, math.floor(b / step + 1e-9) + 1)]
    digits = max(0, -math.floor(math.log10(step)))
    return tuple((v / factor, minus(f"{v + 0.0:,.{digits}f}")) for v in values)


def log_ticks(low: float, high: float, most: int = 8, factor: float = 1.0) -> Ticks:
    """Of places in decades: powers of ten, with 2 and 5 between them where there is room."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return ()
    shift = math.log10(factor)
    a, b = low + shift, high + shift
    for mantissas in ((1, 2, 5), (1,)):
        found = [
            math.log10(m) + d
            for d in range(math.floor(a), math.ceil(b) + 1)
            for m in mantissas
            if a - 1e-9 <= math.log10(m) + d <= b + 1e-9
        ]
        if len(found) <= most:
            break
    every = max(1, -(-len(found) // most))
    return tuple((p - shift, words(float(f"{10**p:.3g}"))) for p in found[::every])


def log_step(steps: Doubles | Sequence[float]) -> Doubles:
    """Training steps on a logarithmic axis that begins at step 0: log10(1 + step)."""
    return np.log10(1.0 + np.asarray(steps, np.float64))


def log_step_ticks(low: float, high: float, most: int = 8) -> Ticks:
    """Ticks of :func:`log_step`: 0, 1, 10, 100, with 2 and 5 between them where there is room."""
    fine: list[tuple[float, str]] = []
    for mantissas in ((1, 2, 5), (1,)):
        named = [0.0, *(float(m * 10**d) for d in range(9) for m in mantissas)]
        places = log_step(named)
        found = [
            (float(p), count(round(v)))
            for p, v in zip(places, named, strict=True)
            if low - 1e-9 <= p <= high + 1e-9
        ]
        fine = fine or found
        if len(found) <= most:
            break
    if len(found) < 2:  # less than two decades: some of the finer ones instead
        found = fine[:: max(1, -(-len(fine) // most))]
    return tuple(found)
