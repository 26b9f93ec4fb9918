"""A project in a few strokes."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from compute.core.tables import Entry
from explorer.state.map import MapTables, run_marks
from explorer.state.sketch import LINES, POINTS, dump, parse, sketch


def tables(n_runs: int = 2, n_steps: int = 60, dims: int = 2) -> MapTables:
    entries = tuple(
        Entry(id=f"{r}-{s}", label=f"{r} {s}", run=f"run{r}", step=s)
        for r in range(n_runs) for s in reversed(range(n_steps))
    )  # fmt: skip
    steps = np.array([e.step for e in entries], np.float32)
    coords = np.stack([steps * 4, -steps, steps * 0][:dims], axis=1)
    return MapTables(entries, coords, np.ones(len(entries)))


@pytest.mark.parametrize("dims", [2, 3])
def test_that_a_run_is_a_thin_line_in_the_order_of_its_steps(dims: int) -> None:
    made = tables(dims=dims)
    found = sketch(made, run_marks(made.entries), 120, 1000)
    assert found is not None
    first, second = found.strokes
    assert (first.colour, second.colour) == (0, 1)
    assert len(first.points) == POINTS
    assert [x for x, _ in first.points] == sorted(x for x, _ in first.points)
    assert (first.points[0], first.points[-1]) == ((0.0, 0.25), (1.0, 0.0))


def test_that_the_longest_runs_are_drawn() -> None:
    made = tables(n_runs=LINES + 5, n_steps=3)
    found = sketch(made, run_marks(made.entries), 1, 1)
    assert found is not None
    assert len(found.strokes) == LINES
    assert {s.colour for s in found.strokes} == {-1, *range(8)}


def test_that_nothing_to_show_is_no_sketch() -> None:
    assert sketch(MapTables(), {}, 0, 0) is None


def _of(x: float) -> dict[str, object]:
    return {"strokes": [{"colour": 0, "points": [[x, 0]]}], "entries": 1, "texts": 1}


def test_that_a_sketch_survives_and_nonsense_is_none() -> None:
    made = tables()
    found = sketch(made, run_marks(made.entries), 120, 1000)
    assert found is not None
    assert parse(json.loads(json.dumps(dump(found)))) == found
    for wrong in (
        None,
        {},
        {"strokes": 3},
        {"strokes": [{"colour": "x"}]},
        [1],
        _of(math.nan),
        _of(math.inf),
    ):
        assert parse(wrong) is None
