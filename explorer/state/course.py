"""The entries along one axis of time: the way there, stepping, and what is said on it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count, short_count
from compute.core.tables import Entry
from explorer.state import axes
from explorer.state.tracks import runs_of

Doubles: TypeAlias = NDArray[np.float64]


def _none() -> Doubles:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Course:
    """Entries along one axis. ``places`` (K,) float64 in its unit, NaN = not on it."""

    axis: str = "log"
    entries: tuple[Entry, ...] = ()
    places: Doubles = field(default_factory=_none)

    @cached_property
    def stops(self) -> Doubles:
        """(S,) every position where an entry stands, once, in the order of play."""
        known = np.sort(self.places[np.isfinite(self.places)])
        known = known[np.diff(known, prepend=-np.inf) > 0]  # np.unique would load numpy.ma
        return known[::-1] if self.axis == "loss" else known

    @cached_property
    def run_of(self) -> NDArray[np.int32]:
        """(K,) the number of each entry's run, in order of first appearance."""
        return runs_of(self.entries)[1]

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """(K,) training steps, -1 = unknown."""
        return np.array([e.step for e in self.entries], np.int64)

    @property
    def ends(self) -> tuple[float, float]:
        """First and last position; NaN twice without any."""
        return axes.extent(self.axis, self.stops)

    @property
    def plays(self) -> bool:
        """Whether there is a way to go."""
        return len(self.stops) > 1

    def held(self, at: float) -> float:
        """``at`` within the ends; ``inf`` is the last position."""
        first, last = self.ends
        return last if math.isinf(at) else float(np.clip(at, min(first, last), max(first, last)))


def course_of(axis: str, entries: Sequence[Entry], bits_per_byte: Doubles) -> Course:
    """The course of ``entries`` along ``axis``."""
    return Course(axis, tuple(entries), axes.positions(axis, entries, bits_per_byte))


@dataclass(frozen=True, slots=True)
class Scale:
    """Positions from ``first`` to ``last`` along [``left``, ``right``] px."""

    axis: str
    first: float
    last: float
    left: float = 0.0
    right: float = 1.0

    def share(self, at: float) -> float:
        """Where a position stands, in [0, 1]."""
        low, high, x = axes.scaled(self.axis, np.array([self.first, self.last, at])).tolist()
        return min(max((x - low) / (high - low), 0.0), 1.0) if high > low else 1.0

    def place(self, share: float) -> float:
        """The position at a share in [0, 1]; inverse of :meth:`share`. The end is ``inf``."""
        if share >= 1.0:
            return math.inf
        low, high = axes.scaled(self.axis, np.array([self.first, self.last])).tolist()
        return float(axes.unscaled(self.axis, low + max(share, 0.0) * (high - low)))

    def x(self, at: float) -> float:
        return self.left + self.share(at) * (self.right - self.left)

    def place_at(self, x: float) -> float:
        return self.place((x - self.left) / max(self.right - self.left, 1.0))

    def ticks(self, room: float) -> tuple[tuple[float, str], ...]:
        """(x, words) of the labels, at least ``room`` px apart; the end has one."""
        least = room / max(self.right - self.left, 1.0)
        found = axes.ticks(self.axis, (self.first, self.last), least)
        return tuple((self.x(at), words) for at, words in found)


def moved(along: Course, at: float, n: int) -> float:
    """``n`` stops on from ``at`` (back if negative); the last one is ``inf``, the end."""
    if not len(along.stops):
        return at
    x, last = axes.scaled(along.axis, along.stops), len(along.stops) - 1
    here = float(axes.scaled(along.axis, along.held(at)))
    after = int(np.searchsorted(x, here, side="right")) - 1
    before = int(np.searchsorted(x, here, side="left"))
    k = min(max(n + (after if n >= 0 else before), 0), last)
    return math.inf if k == last and n > 0 else float(along.stops[k])


@dataclass(frozen=True, slots=True)
class ReadOut:
    """``head`` "Step 850"; ``rest`` "1.74 M tokens · 5 runs in step"."""

    head: str
    rest: str


def read_out(along: Course, at: float) -> ReadOut:
    """What stands beside the transport."""
    if not len(along.stops):
        return ReadOut("No steps", "")
    here = along.held(at)
    words = axes.words(along.axis, here)
    if along.axis == "loss":
        return ReadOut(words, _reached(along, here))
    rows = np.flatnonzero(along.places == here)
    return ReadOut(words[:1].upper() + words[1:], _at(along, rows) or _between(along, here))


def _at(along: Course, rows: NDArray[np.int64]) -> str:
    """What the entries of ``rows``, all at the playhead, have in common; "" without any."""
    if not len(rows):
        return ""
    here = [along.entries[k] for k in rows]
    in_runs = [k for k in rows if along.entries[k].run] or rows  # variants are beside their run
    runs = _count(len(np.unique(along.run_of[in_runs])), "run")
    if along.axis == "tokens":
        steps = _one(e.step for e in here)
        return " · ".join([*([f"step {count(steps)}"] if steps >= 0 else []), f"{runs} here"])
    tokens = _one(e.tokens_seen for e in here)
    said = [f"{short_count(tokens)} tokens"] if tokens > 0 else []
    return " · ".join([*said, f"{runs} in step"])


def _between(along: Course, here: float) -> str:
    k = int(np.searchsorted(along.stops, here))
    name = short_count if along.axis == "tokens" else lambda v: count(round(v))
    return f"between {name(float(along.stops[k - 1]))} and {name(float(along.stops[k]))}"


def _reached(along: Course, here: float) -> str:
    """How many runs have come this far on the loss axis, and at which steps."""
    rows = np.flatnonzero(along.places <= here)
    n_runs = len(np.unique(along.run_of[np.isfinite(along.places)]))
    first = np.full(len(along.entries), _NEVER)
    np.minimum.at(first, along.run_of[rows], along.steps[rows])
    steps = first[first < _NEVER]
    low, high = count(int(steps.min())), count(int(steps.max()))
    words = f"step {low}" if low == high else f"steps {low} – {high}"
    return f"reached by {len(steps)} of {_count(n_runs, 'run')}, {words}"


def _count(n: int, noun: str) -> str:
    return f"{count(n)} {noun}{'' if n == 1 else 's'}"


def _one(values: Iterable[int]) -> int:
    """The value that all share, or -1."""
    found = set(values)
    return found.pop() if len(found) == 1 else -1


_NEVER = np.iinfo(np.int64).max
