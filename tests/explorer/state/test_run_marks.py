"""Marks of runs: colour by order, shape by size."""

from __future__ import annotations

from compute.core.tables import Entry
from explorer.state.map import run_marks


def entries(*runs: tuple[str, int]) -> tuple[Entry, ...]:
    return tuple(Entry(f"{r}/{k}", run=r, step=k, n_params=n) for r, n in runs for k in range(2))


def test_that_colours_follow_the_order_of_the_project() -> None:
    marks = run_marks(entries(("b", 10), ("a", 20)))
    assert (marks["b"].colour, marks["a"].colour) == (0, 1)


def test_that_a_run_keeps_its_colour_when_others_join() -> None:
    before = run_marks(entries(("b", 10), ("a", 20)))
    after = run_marks(entries(("b", 10), ("a", 20), ("aa", 10)))
    assert all(after[run].colour == before[run].colour for run in before)


def test_that_the_ninth_run_has_no_colour_of_its_own() -> None:
    marks = run_marks(entries(*((f"r{i}", 10) for i in range(10))))
    assert [marks[f"r{i}"].colour for i in (7, 8, 9)] == [7, -1, -1]


def test_that_shapes_are_by_size_smallest_first() -> None:
    marks = run_marks(entries(("big", 30), ("small", 10), ("middle", 20)))
    found = {run: mark.shape for run, mark in marks.items()}
    assert found == {"small": "triangle", "middle": "circle", "big": "diamond"}


def test_that_runs_of_one_size_are_circles() -> None:
    assert {m.shape for m in run_marks(entries(("a", 10), ("b", 10))).values()} == {"circle"}
