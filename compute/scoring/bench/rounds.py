"""Ways of doing the same, in interleaved blocks; rounds that something disturbed are repeated.

No torch: the ways and the yardstick are functions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

TOLERANCE = 0.2
"""A round counts as disturbed when the yardstick beside it is further than this off its median."""


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of one block of each way, and of the yardstick before, between and after them."""

    seconds: Mapping[str, float]
    yardstick: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds that count; ``repeated`` were done again, ``disturbed`` still are."""

    rounds: tuple[Round, ...]
    repeated: int
    disturbed: int

    def median(self, way: str) -> float:
        """Seconds of a block."""
        return statistics.median(r.seconds[way] for r in self.rounds)

    def yardstick(self) -> float:
        """Median seconds of the yardstick over all its runs."""
        return _middle(self.rounds)

    def ratio(self, way: str, to: str) -> tuple[float, float, float]:
        """How many times as fast ``way`` is: of the medians, and in the worst and best round."""
        each = [r.seconds[to] / r.seconds[way] for r in self.rounds]
        return self.median(to) / self.median(way), min(each), max(each)


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """``work`` as a block that returns its seconds."""

    def block() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return block


def interleaved(
    ways: Mapping[str, Callable[[], float]], yardstick: Callable[[], float], *, rounds: int
) -> Rounds:
    """Run a block of every way, ``rounds`` times, after one round that does not count.

    Parameters
    ----------
    ways : mapping
        Name -> a function that runs one block and returns its seconds.
    yardstick : function
        Does a fixed piece of work and returns its seconds, in any unit.
    rounds : int
        As many may be repeated in all.
    """
    _one(ways, yardstick, backwards=False)
    kept = [_one(ways, yardstick, backwards=k % 2 == 1) for k in range(rounds)]
    repeated = 0
    while (bad := _disturbed(kept)) and repeated < rounds:
        kept[bad[0]] = _one(ways, yardstick, backwards=repeated % 2 == 1)
        repeated += 1
    return Rounds(tuple(kept), repeated, len(_disturbed(kept)))


def _one(
    ways: Mapping[str, Callable[[], float]], yardstick: Callable[[], float], *, backwards: bool
) -> Round:
    beside, seconds = [yardstick()], {}
    for name in reversed(list(ways)) if backwards else list(ways):
        seconds[name] = ways[name]()
        beside.append(yardstick())
    return Round(seconds, tuple(beside))


def _disturbed(kept: list[Round]) -> list[int]:
    """Rounds whose yardstick is off, worst first."""
    middle = _middle(kept)
    off = {k: max(abs(y / middle - 1) for y in r.yardstick) for k, r in enumerate(kept)}
    return sorted((k for k in off if off[k] > TOLERANCE), key=lambda k: -off[k])


def _middle(kept: list[Round] | tuple[Round, ...]) -> float:
    return statistics.median(y for r in kept for y in r.yardstick)
