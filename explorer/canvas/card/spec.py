"""What the cards say. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.core.numbers import count
from compute.core.tables import Entry
from explorer.state import axes
from explorer.state.dress import DOTTED, Rgb
from explorer.state.map import MapTables, Neighbour
from explorer.state.scene import Scene

ARTEFACT = "Drawn long, its KL is ordinary. The jump is in the picture only."


@dataclass(frozen=True, slots=True)
class Look:
    """How an entry is drawn: its colour on the map now, and the name of its shape."""

    colour: Rgb
    shape: str


@dataclass(frozen=True, eq=False)
class CardModel:
    """The card of an entry. ``neighbours`` None = still being computed.

    ``trust`` is its trustworthiness in [0, 1], NaN = not known.
    """

    entry: Entry
    look: Look
    bits_per_byte: float
    neighbours: tuple[tuple[Neighbour, Look], ...] | None = None
    trust: float = math.nan


@dataclass(frozen=True, slots=True)
class SegmentModel:
    """The card of a step between two entries of a run.

    ``kl`` and ``se`` in bits/byte, NaN = not known. ``drawn`` and ``by_kl`` are its ranks among
    the ``n`` steps whose KL is known: 0 = the shortest, 1 = the longest. ``dotted``: an artefact.
    """

    name: str
    ends: str
    look: Look
    kl: float = math.nan
    drawn: float = math.nan
    by_kl: float = math.nan
    n: int = 0
    dotted: bool = False
    se: float = math.nan


def segment_model(scene: Scene, tables: MapTables, segment: int, look: Look) -> SegmentModel:
    """What is known about a segment of the scene."""
    links, link = tables.links, int(scene.segment_link[segment])
    dotted = bool(scene.segment_kind[segment] & DOTTED)
    if link < 0 or link >= len(links.rows):
        a, b = _rows(scene, segment)
        return SegmentModel(*_names(tables, a, b), look, dotted=dotted)
    a, b = (int(row) for row in links.rows[link])
    known = np.isfinite(links.kl)
    step = tables.coords[links.rows[:, 1]] - tables.coords[links.rows[:, 0]]
    length = np.linalg.norm(step, axis=1)
    return SegmentModel(
        *_names(tables, a, b),
        look,
        float(links.kl[link]),
        rank(length[known], float(length[link])),
        rank(links.kl[known], float(links.kl[link])),
        int(known.sum()),
        dotted,
        float(links.se[link]) if link < len(links.se) else math.nan,
    )


def rank(values: NDArray[np.floating], value: float) -> float:
    """Share of the other ``values`` (S,) that are smaller, equal ones counted half."""
    if len(values) < 2 or not math.isfinite(value):
        return math.nan
    below = float((values < value).sum()) + (float((values == value).sum()) - 1) / 2
    return below / (len(values) - 1)


def _rows(scene: Scene, segment: int) -> tuple[int, int]:
    """The entries at both ends, in order; a head stands for the entry before it or after it."""
    n = scene.n_entries
    a, b = (int(node) for node in scene.segments[segment])
    return (
        a if a < n else int(scene.head_a[a - n]),
        b if b < n else int(scene.head_b[b - n]),
    )


def _names(tables: MapTables, a: int, b: int) -> tuple[str, str]:
    first, last = tables.entries[a], tables.entries[b]
    run = first.run or first.label
    if first.step < 0 or last.step < 0:
        return run, f"{first.label} to {last.label}"
    return run, f"{axes.place(first, first.step)} to {count(last.step)}"
