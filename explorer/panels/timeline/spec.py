"""Scales, ticks and stepping along training steps. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from compute.core.numbers import count, short_count
from compute.core.tables import Entry

PASS_S = 8.0
KL_LEAST = 0.004
AXES = {"linear": "step", "log": "log step"}


@dataclass(frozen=True, slots=True)
class Scale:
    """Training steps from 0 to ``last`` along [``left``, ``right``] px."""

    axis: str
    last: float
    left: float
    right: float

    def share(self, step: float) -> float:
        """Position of a step in [0, 1]."""
        inside = min(max(step, 0.0), self.last)
        if self.axis == "log":
            return math.log1p(inside) / math.log1p(self.last)
        return inside / self.last

    def step(self, share: float) -> float:
        """The step at a position in [0, 1]; inverse of :meth:`share`."""
        inside = min(max(share, 0.0), 1.0)
        if self.axis == "log":
            return math.expm1(inside * math.log1p(self.last))
        return inside * self.last

    def x(self, step: float) -> float:
        return self.left + self.share(step) * (self.right - self.left)

    def step_at(self, x: float) -> float:
        return self.step((x - self.left) / max(self.right - self.left, 1.0))


def steps_of(entries: Sequence[Entry]) -> tuple[int, ...]:
    """The steps of all entries, each once, ascending."""
    return tuple(sorted({e.step for e in entries if e.step >= 0}))


def moved(steps: Sequence[int], at: float, n: int) -> float:
    """``n`` checkpoints on from ``at`` (back if negative); the last one is ``inf``, the end."""
    if not steps:
        return at
    after, before = bisect_right(steps, at) - 1, bisect_left(steps, min(at, steps[-1]))
    k = n + (after if n >= 0 else before)
    k = min(max(k, 0), len(steps) - 1)
    return math.inf if k == len(steps) - 1 and n > 0 else float(steps[k])


def played(scale: Scale, at: float, seconds: float, speed: float) -> float:
    """The playhead after ``seconds`` more; ``inf`` once it is through."""
    share = scale.share(at) + seconds * speed / PASS_S
    return math.inf if share >= 1.0 else scale.step(share)


def ticks(scale: Scale, room: float = 66.0) -> tuple[tuple[float, str], ...]:
    """(x, words) of the labelled steps, about ``room`` px apart; the last is one of them."""
    wanted = _decades(scale.last) if scale.axis == "log" else _even(scale, room)
    found: list[tuple[float, str]] = [(scale.x(scale.last), count(round(scale.last)))]
    for step in sorted(wanted, reverse=True):
        x = scale.x(step)
        if found[-1][0] - x >= room * (0.62 if scale.axis == "log" else 0.9):
            found.append((x, count(step)))
    return tuple(reversed(found))


def _decades(last: float) -> list[int]:
    found, unit = [0], 1
    while unit <= last:
        found += [m * unit for m in (1, 2, 5) if m * unit <= last]
        unit *= 10
    return found


def _even(scale: Scale, room: float) -> list[int]:
    least = scale.last * room / max(scale.right - scale.left, 1.0)
    unit = 10 ** math.floor(math.log10(max(least, 1.0)))
    every = int(next(m * unit for m in (1, 2, 5, 10) if m * unit >= max(least, 1.0)))
    return list(range(0, int(scale.last) + 1, every))


def height(kl: float, most: float) -> float:
    """Share of the silhouette's height for a KL in bits/byte; logarithmic."""
    if not math.isfinite(kl) or kl <= 0:
        return 0.0
    top = math.log(max(most, 10 * KL_LEAST) / KL_LEAST)
    return min(max(math.log(kl / KL_LEAST) / top, 0.04), 1.0)


@dataclass(frozen=True, slots=True)
class ReadOut:
    """``head`` "Step 850"; ``rest`` "1.74 M tokens · 5 runs in step"."""

    head: str
    rest: str


def read_out(entries: Sequence[Entry], steps: Sequence[int], at: float) -> ReadOut:
    """What stands beside the transport."""
    if not steps:
        return ReadOut("No steps", "")
    step = min(at, float(steps[-1]))
    k = bisect_right(steps, step) - 1
    if k < 0:
        return ReadOut(f"Step {count(round(step))}", "before the first checkpoint")
    if steps[k] != step:
        between = f"between {count(steps[k])} and {count(steps[k + 1])}"
        return ReadOut(f"Step {count(round(step))}", between)
    here = [e for e in entries if e.step == step]
    runs = len({e.run or e.label for e in here})
    tokens = {e.tokens_seen for e in here if e.tokens_seen > 0}
    parts = [f"{short_count(tokens.pop())} tokens"] if len(tokens) == 1 else []
    parts.append(f"{runs} run{'' if runs == 1 else 's'} in step")
    return ReadOut(f"Step {count(int(step))}", " · ".join(parts))
