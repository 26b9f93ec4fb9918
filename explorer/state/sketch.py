"""A project in a few strokes: what the welcome page draws of it without opening the file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from explorer.state.map import MapTables, RunMark

POINTS, LINES = 24, 12
Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One run: the number of its colour (-1 = text3), and points in [0, 1], y upwards."""

    colour: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Sketch:
    """``strokes`` of the longest runs; how much the project holds."""

    strokes: tuple[Stroke, ...]
    n_entries: int
    n_texts: int


def sketch(
    tables: MapTables, marks: Mapping[str, RunMark], n_entries: int, n_texts: int
) -> Sketch | None:
    """Draw what the map shows; None while it shows nothing."""
    if len(tables.entries) < 2:
        return None
    at = np.asarray(tables.coords[:, :2], dtype=float)
    low, extent = at.min(axis=0), float(np.ptp(at, axis=0).max()) or 1.0
    unit = (at - low) / extent
    rows: dict[str, list[int]] = {}
    order = sorted(range(len(tables.entries)), key=lambda r: tables.entries[r].step)
    for row in order:
        entry = tables.entries[row]
        rows.setdefault(entry.run or entry.label, []).append(row)
    longest = sorted(rows, key=lambda run: -len(rows[run]))[:LINES]
    strokes = tuple(
        Stroke(marks[run].colour if run in marks else -1, _thin(unit[rows[run]])) for run in longest
    )
    return Sketch(strokes, n_entries, n_texts)


def _thin(points: np.ndarray[Any, Any]) -> tuple[Point, ...]:
    """At most :data:`POINTS` of them, the last one among them; three digits are enough."""
    chosen = np.unique(np.linspace(0, len(points) - 1, POINTS).round().astype(int))
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in points[chosen])


def dump(of: Sketch) -> dict[str, Any]:
    """As JSON can hold it."""
    strokes = [{"colour": s.colour, "points": [list(p) for p in s.points]} for s in of.strokes]
    return {"strokes": strokes, "entries": of.n_entries, "texts": of.n_texts}


def parse(saved: Any) -> Sketch | None:
    """What :func:`dump` gave; None if it makes no sense."""
    try:
        strokes = tuple(
            Stroke(_colour(s["colour"]), tuple((_share(x), _share(y)) for x, y in s["points"]))
            for s in saved["strokes"]
        )
        return Sketch(strokes, int(saved["entries"]), int(saved["texts"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _share(value: Any) -> float:
    found = float(value)
    if not 0 <= found <= 1:
        raise ValueError(value)
    return found


def _colour(number: Any) -> int:
    colour = int(number)
    return colour if 0 <= colour < 8 else -1
