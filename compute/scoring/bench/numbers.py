"""Figures as they are printed: nested names and values, rounded to what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from compute.core.numbers import count

Figures: TypeAlias = Mapping[str, Any]
"""Label -> value, or label -> more figures; JSON values only."""


def rounded(value: float, digits: int = 3) -> float:
    """A number with so many significant digits."""
    return float(f"{value:.{digits}g}")


def ratio(found: tuple[float, float, float]) -> dict[str, float]:
    """A ratio of medians and its range over the rounds."""
    middle, low, high = (rounded(v) for v in found)
    return {"ratio": middle, "lowest": low, "highest": high}


def lines(figures: Figures, depth: int = 0) -> Iterator[str]:
    """Text for people, one figure a line."""
    for label, value in figures.items():
        if isinstance(value, Mapping) and set(value) == {"ratio", "lowest", "highest"}:
            yield f"{'  ' * depth}{label}: {_ratio(value)}"
        elif isinstance(value, Mapping):
            yield f"{'  ' * depth}{label}"
            yield from lines(value, depth + 1)
        else:
            yield f"{'  ' * depth}{label}: {_word(value)}"


def _ratio(value: Mapping[str, float]) -> str:
    return f"{value['ratio']:g}x ({value['lowest']:g} to {value['highest']:g})"


def _word(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return count(value)
    if isinstance(value, float) and abs(value) >= 10_000:
        return count(round(value))
    return f"{value:g}" if isinstance(value, float) else str(value)
