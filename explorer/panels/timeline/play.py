"""How far playing has come: by the time that has passed, not by the number of frames. Pure."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

PASS_S = 8.0
"""Seconds from one end of the axis to the other at speed 1."""


class Player:
    """Keeps its own share of the axis, so that rounding on the way does not add up.

    ``clock`` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._share = self._then = 0.0

    def begin(self, share: float) -> None:
        """Go on from here, from now."""
        self._share, self._then = share, self._clock()

    def share(self, speed: float) -> float:
        """The share of the axis reached now; 1 or more is past the end."""
        now = self._clock()
        self._share += (now - self._then) * speed / PASS_S
        self._then = now
        return self._share
