"""The axes of time: where each entry stands on them, and what is said about a place. Pure.

A *position* is in the unit of the axis: training steps ("step" and "log"), tokens seen ("tokens"),
or the lowest mean bits/byte that the run has reached so far ("loss"). A *scaled* position is the
coordinate that is drawn and played along; it grows with time on every axis. ``inf`` is the end on
every axis, NaN is unknown.

Decided: the loss axis takes the running minimum, because the loss itself goes up and down and a
playhead on it would be at several checkpoints at once. Entries that reach no new minimum share the
position of the one before them; the playhead passes them together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count, short_count
from compute.core.tables import Entry
from explorer.state.tracks import runs_of

Doubles: TypeAlias = NDArray[np.float64]

TITLES: Mapping[str, str] = {"step": "step", "log": "log step", "tokens": "tokens", "loss": "loss"}
_WHY_NOT = {
    "step": "No entry has a training step.",
    "log": "No entry has a training step.",
    "tokens": "No entry says how many tokens it has seen.",
    "loss": "No entry with a training step is scored.",
}


def positions(axis: str, entries: Sequence[Entry], bits_per_byte: Doubles) -> Doubles:
    """(K,) float64, where each entry stands on ``axis``; NaN where that is unknown.

    ``bits_per_byte`` (K,) is the mean of each entry over the texts in use, NaN = not scored. Along
    a run, in order of its steps, positions never go back in time on "step", "log" and "loss".
    """
    if axis == "tokens":
        return _known([e.tokens_seen for e in entries])
    steps = _known([e.step for e in entries])
    return _lowest_so_far(entries, steps, bits_per_byte) if axis == "loss" else steps


def _known(values: list[int]) -> Doubles:
    found = np.array(values, np.float64)
    found[found < 0] = np.nan
    return found


def _lowest_so_far(entries: Sequence[Entry], steps: Doubles, bits: Doubles) -> Doubles:
    out = np.full(len(entries), np.nan)
    known = np.flatnonzero(np.isfinite(steps) & np.isfinite(bits))
    for among in _runs([entries[k] for k in known.tolist()]):
        rows = known[among]
        rows = rows[np.argsort(steps[rows], kind="stable")]
        out[rows] = np.minimum.accumulate(bits[rows])
    return out


def _runs(entries: Sequence[Entry]) -> list[NDArray[np.int64]]:
    """Rows of the entries of each run, in order of first appearance."""
    names, run_of = runs_of(entries)
    if not names:
        return []
    order = np.argsort(run_of, kind="stable")
    return np.split(order, np.searchsorted(run_of[order], np.arange(1, len(names))))


def scaled(axis: str, values: Doubles | float) -> Doubles:
    """Play coordinates of positions: log(1 + step) for "log", minus for "loss", else the same."""
    given = np.asarray(values, np.float64)
    if axis == "log":
        return np.log1p(given)
    return np.where(np.isinf(given), np.inf, -given) if axis == "loss" else given


def unscaled(axis: str, x: Doubles | float) -> Doubles:
    """Positions of play coordinates; inverse of :func:`scaled`."""
    given = np.asarray(x, np.float64)
    return np.expm1(given) if axis == "log" else scaled(axis, given)


def extent(axis: str, places: Doubles) -> tuple[float, float]:
    """The first and the last position in the order of play; NaN twice if none is known."""
    known = places[np.isfinite(places)]
    if not len(known):
        return math.nan, math.nan
    low, high = float(known.min()), float(known.max())
    return (high, low) if axis == "loss" else (low, high)


def place(entry: Entry, value: float) -> str:
    """Where an entry stands in its line: ``step 1,200``, or ``layer 4`` where that is its place."""
    if math.isfinite(value) and entry.layer == round(value) >= 0:
        return f"layer {entry.layer}"
    return words("step", value)


def words(axis: str, value: float) -> str:
    """``step 1,200``, ``1.74 M tokens`` or ``1.754 bits/byte``; "" where it is unknown."""
    if not math.isfinite(value):
        return ""
    match axis:
        case "tokens":
            return f"{short_count(value)} tokens"
        case "loss":
            return f"{value:.3f} bits/byte"
        case _:
            return f"step {count(round(value))}"


@dataclass(frozen=True, slots=True)
class Offer:
    """An axis and, if it cannot be chosen, why not."""

    axis: str
    why_not: str = ""


def available(entries: Sequence[Entry], bits_per_byte: Doubles) -> tuple[Offer, ...]:
    """All axes in their order; one is offered when at least one entry has a position on it."""
    found = {axis: bool(np.isfinite(positions(axis, entries, bits_per_byte)).any())
             for axis in TITLES if axis != "log"}  # fmt: skip
    found["log"] = found["step"]
    return tuple(Offer(axis, "" if found[axis] else _WHY_NOT[axis]) for axis in TITLES)


def converted(
    at: float, from_axis: str, to_axis: str, entries: Sequence[Entry], bits_per_byte: Doubles
) -> float:
    """The place on ``to_axis`` at the moment that ``at`` is on ``from_axis``.

    The longest run says so: the one that reaches furthest on ``from_axis`` of those that are known
    on both, and of these the one with most entries. Its end is the end, ``inf``; so is everything
    where no run is known on both.
    """
    if not math.isfinite(at) or from_axis == to_axis:
        return at if math.isfinite(at) else math.inf
    x = scaled(from_axis, positions(from_axis, entries, bits_per_byte))
    y = scaled(to_axis, positions(to_axis, entries, bits_per_byte))
    run = _longest(_runs(entries), x, y)
    here = float(scaled(from_axis, at))
    if not len(run) or here >= x[run].max():
        return math.inf
    order = run[np.lexsort((y[run], x[run]))]
    return float(unscaled(to_axis, float(np.interp(here, x[order], y[order]))))


def _longest(runs: list[NDArray[np.int64]], x: Doubles, y: Doubles) -> NDArray[np.int64]:
    both = np.isfinite(x) & np.isfinite(y)
    known = [rows[both[rows]] for rows in runs]
    full = [rows for rows in known if len(rows)]
    return max(full, key=lambda rows: (float(x[rows].max()), len(rows)), default=np.zeros(0, int))


def ticks(axis: str, ends: tuple[float, float], least: float) -> tuple[tuple[float, str], ...]:
    """Positions worth a label and their words without unit, in the order of play.

    ``least`` is the smallest distance of two labels as a share of the whole axis. The last position
    always has a label; the others are round numbers.
    """
    first, last = ends
    if not (math.isfinite(first) and math.isfinite(last)):
        return ()
    low, high = float(scaled(axis, first)), float(scaled(axis, last))
    room = max(least, 1e-3) * (high - low)
    least_round = 0.0 if axis == "loss" else 1.0
    wanted = _decades(ends, room) if axis == "log" else _even(ends, max(room, least_round))
    x = scaled(axis, np.array(wanted, np.float64))
    kept = [v for v, s in zip(wanted, x, strict=True) if low <= s <= high - room]
    out = sorted(kept, key=lambda v: float(scaled(axis, v)))
    places = _places_after_point(out, last)
    return tuple((v, _label(axis, v, places)) for v in (*out, last))


def _decades(ends: tuple[float, float], room: float) -> list[float]:
    """0 and 1, 2, 5 in every decade, or every decade, or every second one..., by the room."""
    tens = [10.0**k for k in range(math.ceil(math.log10(max(ends[1], 1.0))) + 1)]
    levels = [[0.0, *(m * t for t in tens for m in (1, 2, 5))]]
    levels += [[0.0, *tens], *([0.0, *tens[n::n]] for n in (1, 2, 3, 4, 6))]
    inside = [[v for v in level if ends[0] <= v <= ends[1]] for level in levels]
    return next((v for v in inside if (np.diff(np.log1p(v)) >= room).all()), [])


def _even(ends: tuple[float, float], room: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, at least ``room`` apart."""
    low, high = min(ends), max(ends)
    if high - low <= 1e-9 * high:
        return []
    unit = 10.0 ** math.floor(math.log10(room))
    every = next(m * unit for m in (1, 2, 5, 10) if m * unit >= room * (1 - 1e-9))
    first = math.ceil(low / every - 1e-9)
    return [k * every for k in range(first, math.floor(high / every + 1e-9) + 1)]


def _places_after_point(values: list[float], last: float) -> int:
    """As many as the distance of two labels needs, at least 2: for the loss axis."""
    gap = abs(values[1] - values[0]) if len(values) > 1 else abs(last) / 10
    return 2 if gap <= 0 else min(max(2, -math.floor(math.log10(gap))), 6)


def _label(axis: str, value: float, places: int) -> str:
    match axis:
        case "tokens":
            return short_count(value)
        case "loss":
            return f"{value:.{places}f}"
        case _:
            return count(round(value))
