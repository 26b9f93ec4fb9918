"""Readers of values from a file that may be damaged or newer: each gives a value or refuses.

A reader raises ValueError or TypeError where it is given something else than it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any


def one_of(known: Collection[str]) -> Callable[[Any], str]:
    """Reads a word that has to be known."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(value)
        return value

    return read


def number(low: float, high: float) -> Callable[[Any], float]:
    """Reads a number between two others."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(value)
        if not low <= value <= high:
            raise ValueError(value)
        return float(value)

    return read


def whole(low: int, high: int) -> Callable[[Any], int]:
    """Reads a whole number between two others."""
    between = number(low, high)

    def read(value: Any) -> int:
        if not between(value).is_integer():
            raise ValueError(value)
        return int(value)

    return read


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def words(value: Any) -> frozenset[str]:
    """Reads a set of names."""
    if not isinstance(value, list):
        raise TypeError(value)
    return frozenset(text(v) for v in value)
